CREATE TABLE groups (id int);

CREATE TABLE users (
    id int
);
