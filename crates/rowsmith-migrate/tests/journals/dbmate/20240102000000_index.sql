-- migrate:up
CREATE INDEX notes_written_at ON notes (written_at);

-- migrate:down
