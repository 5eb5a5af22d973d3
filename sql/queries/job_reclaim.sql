-- job_reclaim: give back the jobs of one holding, whose worker is dead or whose deadline has passed.
--   :schema :relation :key :key_type   from job_kinds
--   $1 bigint    worker
--   $2 bigint    batch
--   $3 boolean   the worker is dead; false: only if the deadline has passed by now
--   $4 smallint  max_attempts
--   $5 interval  backoff_base
--   $6 interval  backoff_cap
--   $7 int       the place of one job in the holding, from 1; 0: all of it
-- Returns key text, job_status text, is_due boolean; one row for each job given back, failed or cancelled.
-- Only a job that was claimed alone is failed for crashes: of many in a batch nobody knows which one it was. The
-- backoff applies from the second crash. Locks job rows, skipping those that somebody finishes at this moment.
WITH held AS (
    SELECT k.key, cardinality(h.keys) = 1 AS is_alone
      FROM public.holdings AS h
     CROSS JOIN unnest(h.keys) WITH ORDINALITY AS k (key, place)
     WHERE h.worker = $1 AND h.batch = $2 AND ($3 OR h.deadline < now())
       AND ($7 = 0 OR k.place = $7)
), stuck AS (
    SELECT t.:"key" AS key, held.is_alone AND t.job_attempts >= $4 AS is_spent
      FROM held
      JOIN :"schema".:"relation" AS t ON t.:"key" = CAST(held.key AS :key_type)
     WHERE t.job_worker = $1 AND (t.job_status = 'processing') IS TRUE
     ORDER BY t.:"key"
       FOR NO KEY UPDATE OF t SKIP LOCKED
)
UPDATE :"schema".:"relation" AS t
   SET job_status = CASE WHEN t.job_cancel_requested_at IS NOT NULL THEN 'cancelled'
                         WHEN stuck.is_spent THEN 'failed'
                         ELSE 'pending' END,
       job_epoch = t.job_epoch + 1,
       job_worker = NULL,
       job_due_at = CASE WHEN t.job_cancel_requested_at IS NOT NULL OR stuck.is_spent THEN NULL
                         WHEN t.job_attempts > 1 THEN now() + public.job_backoff(CAST($5 AS interval), CAST($6 AS interval), t.job_attempts - 1)
                         ELSE now() END,
       job_error = jsonb_build_object(
           'class', CASE WHEN $3 THEN 'unknown_error' ELSE 'function_timeout' END,
           'code', CASE WHEN $3 THEN 'worker_died' ELSE 'deadline_passed' END,
           'message', CASE WHEN $3 THEN 'its worker died' ELSE 'its deadline passed' END || format(' (worker %s, attempt %s)', $1, t.job_attempts),
           'retryable', true, 'at', now(), 'attempt', t.job_attempts),
       job_changed_at = now()
  FROM stuck
 WHERE t.:"key" = stuck.key
RETURNING t.:"key"::text AS key, t.job_status, t.job_status = 'pending' AND t.job_due_at <= now() AS is_due;
