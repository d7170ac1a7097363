CREATE TYPE mood AS ENUM ('ok', 'bad');
CREATE TABLE users (id bigint PRIMARY KEY, email text NOT NULL, mood mood, "Größe" int);
CREATE FUNCTION full_name(id bigint) RETURNS text LANGUAGE sql AS 'SELECT email FROM users';
CREATE SCHEMA sales;
CREATE TABLE sales.orders (id int, user_id bigint, total numeric);
