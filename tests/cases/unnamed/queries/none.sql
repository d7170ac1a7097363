-- Nothing here has a name.
SELECT id, queue
FROM jobs;
