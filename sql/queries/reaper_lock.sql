-- reaper_lock: for each duty one reaper is active; the others stand by. Held to the session's end.
--   $1 int  number of the duty: 1 reclaim, 2 announce
-- Returns is_active boolean.
SELECT pg_try_advisory_lock((1885430637::bigint << 32) | $1::int) AS is_active;
