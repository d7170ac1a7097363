-- A type of each kind that has another object id on each server.
CREATE EXTENSION citext;

CREATE TYPE priority AS ENUM ('low', 'high', 'it''s "urgent", {now}');
CREATE DOMAIN effort AS integer CHECK (VALUE > 0);
CREATE DOMAIN grade AS priority;
CREATE TYPE place AS (street citext, number effort, priority priority, marks priority[]);
CREATE TYPE float_range AS RANGE (subtype = float8);

CREATE TABLE levels (
    priority priority PRIMARY KEY,
    description text NOT NULL
);

CREATE TABLE tasks (
    id bigint PRIMARY KEY,
    title citext NOT NULL,
    priority priority NOT NULL REFERENCES levels,
    marks priority[] NOT NULL,
    effort effort,
    efforts effort[] NOT NULL,
    grade grade,
    grades grade[],
    place place,
    places place[] NOT NULL,
    during float_range,
    parent_id bigint REFERENCES tasks
);

CREATE TABLE notes (
    id bigint PRIMARY KEY,
    task_id bigint NOT NULL REFERENCES tasks,
    kind priority NOT NULL,
    place place,
    body text NOT NULL
);
CREATE INDEX ON notes (task_id);
