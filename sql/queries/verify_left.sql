-- verify_left: holdings past their deadline in which no job is in work any more: nobody removed them.
--   :schema :relation :key   from job_kinds
--   $1 text  kind
--   $2 int   at most so many
-- Returns kind text, key text, what text. No locks. The reaper gets 10 s.
SELECT h.kind, NULL AS key, format('holding %s of worker %s has nothing in work, and its deadline passed at %s', h.batch, h.worker, h.deadline) AS what
  FROM public.holdings AS h
 WHERE h.kind = $1
   AND h.deadline < now() - interval '10 seconds'
   AND NOT EXISTS (
           SELECT
             FROM :"schema".:"relation" AS t
            WHERE t.:"key"::text = ANY (h.keys) AND t.job_worker = h.worker AND t.job_status = 'processing')
 LIMIT $2;
