-- worker_missing: workers whose session does not hold their advisory lock at this moment. No parameters, no locks.
-- Returns id bigint, host text, slot int, pid int.
SELECT w.id, w.host, w.slot, w.pid
  FROM public.workers AS w
 WHERE NOT EXISTS (
           SELECT
             FROM pg_locks AS l
            WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
              AND l.database = (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database())
              AND (l.classid::bigint << 32) | l.objid::bigint = public.job_worker_lock(w.id))
 ORDER BY w.id;
