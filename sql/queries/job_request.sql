-- job_request: request jobs anew by key, as far as they have one of these statuses; see the function of this name.
--   $1 text    kind
--   $2 text[]  keys, each once, at most 500
--   $3 text[]  statuses
--   $4 boolean nothing is changed, only counted
-- Returns status text, is_requested boolean, jobs bigint: how many of the keys have a row in that status, and whether it was requested.
-- Locks the rows by key, unless $4.
SELECT r.status, r.is_requested, r.jobs FROM public.job_request($1, $2, $3, $4) AS r;
