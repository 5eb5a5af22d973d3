-- worker_take: take the lock of a worker that looks dead, so that it cannot come back while its jobs are given back.
--   $1 bigint  workers.id
-- Returns is_taken boolean; false: it lives after all.
SELECT pg_try_advisory_lock(public.job_worker_lock($1)) AS is_taken;
