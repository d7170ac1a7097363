CREATE TABLE users (id bigint PRIMARY KEY, email text NOT NULL, age integer);

CREATE TABLE b1 (id bigint PRIMARY KEY, user_id bigint REFERENCES usres);

CREATE TABLE b2 (id bigint PRIMARY KEY, user_id bigint, UNIQUE (id, usr_id));

CREATE INDEX b3 ON users (emial);

CREATE VIEW b4 AS SELECT emial FROM users;

CREATE VIEW b5 AS SELECT lenght(email) FROM users;

INSERT INTO users (id, emial) VALUES (1, 'a');

CREATE TABLE b6 (id bigint PRIMARY KEY, kind text DEFAULT "none");
