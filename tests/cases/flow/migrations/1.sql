CREATE TABLE t (id int PRIMARY KEY, n int NOT NULL, prefs jsonb NOT NULL, tags text[] NOT NULL, grid int[][]);
CREATE VIEW grids AS SELECT id, grid, array_agg(tags) OVER () AS all_tags FROM t;
