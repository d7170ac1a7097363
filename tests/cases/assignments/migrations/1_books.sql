CREATE TYPE mood AS ENUM ('calm', 'wild');

CREATE TABLE books (
  id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  title text NOT NULL,
  mood mood NOT NULL DEFAULT 'calm',
  other_mood mood,
  note text DEFAULT 'none',
  pages integer,
  tags text[] NOT NULL DEFAULT '{}',
  updates integer NOT NULL DEFAULT 0
);

-- What was assigned, and not only changed, is seen by triggers of columns.
CREATE TABLE seen (title text NOT NULL, "column" text NOT NULL);
CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO seen VALUES (NEW.title, TG_ARGV[0]);
  RETURN NULL;
END $$;
CREATE TRIGGER note_set AFTER UPDATE OF note ON books FOR EACH ROW EXECUTE FUNCTION see('note');
CREATE TRIGGER mood_set AFTER UPDATE OF mood ON books FOR EACH ROW EXECUTE FUNCTION see('mood');
