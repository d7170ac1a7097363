-- Each query breaks one rule of `:copyfrom`.

-- name: CopySelect :copyfrom
SELECT name FROM t WHERE id = @id;

-- name: CopyUpdate :copyfrom
UPDATE t SET name = @name;

-- name: CopyFromSelect :copyfrom
INSERT INTO t (name) SELECT @name;

-- name: CopyDefaults :copyfrom
INSERT INTO t DEFAULT VALUES;

-- name: CopyTwoRows :copyfrom
INSERT INTO t (name) VALUES (@one), (@two);

-- name: CopyConflict :copyfrom
INSERT INTO t (name) VALUES (@name) ON CONFLICT DO NOTHING;

-- name: CopyReturning :copyfrom
INSERT INTO t (name) VALUES (@name)
RETURNING id;

-- name: CopyWith :copyfrom
WITH x AS (SELECT 1) INSERT INTO t (name) VALUES (@name);

-- name: CopyExpression :copyfrom
INSERT INTO t (name, amount) VALUES (@name, @amount * 2);

-- name: CopyConstant :copyfrom
INSERT INTO t (name, amount) VALUES (@name, 'é' || 1);

-- name: CopyCast :copyfrom
INSERT INTO t (name, amount) VALUES (@name, @amount::integer);

-- name: CopyOverriding :copyfrom
INSERT INTO t (id, name) OVERRIDING USER VALUE VALUES (@id, @name);

-- name: CopyNothing :copyfrom
INSERT INTO t (name) VALUES (DEFAULT);

-- name: CopyIdentity :copyfrom
INSERT INTO t (id, name) VALUES (@id, @name);

-- name: CopyGenerated :copyfrom
INSERT INTO t (name, loud) VALUES (@name, @loud);

-- name: CopyView :copyfrom
INSERT INTO v (name) VALUES (@name);

-- name: CopyElement :copyfrom
INSERT INTO t (name, tags[1]) VALUES (@name, @tag);
