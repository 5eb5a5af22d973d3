-- requeue_keys: request jobs anew, by key. The trigger makes it a new generation without attempts and announces it.
--   :schema :relation :key :key_type   from job_kinds
--   $1 key_type[]  keys, at most 500
--   $2 boolean     those in work too: whoever works on them is fenced
-- Returns key text, outcome text for each key that has a row: requeued, pending (it waits already), or processing (left alone).
-- Locks the rows by key.
WITH wanted AS (
    SELECT t.:"key" AS key,
           CASE WHEN t.job_status = 'pending' OR (t.job_status = 'processing' AND NOT $2) THEN t.job_status
                ELSE 'requeued' END AS outcome
      FROM :"schema".:"relation" AS t
     WHERE t.:"key" = ANY (CAST($1 AS :key_type[]))
     ORDER BY t.:"key"
       FOR NO KEY UPDATE
), requested AS (
    UPDATE :"schema".:"relation" AS t
       SET job_status = 'pending'
      FROM wanted
     WHERE t.:"key" = wanted.key
       AND wanted.outcome = 'requeued'
)
SELECT wanted.key::text AS key, wanted.outcome FROM wanted;
