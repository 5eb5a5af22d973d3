-- abandon_look: what stands in the way of abandoning a kind, and the statement that does it.
--   $1 text  kind
-- Returns one row: is_adopted boolean, holdings bigint (of that kind; those of a table that was dropped do not count),
-- statement text.
SELECT k.kind IS NOT NULL AS is_adopted,
       (SELECT count(*) FROM public.holdings AS h WHERE h.kind = $1 AND EXISTS (SELECT FROM pg_class AS c WHERE c.oid = k.relation)) AS holdings,
       format('SELECT public.job_abandon(%L)', $1) AS statement
  FROM (VALUES ($1)) AS wanted (kind)
  LEFT JOIN public.job_kinds AS k ON k.kind = wanted.kind;
