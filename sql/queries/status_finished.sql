-- status_finished: the finished rows of a kind. Reads the whole table.
--   :schema :relation   from job_kinds
-- Returns complete bigint, failed bigint, cancelled bigint. No locks.
SELECT count(*) FILTER (WHERE t.job_status = 'complete') AS complete,
       count(*) FILTER (WHERE t.job_status = 'failed') AS failed,
       count(*) FILTER (WHERE t.job_status = 'cancelled') AS cancelled
  FROM :"schema".:"relation" AS t;
