-- provider_pause: nobody calls a provider for a while.
--   $1 text  provider   $2 int  seconds
SELECT public.provider_pause($1, $2);
