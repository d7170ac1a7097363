-- Bestellungen für „Kunden“
CREATE TABLE orders (
    id int PRIMARY KEY,
    customer txet NOT NULL
);
CREATE TABEL lines (id int);
