CREATE TABLE t (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL,
    amount numeric(10, 2),
    tags text[],
    loud text GENERATED ALWAYS AS (upper(name)) STORED
);
CREATE VIEW v AS SELECT id, name FROM t;
