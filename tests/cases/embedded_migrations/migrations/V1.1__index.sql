-- rowsmith: no-transaction
CREATE INDEX CONCURRENTLY notes_title ON notes (title);
INSERT INTO notes (title) VALUES ('é'), (DEFAULT);
