-- verify_workers: workers without their lock for more than a minute: dead, and nobody has noticed.
--   $1 int  at most so many
-- Returns kind text, key text, what text. No locks.
SELECT NULL AS kind, NULL AS key, format('worker %s (%s, pid %s) is without its lock, last seen %s', w.id, w.host, w.pid, w.seen_at) AS what
  FROM public.workers AS w
 WHERE greatest(w.seen_at, w.started_at) < now() - interval '1 minute'
   AND NOT EXISTS (
           SELECT
             FROM pg_locks AS l
            WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
              AND l.database = (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database())
              AND (l.classid::bigint << 32) | l.objid::bigint = public.job_worker_lock(w.id))
 LIMIT $1;
