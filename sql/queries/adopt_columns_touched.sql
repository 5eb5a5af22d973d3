-- adopt_columns_touched: indexed columns that a trigger of the table's own sets on every update, and indexes on job columns: with
-- either, no claim or finish is HOT.
--   $1 oid  relation
-- Returns index_name text, column_name text, trigger_name text (NULL: the column is one of ours).
-- A trigger counts if it is BEFORE UPDATE for each row, enabled, not bound to columns, and its function assigns to NEW.column or
-- gets the column's name as an argument (moddatetime). What a function does by other means is not seen.
WITH indexed AS ( -- columns as keys, and through expressions and predicates
    SELECT i.indexrelid, a.attnum, a.attname
      FROM pg_index AS i
      JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey::int2[]) AND a.attnum > 0
     WHERE i.indrelid = $1
    UNION
    SELECT i.indexrelid, a.attnum, a.attname
      FROM pg_index AS i
      JOIN pg_depend AS d ON d.classid = 'pg_class'::regclass AND d.objid = i.indexrelid
                         AND d.refclassid = 'pg_class'::regclass AND d.refobjid = i.indrelid
      JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = d.refobjsubid AND a.attnum > 0
     WHERE i.indrelid = $1
), touching AS (
    SELECT t.tgname, p.prosrc, t.tgargs
      FROM pg_trigger AS t
      JOIN pg_proc AS p ON p.oid = t.tgfoid
     WHERE t.tgrelid = $1
       AND NOT t.tgisinternal
       AND t.tgenabled IN ('O', 'A')
       AND t.tgtype & 19 = 19 -- each row (1), before (2), update (16)
       AND cardinality(t.tgattr::int2[]) = 0
       AND t.tgname NOT IN ('job_insert', 'job_transition')
)
SELECT ic.relname AS index_name, x.attname AS column_name, t.tgname AS trigger_name
  FROM indexed AS x
  JOIN pg_class AS ic ON ic.oid = x.indexrelid
  JOIN touching AS t ON t.prosrc ~* ('\mnew\s*\.\s*"?' || regexp_replace(x.attname, '(\W)', '\\\1', 'g') || '"?\s*:?=')
                     OR encode(t.tgargs, 'escape') ~ ('(^|\\000)' || regexp_replace(x.attname, '(\W)', '\\\1', 'g') || '\\000')
UNION ALL
SELECT ic.relname, x.attname, NULL
  FROM indexed AS x
  JOIN pg_class AS ic ON ic.oid = x.indexrelid
 WHERE x.attname IN ('job_status', 'job_epoch', 'job_generation', 'job_attempts', 'job_due_at', 'job_worker', 'job_error',
                     'job_cancel_requested_at', 'job_inserted_at', 'job_announced_at', 'job_changed_at')
   AND ic.relname NOT IN (SELECT d.name FROM public.job_index_definitions(CAST($1 AS oid)) AS d)
 ORDER BY 1, 2, 3;
