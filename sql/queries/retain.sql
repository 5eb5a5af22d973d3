-- retain: delete finished rows that a kind does not keep, oldest first.
--   :schema :relation :key   from job_kinds
--   $1 text  kind
--   $2 int   at most so many
--   $3 int   skip so many first: rows that the database refuses to delete
-- Returns the number of rows as its command tag. Skips rows that somebody has locked.
WITH old AS (
    SELECT t.:"key" AS key
      FROM :"schema".:"relation" AS t
      JOIN public.job_kinds AS k ON k.kind = $1
     WHERE t.job_inserted_at < now() - k.keep_finished
       AND t.job_status IN ('complete', 'failed', 'cancelled')
       AND t.job_changed_at < now() - k.keep_finished
     ORDER BY t.job_inserted_at
     LIMIT $2 OFFSET $3
       FOR UPDATE OF t SKIP LOCKED
)
DELETE FROM :"schema".:"relation" AS t
 USING old
 WHERE t.:"key" = old.key;
