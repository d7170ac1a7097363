CREATE TABLE users (id int);

DO $$
BEGIN
    -- für alle
    INSERT INTO users (id) VALUES (1);
    PERFORM id / 0 FROM users;
END
$$;
