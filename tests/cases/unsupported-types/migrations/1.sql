CREATE TYPE pair AS (a int, b text);
CREATE TABLE things (id int, span int4range, gap interval, pair pair, place point, doc xml);
