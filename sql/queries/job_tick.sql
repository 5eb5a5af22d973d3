-- job_tick: move the deadline of a batch in work, if the job in hand is still ours; writes no job row.
--   :schema :relation :key :key_type   from job_kinds
--   $1 key_type    key of the job in hand
--   $2 int         the epoch it was claimed with
--   $3 bigint      workers.id of the claimer
--   $4 bigint      number of the batch
--   $5 interval    lease
-- Returns wants_cancel boolean; no row if the job is not ours any more. Locks the holding only.
WITH ours AS (
    SELECT t.job_cancel_requested_at IS NOT NULL AS wants_cancel
      FROM :"schema".:"relation" AS t
     WHERE t.:"key" = CAST($1 AS :key_type)
       AND t.job_epoch = $2
       AND t.job_worker = $3
       AND (t.job_status = 'processing') IS TRUE
), held AS (
    UPDATE public.holdings AS h
       SET deadline = now() + CAST($5 AS interval)
     WHERE h.worker = $3 AND h.batch = $4 AND EXISTS (SELECT FROM ours)
)
SELECT wants_cancel FROM ours;
