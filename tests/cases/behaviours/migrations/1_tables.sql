CREATE TABLE users (
  id serial PRIMARY KEY,
  name text NOT NULL,
  verified boolean NOT NULL DEFAULT false,
  invited_by integer REFERENCES users (id)
);
CREATE TABLE groups (id serial PRIMARY KEY, name text NOT NULL, description text);
CREATE TABLE users_to_groups (
  user_id integer NOT NULL REFERENCES users (id),
  group_id integer NOT NULL REFERENCES groups (id),
  PRIMARY KEY (group_id, user_id)
);
CREATE TABLE posts (
  id serial PRIMARY KEY,
  content text NOT NULL,
  owner_id integer REFERENCES users (id) ON DELETE CASCADE,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE comments (
  id serial PRIMARY KEY,
  content text NOT NULL,
  creator_id integer REFERENCES users (id),
  post_id integer REFERENCES posts (id) ON DELETE CASCADE,
  created_at timestamptz NOT NULL DEFAULT now()
);

-- The same names in a schema that is not searched, and names in another case.
CREATE SCHEMA private;
CREATE TABLE private.users (id serial PRIMARY KEY, "fullName" text NOT NULL);
CREATE TABLE private.groups (id serial PRIMARY KEY, name text NOT NULL);
CREATE TABLE private.users_to_groups (
  user_id integer NOT NULL REFERENCES private.users (id),
  group_id integer NOT NULL REFERENCES private.groups (id),
  PRIMARY KEY (group_id, user_id)
);
CREATE TABLE private."BlogPosts" (id serial PRIMARY KEY, "ownerId" integer NOT NULL REFERENCES private.users (id), content text NOT NULL);

CREATE VIEW users_view AS
SELECT u.id, u.name, p.id AS post_id, p.content, (SELECT count(*) FROM users) AS counts
FROM users u LEFT JOIN posts p ON p.owner_id = u.id;
CREATE VIEW post_texts AS SELECT id, owner_id, lower(content) AS lowered FROM posts;
CREATE VIEW group_sizes AS SELECT group_id, count(*) AS users FROM users_to_groups GROUP BY group_id;
CREATE TABLE watched (user_id integer NOT NULL, group_id integer NOT NULL);

-- Columns of the same name everywhere.
CREATE TABLE artists (id serial PRIMARY KEY, created_at date NOT NULL, updated_at date NOT NULL, name text NOT NULL);
CREATE TABLE albums (
  id serial PRIMARY KEY, created_at date NOT NULL, updated_at date NOT NULL, name text NOT NULL,
  artist_id integer NOT NULL REFERENCES artists (id)
);
CREATE TABLE members (id serial PRIMARY KEY, created_at date NOT NULL, updated_at date NOT NULL, name text NOT NULL);
CREATE TABLE artist_to_member (
  id serial PRIMARY KEY,
  member_id integer NOT NULL REFERENCES members (id),
  artist_id integer NOT NULL REFERENCES artists (id),
  UNIQUE (member_id, artist_id)
);

-- Five levels.
CREATE TABLE menu_items (id uuid PRIMARY KEY, name text NOT NULL);
CREATE TABLE modifier_groups (id uuid PRIMARY KEY, name text NOT NULL);
CREATE TABLE menu_item_modifier_groups (
  menu_item_id uuid NOT NULL REFERENCES menu_items (id),
  modifier_group_id uuid NOT NULL REFERENCES modifier_groups (id),
  "order" integer NOT NULL,
  PRIMARY KEY (menu_item_id, modifier_group_id)
);
CREATE TABLE ingredients (id uuid PRIMARY KEY, name text NOT NULL);
CREATE TABLE modifiers (id uuid PRIMARY KEY, ingredient_id uuid REFERENCES ingredients (id), price integer NOT NULL);
CREATE TABLE modifier_group_modifiers (
  modifier_group_id uuid NOT NULL REFERENCES modifier_groups (id),
  modifier_id uuid NOT NULL REFERENCES modifiers (id),
  "order" integer NOT NULL,
  PRIMARY KEY (modifier_group_id, modifier_id)
);

-- Names of 63 bytes, so that a way of two of them is longer.
CREATE TABLE a_table_whose_name_is_as_long_as_postgres_allows_names_to_be_ok (id integer PRIMARY KEY, label text NOT NULL);
CREATE TABLE another_table_whose_name_is_as_long_as_postgres_allows_it_to_be (
  id integer PRIMARY KEY,
  the_column_of_a_key_that_is_as_long_as_postgres_allows_it_to_id integer NOT NULL
    REFERENCES a_table_whose_name_is_as_long_as_postgres_allows_names_to_be_ok (id)
);

-- A key of another type than what it points to, and one padded with blanks.
CREATE TABLE accounts (id bigint PRIMARY KEY, currency character(5) NOT NULL);
CREATE TABLE currencies (code character(5) PRIMARY KEY, name text NOT NULL);
ALTER TABLE accounts ADD FOREIGN KEY (currency) REFERENCES currencies (code);
CREATE TABLE transfers (id integer PRIMARY KEY, account_id integer REFERENCES accounts (id), deleted_at timestamptz);

-- Rows that a policy hides.
CREATE TABLE secrets (id integer PRIMARY KEY, user_id integer NOT NULL REFERENCES users (id), hidden boolean NOT NULL);
CREATE TABLE secret_readers (id integer PRIMARY KEY, secret_id integer NOT NULL REFERENCES secrets (id));
ALTER TABLE secrets ENABLE ROW LEVEL SECURITY;
CREATE POLICY shown ON secrets USING (NOT hidden);
