CREATE TABLE readings (
  id bigint PRIMARY KEY,
  sensor text NOT NULL,
  channel integer NOT NULL,
  value double precision NOT NULL,
  valid boolean NOT NULL,
  device uuid NOT NULL,
  taken_at timestamptz NOT NULL,
  note text
);
