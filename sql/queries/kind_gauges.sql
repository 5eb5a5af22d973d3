-- kind_gauges: what waits and what is in work, from the small places: the due index, rows after swept_to, holdings.
--   :schema :relation   from job_kinds
--   $1 text         kind
-- Returns waiting bigint, processing bigint, oldest_ready_s double precision (0 if nothing is ready).
WITH ready AS (
    SELECT t.job_due_at AS since FROM :"schema".:"relation" AS t
     WHERE t.job_due_at IS NOT NULL AND (t.job_status = 'pending') IS TRUE
    UNION ALL
    SELECT t.job_inserted_at FROM :"schema".:"relation" AS t
     WHERE t.job_inserted_at >= (SELECT k.swept_to FROM public.job_kinds AS k WHERE k.kind = $1)
       AND (t.job_status = 'pending') IS TRUE AND t.job_due_at IS NULL
)
SELECT count(*) AS waiting,
       (SELECT COALESCE(sum(cardinality(h.keys)), 0) FROM public.holdings AS h WHERE h.kind = $1) AS processing,
       COALESCE(extract(epoch FROM now() - min(ready.since) FILTER (WHERE ready.since <= now())), 0) AS oldest_ready_s
  FROM ready;
