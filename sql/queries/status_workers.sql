-- status_workers: who works. No parameters, no locks.
-- Returns id bigint, host text, slot int, pid int, kinds text, is_alive boolean (its session holds its advisory lock at this
-- moment), seen_s double precision, holdings bigint, jobs bigint (in those holdings), by id.
SELECT w.id, w.host, w.slot, w.pid, array_to_string(w.kinds, ',') AS kinds,
       EXISTS (
           SELECT
             FROM pg_locks AS l
            WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
              AND l.database = (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database())
              AND (l.classid::bigint << 32) | l.objid::bigint = public.job_worker_lock(w.id)) AS is_alive,
       extract(epoch FROM now() - w.seen_at)::double precision AS seen_s,
       (SELECT count(*) FROM public.holdings AS h WHERE h.worker = w.id) AS holdings,
       (SELECT COALESCE(sum(cardinality(h.keys)), 0) FROM public.holdings AS h WHERE h.worker = w.id) AS jobs
  FROM public.workers AS w
 ORDER BY w.id;
