-- What can change a row while it is written: enabled BEFORE and INSTEAD OF row triggers (bits 1, 2 and 64 of
-- `tgtype`), and rules other than a view's own. The second column says whether it is a rule that replaces the statement.
SELECT tgrelid, false
FROM pg_catalog.pg_trigger
WHERE tgenabled <> 'D' AND tgtype & 1 <> 0 AND tgtype & 66 <> 0
UNION
SELECT ev_class, is_instead
FROM pg_catalog.pg_rewrite
WHERE ev_type <> '1' AND ev_enabled <> 'D'
