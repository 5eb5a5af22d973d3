-- job_checkpoint: a long job is alive: move its deadline, and learn of a wish to cancel.
--   :schema :relation :key :key_type   from job_kinds
--   $1 key_type    key
--   $2 int         the epoch it was claimed with
--   $3 bigint      workers.id of the claimer
--   $4 boolean     progress was made: attempts go back to 1, for a long job is not a failing one
--   $5 bigint      number of the batch
--   $6 interval    lease
-- Returns wants_cancel boolean; no row if the job is not ours any more, and then nothing is written.
-- Locks the job row, then the holding.
WITH ours AS (
    UPDATE :"schema".:"relation" AS t
       SET job_attempts = CASE WHEN $4 THEN 1 ELSE t.job_attempts END
     WHERE t.:"key" = CAST($1 AS :key_type)
       AND t.job_epoch = $2
       AND t.job_worker = $3
       AND (t.job_status = 'processing') IS TRUE
    RETURNING t.job_cancel_requested_at IS NOT NULL AS wants_cancel
), held AS (
    UPDATE public.holdings AS h
       SET deadline = now() + CAST($6 AS interval)
     WHERE h.worker = $3 AND h.batch = $5 AND EXISTS (SELECT FROM ours)
)
SELECT wants_cancel FROM ours;
