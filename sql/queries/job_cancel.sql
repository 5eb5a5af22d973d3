-- job_cancel: cancel one job, decided under its row lock.
--   $1 text  kind
--   $2 text  key
-- Returns outcome text: cancelled, requested (it is in work), finished, or absent.
SELECT public.job_cancel($1, $2) AS outcome;
