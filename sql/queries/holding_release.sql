-- holding_release: a holding goes when no job of it is in its worker's hands any more.
--   :schema :relation :key :key_type   from job_kinds
--   $1 bigint   worker
--   $2 bigint   batch
-- Locks the holding, after the job rows of job_reclaim.
DELETE FROM public.holdings AS h
 WHERE h.worker = $1 AND h.batch = $2
   AND NOT EXISTS (
           SELECT
             FROM unnest(h.keys) AS held (key)
             JOIN :"schema".:"relation" AS t ON t.:"key" = CAST(held.key AS :key_type)
            WHERE t.job_worker = h.worker AND (t.job_status = 'processing') IS TRUE);
