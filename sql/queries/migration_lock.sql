-- migration_lock: one migrates at a time; held to the session's end. Waits as lock_timeout allows. No parameters.
SELECT pg_advisory_lock(1885430636::bigint << 32);
