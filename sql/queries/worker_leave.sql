-- worker_leave: a worker that holds nothing any more goes; its lock goes with its session.
--   $1 bigint  workers.id
DELETE FROM public.workers AS w
 WHERE w.id = $1 AND NOT EXISTS (SELECT FROM public.holdings AS h WHERE h.worker = w.id);
