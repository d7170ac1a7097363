-- Each statement has one mistake, and does not depend on the others.

CREATE TABEL a1 (id bigint PRIMARY KEY);

CREATE TABLE a2 (id bigint PRIMARY KEY, name text,);

CREATE TABLE a3 (id bigint PRIMARY KEY name text);

CREATE TABLE a4 (id bigint PRIMRY KEY);

CREATE TABLE a5 (id bigint PRIMARY KEY, name text NOT NUL);

CREATE TABLE a6 (id bigint PRIMARY KEY, order integer);

CREATE TABLE user (id bigint PRIMARY KEY);

CREATE TABLE a7 (id bigint PRIMARY KEY, name text;

CREATE TABLE a8 (id bigint PRIMARY KEY)
CREATE INDEX ON a8 (id);

CREATE TABLE a9 (id bigint PRIMARY KEY, made timestmptz);

CREATE TABLE a10 (id bigint PRIMARY KEY, name txet NOT NULL DEFALT '');

CREATE UNIQUE INDX a11 ON a2 (id);
