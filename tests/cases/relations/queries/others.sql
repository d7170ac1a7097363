-- name: ListTodos :many
-- @with { tags(order_by: position, name), first: tags(where: todo_tags.position < @below, order_by: position, limit: 1) { name }, tags { count } }
SELECT * FROM todos ORDER BY id;

-- name: ListTags :many
-- @with { todos(where: NOT done, order_by: todos.id) { title, todo_tags(order_by: tag_id) { position, tag } } }
SELECT id, name FROM tags ORDER BY id;

-- name: Roots :many
-- Three levels of the tree.
-- @with { children(order_by: id) { name, children(order_by: id) { name, parent { name, parent { name } } } } }
SELECT * FROM categories WHERE parent_id IS NULL ORDER BY id;

-- name: Students :many
-- @with { courses(order_by: title) { title }, grades(order_by: grade) { grade, course { title } } }
SELECT * FROM students ORDER BY id;

-- name: CourseList :many
-- @with { students(order_by: name, limit: 2) { name }, students { count } }
SELECT code, semester, title FROM courses ORDER BY title;

-- name: Payments :many
-- @with { currency: currency { name } }
SELECT * FROM payments ORDER BY id;

-- name: Currencies :many
-- @with { payments(order_by: id) { id } }
SELECT * FROM currencies ORDER BY name;

-- name: Totals :many
-- @with { order { customer_id, total { quantity } } }
SELECT * FROM order_totals ORDER BY order_id;

-- name: Friends :many
-- @with { friends(order_by: id) { name }, addresses { owner { name } } }
SELECT id FROM customers ORDER BY id;
