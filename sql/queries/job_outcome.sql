-- job_outcome: what became of a job whose finish got no answer (a COMMIT without an answer is unknown).
--   :schema :relation :key :key_type   from job_kinds
--   $1 key_type    key
--   $2 int         the epoch it was claimed with
--   $3 bigint      workers.id of the claimer
-- Returns is_ours boolean: still processing under this claim, so it is to be finished again. No row or false: it
-- was finished, or taken back. No locks.
SELECT (t.job_epoch = $2 AND t.job_worker = $3 AND t.job_status = 'processing') IS TRUE AS is_ours
  FROM :"schema".:"relation" AS t
 WHERE t.:"key" = CAST($1 AS :key_type);
