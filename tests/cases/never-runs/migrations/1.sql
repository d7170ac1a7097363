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

-- What gets a value without a word of the query.
CREATE DOMAIN named AS text NOT NULL DEFAULT 'n';
CREATE TABLE filled (id int NOT NULL, number serial, key int NOT NULL GENERATED ALWAYS AS IDENTITY, kept text,
    twice int NOT NULL GENERATED ALWAYS AS (id * 2) STORED, name named NOT NULL);
CREATE FUNCTION fill() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN new.name := ''n''; RETURN new; END';
CREATE TABLE fired (id int NOT NULL, name text NOT NULL);
CREATE TRIGGER fill BEFORE INSERT ON fired FOR EACH ROW EXECUTE FUNCTION fill();
CREATE TABLE fired_parts (id int NOT NULL, name text NOT NULL) PARTITION BY LIST (id);
CREATE TABLE fired_part PARTITION OF fired_parts DEFAULT;
CREATE TRIGGER fill BEFORE INSERT ON fired_part FOR EACH ROW EXECUTE FUNCTION fill();
