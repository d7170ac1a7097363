CREATE TYPE unit AS ENUM ('piece', 'kilogram');

CREATE TABLE products (
    id int PRIMARY KEY,
    name text NOT NULL UNIQUE,
    price numeric(10, 2) NOT NULL DEFAULT 0 CHECK (price >= 0),
    unit unit NOT NULL DEFAULT 'piece'
);

CREATE TABLE sales (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    product_id int NOT NULL REFERENCES products,
    amount int NOT NULL
);
