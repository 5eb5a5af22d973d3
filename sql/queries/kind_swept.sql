-- kind_swept: how far a kind has been swept, for its barrier.
--   $1 text  kind
-- Returns swept_to text.
SELECT k.swept_to::text AS swept_to FROM public.job_kinds AS k WHERE k.kind = $1;
