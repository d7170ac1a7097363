CREATE TYPE level AS ENUM ('low', 'medium', 'high');
CREATE TABLE users (
    id bigint PRIMARY KEY,
    name text NOT NULL,
    email text NOT NULL UNIQUE,
    age integer,
    active boolean NOT NULL DEFAULT true,
    level level NOT NULL DEFAULT 'low',
    data jsonb NOT NULL DEFAULT '{}',
    zip text,
    tags text[] NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE posts (
    id bigint PRIMARY KEY,
    user_id bigint NOT NULL REFERENCES users,
    title text NOT NULL,
    body text,
    price numeric(10, 2),
    rating double precision,
    published_at timestamptz
);
CREATE TABLE comments (id bigint PRIMARY KEY, post_id bigint NOT NULL REFERENCES posts, author text, words integer NOT NULL);
CREATE TABLE "order" (id bigint PRIMARY KEY, user_id bigint NOT NULL REFERENCES users, total numeric NOT NULL, "group" text);
CREATE SCHEMA sales;
CREATE TABLE sales.invoices (id bigint PRIMARY KEY, total numeric NOT NULL);
