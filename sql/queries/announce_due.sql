-- announce_due: announce waiting rows whose time has come. The trigger sends what is stamped here.
--   :schema :relation :key   from job_kinds
--   $1 int  at most so many
--   $2 int  skip so many first: rows that the database refuses to change
-- Returns the number of rows as its command tag. Reads the due index alone; skips rows that somebody has locked.
WITH due AS (
    SELECT t.:"key" AS key
      FROM :"schema".:"relation" AS t
     WHERE t.job_due_at IS NOT NULL
       AND t.job_due_at <= now()
       AND (t.job_status = 'pending') IS TRUE
       AND (t.job_announced_at IS NULL OR t.job_announced_at < t.job_due_at)
     ORDER BY t.job_due_at
     LIMIT $1 OFFSET $2
       FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE :"schema".:"relation" AS t
   SET job_announced_at = now()
  FROM due
 WHERE t.:"key" = due.key;
