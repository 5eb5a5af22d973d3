-- holding_overdue: what dead workers hold, and what anybody has held past its deadline. No locks.
--   $1 bigint[]  the dead workers
-- Returns worker bigint, batch bigint, kind text, is_dead boolean, jobs int.
SELECT h.worker, h.batch, h.kind, h.worker = ANY (CAST($1 AS bigint[])) AS is_dead, cardinality(h.keys) AS jobs
  FROM public.holdings AS h
 WHERE h.worker = ANY (CAST($1 AS bigint[])) OR h.deadline < now()
 ORDER BY h.worker, h.batch;
