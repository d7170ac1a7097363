CREATE SCHEMA shop;

CREATE TABLE shop.prices (
  id integer PRIMARY KEY,
  cents integer,
  note text
);

CREATE FUNCTION shop.net(cents integer) RETURNS integer LANGUAGE sql AS 'SELECT coalesce(cents, 0) * 100 / 119';
CREATE FUNCTION shop.gross(cents integer) RETURNS integer LANGUAGE sql AS 'SELECT cents * 119 / 100';

CREATE TABLE shop.remarks (id integer PRIMARY KEY, price_id integer NOT NULL REFERENCES shop.prices (id), remark text);
