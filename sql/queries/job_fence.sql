-- job_fence: is this job still ours? Taken first in the transaction that writes its effects.
--   :schema :relation :key :key_type   from job_kinds
--   $1 key_type    key
--   $2 int         the epoch it was claimed with
--   $3 bigint      workers.id of the claimer
-- Returns one row if it is, none if it is not. Locks the job row until the transaction ends: nobody takes
-- the job back between its effects and its completion.
SELECT 1
  FROM :"schema".:"relation" AS t
 WHERE t.:"key" = CAST($1 AS :key_type)
   AND t.job_epoch = $2
   AND t.job_worker = $3
   AND (t.job_status = 'processing') IS TRUE
   FOR NO KEY UPDATE;
