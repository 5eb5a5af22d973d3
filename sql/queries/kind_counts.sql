-- kind_counts: what waits and what is in work, exact: from the due index, rows after swept_to, and holdings.
--   :schema :relation :key :key_type   from job_kinds
--   $1 text  kind
-- Returns waiting bigint (pending; those not yet due too), later bigint (of them not yet due), processing bigint,
-- oldest_ready_s double precision (NULL if nothing is ready), size_bytes bigint (of the table, without indexes). No locks.
WITH waiting AS (
    SELECT t.job_due_at AS since
      FROM :"schema".:"relation" AS t
     WHERE t.job_due_at IS NOT NULL
       AND (t.job_status = 'pending') IS TRUE
    UNION ALL
    SELECT t.job_inserted_at
      FROM :"schema".:"relation" AS t
     WHERE t.job_inserted_at >= (SELECT k.swept_to FROM public.job_kinds AS k WHERE k.kind = $1)
       AND (t.job_status = 'pending') IS TRUE
       AND t.job_due_at IS NULL
), working AS (
    SELECT count(*) AS n
      FROM (SELECT h.worker, unnest(h.keys) AS key FROM public.holdings AS h WHERE h.kind = $1) AS held
      JOIN :"schema".:"relation" AS t ON t.:"key" = CAST(held.key AS :key_type)
     WHERE t.job_worker = held.worker
       AND (t.job_status = 'processing') IS TRUE
)
SELECT count(*) AS waiting,
       count(*) FILTER (WHERE waiting.since > now()) AS later,
       (SELECT working.n FROM working) AS processing,
       extract(epoch FROM now() - min(waiting.since) FILTER (WHERE waiting.since <= now()))::double precision AS oldest_ready_s,
       (SELECT COALESCE(sum(pg_relation_size(part)), 0)::bigint
          FROM public.job_kinds AS k, public.job_relations(k.relation) AS part
         WHERE k.kind = $1) AS size_bytes
  FROM waiting;
