-- Words that are missing, misspelt, doubled or in the wrong order.

-- name: KeywordMisspelt :many
SELECT id FORM users;

-- name: KeywordReadAsAlias :many
SELECT id FROM users WERE id = @id;

-- name: CommasMissing :many
SELECT id name email FROM users;

-- name: CommaTooMany :many
SELECT id, name, FROM users;

-- name: KeywordMissing :many
SELECT id FROM users ORDER name;

-- name: FromMissing :many
SELECT id, name users WHERE id = @id;

-- name: WhereOrComma :exec
UPDATE users SET name = @name id = @id;

-- name: OperatorMissing :many
SELECT id FROM users WHERE id @id;

-- name: ValueMissing :many
SELECT id FROM users WHERE id = AND active;

-- name: ConditionMissing :many
SELECT id FROM users WHERE id = @id AND;

-- name: ClosingMissing :many
SELECT id FROM users WHERE (id = @id OR active;

-- name: OpeningMissing :one
SELECT count *) FROM users;

-- name: WordTwice :many
SELECT id FROM FROM users;

-- name: WrongOrder :many
SELECT id FROM users BY ORDER id;

-- name: TwoWordsInOne :many
SELECT count(*) FROM users GROUPBY active;

-- name: EndMissing :many
SELECT CASE WHEN age > 17 THEN 'adult' FROM users;

-- name: ReservedTable :many
SELECT id FROM order;

-- name: ReservedColumn :many
SELECT group FROM "order";
