CREATE TABLE t (id bigint PRIMARY KEY, name text NOT NULL, kind text, size integer NOT NULL);
CREATE TABLE parts (id bigint PRIMARY KEY, t_id bigint NOT NULL REFERENCES t, label text NOT NULL);
