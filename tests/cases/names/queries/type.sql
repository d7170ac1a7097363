-- name: type :many
SELECT * FROM "result";

-- name: Options :many
SELECT * FROM "option";

-- name: Strings :many
SELECT * FROM strings;

-- name: Vecs :many
SELECT * FROM vecs;

-- name: Clients :many
SELECT * FROM clients;

-- name: OtherClients :many
SELECT * FROM other.clients;

-- name: Queries :many
SELECT * FROM queries;

-- name: Rows :many
SELECT * FROM rows;

-- name: Errors :many
SELECT * FROM errors;

-- name: Uuids :many
SELECT * FROM uuids WHERE id = $1;

-- name: Types :many
SELECT * FROM types;

-- name: Boxes :many
SELECT * FROM boxes;
