-- job_finish: end jobs of one batch, each with its own outcome, fenced by epoch and worker.
--   :schema :relation :key :key_type   from job_kinds
--   $1 key_type[]  keys, in key order
--   $2 int[]       the epoch each was claimed with
--   $3 bigint      workers.id of the claimer
--   $4 text[]      complete, failed, cancelled, or pending for a give-back
--   $5 interval[]  pending: how long to wait; else NULL
--   $6 smallint[]  1 where the claim does not count as an attempt (defer, yield, drain), else 0
--   $7 jsonb[]     job_error (time and attempt are added), or NULL
--   $8 bigint      number of the batch
--   $9 boolean     these are the last jobs of the batch: its holding goes
-- Returns key text of the jobs that were still ours; of the others nothing is written.
-- Locks job rows by key, then the holding. A finish that changes no indexed column stays HOT.
WITH ended AS (
    SELECT *
      FROM unnest(CAST($1 AS :key_type[]), CAST($2 AS int[]), CAST($4 AS text[]), CAST($5 AS interval[]), CAST($6 AS smallint[]),
                  CAST($7 AS jsonb[])) AS e (key, epoch, status, wait, refund, error)
), released AS (
    DELETE FROM public.holdings AS h
     WHERE $9 AND h.worker = $3 AND h.batch = $8
)
UPDATE :"schema".:"relation" AS t
   SET job_status = ended.status,
       job_epoch = t.job_epoch + CASE WHEN ended.status IN ('pending', 'cancelled') THEN 1 ELSE 0 END,
       job_attempts = t.job_attempts - ended.refund,
       job_worker = NULL,
       job_due_at = CASE WHEN ended.status = 'pending' THEN now() + ended.wait END,
       job_error = ended.error || jsonb_build_object('at', now(), 'attempt', t.job_attempts),
       job_changed_at = now()
  FROM ended
 WHERE t.:"key" = ended.key
   AND t.job_epoch = ended.epoch
   AND t.job_worker = $3
   AND (t.job_status = 'processing') IS TRUE
RETURNING t.:"key"::text AS key;
