-- Names that generated code uses itself, or that Rust confuses.
CREATE TABLE ok (id integer NOT NULL, value text NOT NULL);
CREATE TABLE "some" (id integer NOT NULL, value text NOT NULL);
CREATE TABLE "none" (id integer NOT NULL, value text NOT NULL);
CREATE TABLE self (id integer NOT NULL, value text NOT NULL);
CREATE TABLE core (id integer NOT NULL, value text NOT NULL);
CREATE TABLE std (id integer NOT NULL, value text NOT NULL);
CREATE TABLE "user" (id integer NOT NULL, value text NOT NULL);
CREATE TABLE users (id integer NOT NULL, value text NOT NULL);
CREATE TABLE "User" (id integer NOT NULL, value text NOT NULL);
CREATE TABLE people (id integer NOT NULL, "e-mail" text NOT NULL, "E_Mail" text NOT NULL);
CREATE TABLE "evil` */ { }
pub fn injected() {}" (id integer NOT NULL, "x
y" integer NOT NULL);
CREATE TABLE a_table_with_a_name_of_sixty_three_bytes_as_many_as_there_can_be (
  a_column_with_a_name_of_sixty_three_bytes_as_many_as_there_can_ integer NOT NULL,
  "ÄÖÜ ß 名前 😀" integer NOT NULL
);
CREATE TYPE language AS ENUM ('c', 'c++', 'c#', 'err', 'ok', 'C', 'self', 'Self', '😀', '<', '<=', ' ');
COMMENT ON TABLE users IS E'Turned: \u202E around.\n-     no code\n> ```\n> nor this\n- ~~~\n1.      nor this\n\n    nor \u2066this\n';
