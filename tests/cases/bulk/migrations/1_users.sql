CREATE TYPE level AS ENUM ('low', 'high');
CREATE DOMAIN email AS text CHECK (VALUE LIKE '%@%');
CREATE DOMAIN quiet_level AS level CHECK (VALUE = 'low');

CREATE TABLE users (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email email NOT NULL UNIQUE,
    name varchar(20) NOT NULL DEFAULT 'nobody',
    level level,
    quiet quiet_level,
    bio jsonb,
    tags varchar(20)[] NOT NULL DEFAULT '{}',
    levels level[],
    balance numeric(10, 2) NOT NULL DEFAULT 0,
    loud text GENERATED ALWAYS AS (upper(name)) STORED
);

CREATE TABLE numbers (n integer PRIMARY KEY CHECK (n >= 0));

CREATE SCHEMA "Shop";
CREATE TABLE "Shop"."order" (
    "order" integer PRIMARY KEY,
    "user Id" bigint,
    type text
);
