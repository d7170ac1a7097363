CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE TYPE place AS (street text, city text);

CREATE TABLE users (
    id integer PRIMARY KEY,
    name text NOT NULL,
    mood mood NOT NULL DEFAULT 'ok',
    points integer NOT NULL DEFAULT 0,
    code varchar(8) NOT NULL DEFAULT 'x',
    balance numeric(8, 2) NOT NULL DEFAULT 0,
    home place
);
CREATE UNIQUE INDEX users_name ON users (name);

CREATE TABLE notes (
    id integer PRIMARY KEY,
    user_id integer NOT NULL REFERENCES users,
    secret text NOT NULL
);

CREATE VIEW names AS SELECT id, name FROM users;

CREATE TABLE events (id integer NOT NULL, day date NOT NULL, what text NOT NULL) PARTITION BY RANGE (day);
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');

INSERT INTO users (id, name, home) VALUES (1, 'Ada', ROW('Main Street', 'Rome'));
INSERT INTO notes VALUES (1, 1, 'hers');
INSERT INTO events VALUES (1, '2026-05-05', 'party');
