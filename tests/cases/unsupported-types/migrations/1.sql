CREATE TYPE pair AS (a int, rights aclitem);
CREATE TABLE things (id int, "the rights" aclitem, "order" aclitem, all_rights aclitem[], pair pair, statistics pg_ndistinct);
