CREATE TABLE t (id int PRIMARY KEY, n int NOT NULL, prefs jsonb NOT NULL, tags text[] NOT NULL, grid int[][]);
CREATE VIEW grids AS SELECT id, grid, array_agg(tags) OVER () AS all_tags FROM t;
CREATE DOMAIN plane AS int[][];
CREATE TYPE sheet AS (name text, cells int[][]);
CREATE TABLE planes (id int PRIMARY KEY, plane plane NOT NULL, sheet sheet NOT NULL);
CREATE FUNCTION all_planes() RETURNS SETOF planes LANGUAGE sql AS 'SELECT * FROM planes';
