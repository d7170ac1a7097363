CREATE TABLE p (id int PRIMARY KEY, name text NOT NULL, note text, at timestamptz, live boolean NOT NULL DEFAULT true);
CREATE TABLE c (id int PRIMARY KEY, pid int NOT NULL REFERENCES p, w int NOT NULL, q int, words tsvector);
CREATE UNIQUE INDEX p_live_name ON p (name) WHERE live;
CREATE TABLE logs (day date NOT NULL, name text NOT NULL) PARTITION BY LIST (day);
CREATE VIEW one AS SELECT 1 AS kind, name FROM p OFFSET 0;
CREATE VIEW mine AS SELECT * FROM p WHERE id = current_setting('app.tenant')::int;
CREATE MATERIALIZED VIEW kept AS SELECT id, name FROM p;

CREATE FUNCTION looks(int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM p) THEN RAISE division_by_zero; END IF;
    RETURN $1;
END $$;
CREATE FUNCTION divides(int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT 1 / $1';
