-- A table of 20 columns.
CREATE TABLE wide (
  id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  t1 text NOT NULL,
  t2 text NOT NULL,
  t3 text,
  t4 text,
  t5 text,
  t6 text,
  t7 text,
  t8 text,
  t9 text,
  t10 text,
  n1 bigint,
  n2 bigint,
  n3 bigint,
  n4 bigint,
  n5 bigint,
  n6 bigint,
  n7 bigint,
  n8 bigint,
  n9 bigint
);
