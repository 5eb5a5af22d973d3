-- requeue_failed: request failed jobs anew, the next of a walk in the order of keys. A job that fails again meanwhile is not met twice.
--   :schema :relation :key :key_type   from job_kinds
--   $1 key_type  the last key of the batch before; at first the lowest there can be
--   $2 boolean   this is the first batch: a row with the key $1 belongs to it
--   $3 text      only jobs that failed with this class; NULL: any
--   $4 int       at most so many
-- Returns requeued bigint, last_key text (NULL when none was left). Locks the rows by key, skipping those that somebody has locked.
WITH failed AS (
    SELECT t.:"key" AS key
      FROM :"schema".:"relation" AS t
     WHERE t.:"key" >= CAST($1 AS :key_type)
       AND (t.:"key" > CAST($1 AS :key_type) OR $2)
       AND t.job_status = 'failed'
       AND (CAST($3 AS text) IS NULL OR COALESCE(t.job_error ->> 'class', 'unknown_error') = $3)
     ORDER BY t.:"key"
     LIMIT $4
       FOR NO KEY UPDATE SKIP LOCKED
), requested AS (
    UPDATE :"schema".:"relation" AS t
       SET job_status = 'pending'
      FROM failed
     WHERE t.:"key" = failed.key
    RETURNING 1
)
SELECT (SELECT count(*) FROM requested) AS requeued,
       (SELECT failed.key::text FROM failed ORDER BY failed.key DESC LIMIT 1) AS last_key;
