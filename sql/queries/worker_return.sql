-- worker_return: a worker whose connection broke takes its lock again, waiting for whoever has it (its own
-- former session, or the reaper that gives its jobs back).
--   $1 bigint  workers.id
SELECT pg_advisory_lock(public.job_worker_lock($1));
