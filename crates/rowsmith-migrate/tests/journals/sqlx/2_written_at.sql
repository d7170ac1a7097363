-- The word "é" shows that bytes are hashed.
ALTER TABLE notes ADD COLUMN written_at timestamptz NOT NULL DEFAULT now();
