-- worker_release: give the lock of worker_take back.
--   $1 bigint  workers.id
SELECT pg_advisory_unlock(public.job_worker_lock($1));
