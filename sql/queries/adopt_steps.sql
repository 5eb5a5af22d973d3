-- adopt_steps: the steps of an adoption as statements, each a transaction of its own that may be repeated.
--   $1 oid       relation
--   $2 text      kind
--   $3 name      key column
--   $4 text      what existing rows become: complete or pending
--   $5 text      lease, $6 int max_attempts, $7 text backoff_base, $8 text backoff_cap, $9 boolean cancel_at_once,
--   $10 text     keep_finished, each a time; NULL: as it is, or the built-in
--   $11 text     consumer group
-- Returns step text, statement text, is_brief boolean (its lock keeps others out: wait for it only a moment), in their order. Refuses,
-- before anything is changed, a key that no job can have, and times out of range.
WITH rel AS (
    SELECT CAST($1 AS oid)::regclass AS oid, public.job_key_type(CAST($1 AS oid), $3) AS key_type,
           public.job_interval('--lease', $5, '1 second', '1 day') AS lease,
           public.job_interval('--backoff-base', $7, '0', '1 hour') AS backoff_base,
           public.job_interval('--backoff-cap', $8, '0', '1 day') AS backoff_cap,
           public.job_interval('--keep-finished', $10, '1 second') AS keep_finished
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
                         '%L::interval, %L)', rel.oid, CAST($2 AS text), $3, rel.lease, CAST($6 AS int), rel.backoff_base,
                         rel.backoff_cap, CAST($9 AS boolean), rel.keep_finished, CAST($11 AS text)), true
           UNION ALL
           SELECT 7, 'triggers', format('SELECT public.job_adopt_triggers(%L, %L, %L)', rel.oid, CAST($2 AS text), $3), true
           UNION ALL
           SELECT 8, 'settle', format('SELECT public.job_adopt_settle(%L)', rel.oid), false) AS s
 WHERE rel.key_type IS NOT NULL
 ORDER BY s.place;
