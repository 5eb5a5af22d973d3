-- provider_admit: may this worker call a provider now?
--   $1 text  provider   $2 text  scope: a user, or ''   $3 int  cost   $4 int  priority   $5 bigint  workers.id
-- Returns granted, is_open (the breaker), wait_us, left_count, full_window_s, called_at. Locks the budget's rows for its own time.
SELECT a.granted, a.is_open, a.wait_us, a.left_count, a.full_window_s, a.called_at FROM public.provider_admit($1, $2, $3, $4, $5) AS a;
