-- failed_list: the last failed jobs of a kind and why, newest first. Reads the whole table.
--   :schema :relation :key   from job_kinds
--   $1 int  at most so many
-- Returns key text, class text, code text, message text, attempts smallint, at text, at_us bigint. No locks.
SELECT t.:"key"::text AS key,
       COALESCE(t.job_error ->> 'class', 'unknown_error') AS class,
       t.job_error ->> 'code' AS code,
       t.job_error ->> 'message' AS message,
       t.job_attempts AS attempts,
       to_char(t.job_changed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS at,
       (extract(epoch FROM t.job_changed_at) * 1000000)::bigint AS at_us
  FROM :"schema".:"relation" AS t
 WHERE t.job_status = 'failed'
 ORDER BY t.job_changed_at DESC, t.:"key"
 LIMIT $1;
