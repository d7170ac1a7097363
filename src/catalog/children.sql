-- Inheritance and partitioning, direct children only.
SELECT inhparent, inhrelid
FROM pg_catalog.pg_inherits
ORDER BY inhparent, inhrelid
