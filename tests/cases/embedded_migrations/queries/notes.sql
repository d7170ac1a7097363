-- name: ListTitles :many
SELECT title FROM titles ORDER BY title;
