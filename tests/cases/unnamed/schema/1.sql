CREATE TABLE jobs (id int PRIMARY KEY, queue text NOT NULL, done boolean NOT NULL DEFAULT false);
