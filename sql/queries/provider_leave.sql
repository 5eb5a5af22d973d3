-- provider_leave: what a call brought.
--   $1 text  provider   $2 bigint  workers.id   $3 boolean  it failed   $4 timestamptz  called_at of provider_admit
--   $5 int[]  limits and $6 int[]  usage that the answer named   $7 text  scope and $8 int  rank of a window that is used up, or NULL
-- Returns the time until that window begins anew, us, or NULL.
SELECT public.provider_leave($1, $2, $3, $4, $5, $6, $7, $8) AS wait_us;
