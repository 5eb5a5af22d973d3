-- job_unclaim: a claim got no answer because the connection broke. If it was committed, its jobs go back, as if it had not been.
--   :schema :relation :key :key_type   from job_kinds
--   $1 bigint  workers.id of the claimer
--   $2 bigint  number of the batch
-- Returns the number of jobs given back as its command tag. Locks job rows by key, then the holding.
WITH held AS (
    SELECT unnest(h.keys) AS key
      FROM public.holdings AS h
     WHERE h.worker = $1 AND h.batch = $2
), taken AS (
    SELECT t.:"key" AS key
      FROM held
      JOIN :"schema".:"relation" AS t ON t.:"key" = CAST(held.key AS :key_type)
     WHERE t.job_worker = $1 AND (t.job_status = 'processing') IS TRUE
     ORDER BY t.:"key"
       FOR NO KEY UPDATE OF t
), released AS (
    DELETE FROM public.holdings AS h
     WHERE h.worker = $1 AND h.batch = $2
)
UPDATE :"schema".:"relation" AS t
   SET job_status = 'pending',
       job_epoch = t.job_epoch + 1,
       job_attempts = t.job_attempts - 1,
       job_worker = NULL,
       job_due_at = now(),
       job_changed_at = now()
  FROM taken
 WHERE t.:"key" = taken.key;
