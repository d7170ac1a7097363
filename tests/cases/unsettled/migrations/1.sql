-- Keys that do not hold at every moment, and statements that take away what rows lead to.
CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL);

CREATE TABLE posts (id integer PRIMARY KEY, user_id integer NOT NULL REFERENCES users DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE notes (id integer PRIMARY KEY, user_id integer NOT NULL REFERENCES users DEFERRABLE);
CREATE TABLE drafts (id integer PRIMARY KEY, user_id integer NOT NULL REFERENCES users);
ALTER TABLE drafts DISABLE TRIGGER ALL;

CREATE TABLE profiles (
    id integer PRIMARY KEY,
    user_id integer NOT NULL REFERENCES users,
    bio text NOT NULL,
    UNIQUE (user_id) DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE categories (
    id integer PRIMARY KEY,
    parent_id integer NOT NULL REFERENCES categories,
    name text NOT NULL
);

CREATE TABLE orders (
    id integer PRIMARY KEY,
    customer_id integer NOT NULL REFERENCES users ON DELETE CASCADE,
    note text
);
CREATE TABLE items (
    id integer PRIMARY KEY,
    order_id integer NOT NULL REFERENCES orders ON DELETE CASCADE,
    quantity integer NOT NULL
);

CREATE TABLE slots (x integer, y integer, name text NOT NULL, PRIMARY KEY (x, y));
CREATE TABLE bookings (
    id integer PRIMARY KEY,
    x integer NOT NULL,
    y integer NOT NULL,
    FOREIGN KEY (x, y) REFERENCES slots
);

CREATE TABLE shapes (id integer PRIMARY KEY, name text NOT NULL);
CREATE TABLE circles (radius integer) INHERITS (shapes);
CREATE TABLE labels (id integer PRIMARY KEY, shape_id integer NOT NULL REFERENCES shapes);

CREATE TABLE badges (id integer PRIMARY KEY, user_id integer NOT NULL UNIQUE REFERENCES users);
CREATE TABLE old_badges () INHERITS (badges);
