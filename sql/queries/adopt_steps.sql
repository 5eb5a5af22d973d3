-- adopt_steps: the steps of an adoption as statements, each a transaction of its own that may be repeated.
--   $1 oid       relation
--   $2 text      kind
--   $3 name      key column
--   $4 text      what existing rows become: complete or pending
--   $5 interval  lease, $6 int max_attempts, $7 interval backoff_base, $8 interval backoff_cap, $9 boolean cancel_at_once,
--   $10 interval keep_finished; NULL: as it is, or the built-in
--   $11 text     consumer group
-- Returns step text, statement text, is_brief boolean (its lock keeps others out: wait for it only a moment), in their order. Refuses,
-- before anything is changed, a key that no job can have.
WITH rel AS (
    SELECT CAST($1 AS oid)::regclass AS oid, public.job_key_type(CAST($1 AS oid), $3) AS key_type
)
SELECT s.step, s.statement, s.is_brief
  FROM rel,
       LATERAL (
           SELECT 1 AS place, 'columns' AS step, format('SELECT public.job_adopt_columns(%L, %L)', rel.oid, CAST($4 AS text)) AS statement, true AS is_brief
           UNION ALL
           SELECT 2, 'checks', format('SELECT public.job_adopt_checks(%L, %L)', rel.oid, $3), true
           UNION ALL
           SELECT 3, 'validate', format('SELECT public.job_adopt_validate(%L)', rel.oid), false
           UNION ALL
           SELECT 4, 'storage', format('SELECT public.job_adopt_storage(%L)', rel.oid), false
           UNION ALL
           SELECT 5, 'index', i, false FROM public.job_adopt_index_statements(rel.oid, true) AS i
           UNION ALL
           SELECT 6, 'register',
                  format('SELECT public.job_adopt_register(%L, %L, %L, %L::interval, %L::int, %L::interval, %L::interval, %L::boolean, '
                         '%L::interval, %L)', rel.oid, CAST($2 AS text), $3, CAST($5 AS interval), CAST($6 AS int), CAST($7 AS interval),
                         CAST($8 AS interval), CAST($9 AS boolean), CAST($10 AS interval), CAST($11 AS text)), true
           UNION ALL
           SELECT 7, 'triggers', format('SELECT public.job_adopt_triggers(%L, %L, %L)', rel.oid, CAST($2 AS text), $3), true
           UNION ALL
           SELECT 8, 'settle', format('SELECT public.job_adopt_settle(%L)', rel.oid), false) AS s
 WHERE rel.key_type IS NOT NULL
 ORDER BY s.place;
