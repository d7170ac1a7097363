-- The casts by functions that are not the server's own.
SELECT castsource, casttarget
FROM pg_catalog.pg_cast
WHERE castfunc >= 16384 OR oid >= 16384 AND castmethod <> 'b'
ORDER BY castsource, casttarget
