-- +goose Up
CREATE INDEX notes_written_at ON notes (written_at);
