-- worker_remove: a dead worker that holds nothing any more goes; its number is never used again.
--   $1 bigint  workers.id, whose lock the caller holds
DELETE FROM public.workers AS w
 WHERE w.id = $1 AND NOT EXISTS (SELECT FROM public.holdings AS h WHERE h.worker = w.id);
