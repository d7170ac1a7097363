CREATE TYPE state AS ENUM ('open', 'in-progress', 'Done');
CREATE TYPE place AS (city text, floor integer);
CREATE TABLE tasks (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    title text NOT NULL,
    note text,
    state state NOT NULL DEFAULT 'open',
    labels text[] NOT NULL DEFAULT '{}',
    data jsonb NOT NULL DEFAULT '{}',
    raw_bytes bytea NOT NULL DEFAULT '',
    place place,
    weight double precision,
    is_private boolean NOT NULL DEFAULT false
);
