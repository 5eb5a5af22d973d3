-- announce_lost_due: rows of the due index whose announcement was lost, known by a barrier: announced before it, pending and due
-- after it.
--   :schema :relation :key   from job_kinds
--   $1 timestamptz  T: every transaction that began before it has ended, and the consumers are past all it announced
--   $2 int          at most so many
--   $3 int          skip so many first: rows that the database refuses to change
-- Returns the number of rows as its command tag. The trigger sends what is stamped. Skips rows that somebody has locked.
WITH lost AS (
    SELECT t.:"key" AS key
      FROM :"schema".:"relation" AS t
     WHERE t.job_due_at IS NOT NULL
       AND t.job_due_at <= now()
       AND (t.job_status = 'pending') IS TRUE
       AND t.job_announced_at < $1
     ORDER BY t.job_due_at
     LIMIT $2 OFFSET $3
       FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE :"schema".:"relation" AS t
   SET job_announced_at = now()
  FROM lost
 WHERE t.:"key" = lost.key;
