-- Quotes of every kind: "#, "##, '
CREATE TABLE notes (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  title text NOT NULL DEFAULT '"#'
);

COMMENT ON TABLE notes IS '${about}';
