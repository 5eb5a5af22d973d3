-- announce_lost_new: rows that never had to wait and whose announcement was lost, known by a barrier.
--   :schema :relation :key   from job_kinds
--   $1 timestamptz  T: every transaction that began before it has ended, and the consumers are past all it announced
--   $2 timestamptz  swept_to: no older row is pending without being in the due index
--   $3 int          at most so many
--   $4 int          skip so many first: rows that the database refuses to change
-- Returns the number of rows as its command tag. With job_due_at set the due index has them from now on, and the triggers stamp
-- and send. Skips rows that somebody has locked.
WITH lost AS (
    SELECT t.:"key" AS key
      FROM :"schema".:"relation" AS t
     WHERE t.job_inserted_at >= $2
       AND t.job_inserted_at < $1
       AND (t.job_status = 'pending') IS TRUE
       AND t.job_due_at IS NULL
       AND COALESCE(t.job_announced_at, t.job_inserted_at) < $1
     ORDER BY t.job_inserted_at
     LIMIT $3 OFFSET $4
       FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE :"schema".:"relation" AS t
   SET job_due_at = now()
  FROM lost
 WHERE t.:"key" = lost.key;
