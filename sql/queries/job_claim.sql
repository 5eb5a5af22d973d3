-- job_claim: take pending, due jobs for one worker, and say so in holdings; one statement, one transaction.
--   :schema :relation :key :key_type :columns   from job_kinds and the kind, quoted at its load
--   $1 key_type[]  keys from Kafka, at most 500; unknown keys match nothing
--   $2 bigint      workers.id of the claimer; if that row is gone, nothing is claimed
--   $3 bigint      number of the batch, not used before by this worker
--   $4 text        kind
--   $5 boolean     alone: take jobs that have failed before, too
--   $6 interval    lease
-- Returns key text, epoch int, generation int, attempts smallint, waited_us bigint, then the kind's columns; one row for
-- each job taken.
-- Key order keeps overlapping batches from deadlocking. A skipped row has another owner;
-- should that owner roll back, the second look finds the row, or the reaper. Time is the database's.
WITH wanted AS (
    SELECT t.:"key" AS key
      FROM :"schema".:"relation" AS t
     WHERE t.:"key" = ANY (CAST($1 AS :key_type[]))
       AND (t.job_status = 'pending') IS TRUE -- keeps the plan on the primary key
       AND (t.job_due_at IS NULL OR t.job_due_at <= now())
       AND (t.job_attempts = 0 OR $5)
       AND EXISTS (SELECT FROM public.workers AS w WHERE w.id = $2)
     ORDER BY t.:"key"
       FOR NO KEY UPDATE OF t SKIP LOCKED -- a child row being inserted must not hide its parent
), claimed AS (
    UPDATE :"schema".:"relation" AS t
       SET job_status = 'processing',
           job_epoch = t.job_epoch + 1,
           job_attempts = t.job_attempts + 1,
           job_worker = $2,
           job_due_at = NULL,
           job_changed_at = now()
      FROM wanted
     WHERE t.:"key" = wanted.key
    RETURNING t.:"key"::text AS key, t.job_epoch AS epoch, t.job_generation AS generation, t.job_attempts AS attempts,
              (extract(epoch FROM now() - COALESCE(t.job_announced_at, t.job_inserted_at)) * 1000000)::bigint AS waited_us :columns
), held AS (
    INSERT INTO public.holdings (worker, batch, kind, keys, deadline)
    SELECT $2, $3, $4, array_agg(claimed.key), now() + CAST($6 AS interval)
      FROM claimed
    HAVING count(*) > 0
)
SELECT * FROM claimed;
