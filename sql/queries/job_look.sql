-- job_look: why a claim did not take some of the keys it asked for.
--   :schema :relation :key :key_type   from job_kinds
--   $1 key_type[]  the keys that were not taken
-- Returns key text, epoch int, attempts smallint, is_ready boolean (pending and due); a key without a row is absent
-- or not visible yet. No locks.
SELECT t.:"key"::text AS key,
       t.job_epoch AS epoch,
       t.job_attempts AS attempts,
       (t.job_status = 'pending' AND (t.job_due_at IS NULL OR t.job_due_at <= now())) AS is_ready
  FROM :"schema".:"relation" AS t
 WHERE t.:"key" = ANY (CAST($1 AS :key_type[]));
