CREATE SCHEMA app;
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE TYPE app.mood AS ENUM ('ok');
CREATE TYPE nothing AS ENUM ();
CREATE DOMAIN good_mood AS mood CHECK (VALUE <> 'sad');
CREATE DOMAIN better_mood AS good_mood NOT NULL;
CREATE DOMAIN numbers AS integer[];
CREATE DOMAIN email AS text CHECK (VALUE LIKE '%@%');

CREATE TABLE events (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  mood better_mood,
  moods good_mood[],
  numbers numbers,
  email email,
  doubled integer GENERATED ALWAYS AS (id * 2) STORED
);
CREATE TABLE logs (id integer NOT NULL, at date NOT NULL, text text) PARTITION BY RANGE (at);
CREATE TABLE logs_rest PARTITION OF logs DEFAULT;
CREATE TABLE cities (name text NOT NULL, people integer);
CREATE TABLE capitals (state text NOT NULL) INHERITS (cities);
CREATE VIEW event_moods AS SELECT id, mood, nothing FROM events, LATERAL (SELECT NULL::nothing AS nothing) AS x;
CREATE RULE event_moods_insert AS ON INSERT TO event_moods DO INSTEAD INSERT INTO events (mood) VALUES (NEW.mood);
CREATE TABLE empty ();
CREATE TABLE marks ("sure!" integer, "maybe?" integer NOT NULL);
INSERT INTO marks VALUES (NULL, 1);
-- Named like what generated code mentions.
CREATE TABLE sends (id integer NOT NULL, mood mood);
CREATE TABLE syncs (id integer NOT NULL, mood mood);
CREATE TABLE debugs (id integer NOT NULL, mood mood);
-- Two names that are one to Rust: with the accent in one character, and in two.
CREATE TABLE accents (U&"\00e9" integer NOT NULL, U&"e\0301" integer NOT NULL);

CREATE FUNCTION pairs(n integer) RETURNS TABLE (a integer, b text) LANGUAGE sql AS $$ SELECT n, 'x' $$;
CREATE PROCEDURE add(a integer, INOUT b integer) LANGUAGE plpgsql AS $$ BEGIN b := a + b; END $$;
