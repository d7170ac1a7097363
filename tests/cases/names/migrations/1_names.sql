CREATE TYPE "Strange Labels" AS ENUM ('', 'plain', 'Plain', '+', '-', '1st', 'a"b', 'é', 'self', 'two words', 'two-words');
CREATE TABLE "result" (
  "type" integer NOT NULL,
  "self" integer NOT NULL,
  "1st" integer NOT NULL,
  "a-b" integer NOT NULL,
  "a_b" integer NOT NULL,
  "Ünïcode" integer NOT NULL,
  "quo""te" integer NOT NULL,
  "strange" "Strange Labels" NOT NULL
);
CREATE TABLE "option" (id integer NOT NULL, name text);
CREATE TABLE strings (id integer NOT NULL, name text NOT NULL);
CREATE TABLE vecs (id integer NOT NULL, names text[] NOT NULL);
CREATE TABLE clients (id integer NOT NULL, name text NOT NULL);
CREATE TABLE queries (id integer NOT NULL, name text NOT NULL);
CREATE TABLE rows (id integer NOT NULL, name text NOT NULL);
CREATE TABLE errors (id integer NOT NULL, at timestamptz NOT NULL);
CREATE TABLE uuids (id uuid NOT NULL, uuid uuid);
CREATE TABLE types (id integer NOT NULL, type text NOT NULL);
CREATE TABLE boxes (id integer NOT NULL, name text NOT NULL);
CREATE SCHEMA other;
CREATE TABLE other.clients (id integer NOT NULL, name text NOT NULL);
COMMENT ON TABLE "result" IS $$ */ {{ x }} [link] <b>bold</b> `tick "quote" \ back
    indented code
https://example.com/a?b=c $$;
