-- adopt_invalid: indexes of ours that a broken attempt left behind, which IF NOT EXISTS would take for good.
--   $1 oid  relation
-- Returns statement text, which removes one.
SELECT format('DROP INDEX CONCURRENTLY IF EXISTS %s', i.indexrelid::regclass) AS statement
  FROM pg_index AS i
  JOIN pg_class AS ic ON ic.oid = i.indexrelid
 WHERE i.indrelid = $1
   AND NOT i.indisvalid
   AND ic.relkind = 'i'
   AND ic.relname IN (SELECT d.name FROM public.job_index_definitions(CAST($1 AS oid)) AS d);
