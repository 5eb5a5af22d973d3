-- verify_holdings: holdings of a worker or a kind that does not exist.
--   $1 int  at most so many
-- Returns kind text, key text, what text. No locks.
SELECT h.kind, NULL AS key, format('holding %s of worker %s: %s', h.batch, h.worker, v.what) AS what
  FROM public.holdings AS h
 CROSS JOIN LATERAL (VALUES
       (NOT EXISTS (SELECT FROM public.workers AS w WHERE w.id = h.worker), 'there is no such worker'),
       (NOT EXISTS (SELECT FROM public.job_kinds AS k WHERE k.kind = h.kind), 'there is no such kind'),
       (cardinality(h.keys) = 0, 'it names no job')) AS v (is_violated, what)
 WHERE v.is_violated
 LIMIT $1;
