-- adopt_lock: one adoption of a table at a time; held to the session's end. Asked for again and again instead of waited for: a
-- statement that waits has a snapshot, and CREATE INDEX CONCURRENTLY would wait for it.
--   $1 oid  relation
-- Returns is_ours boolean.
SELECT pg_try_advisory_lock((1885430638::bigint << 32) | CAST($1 AS oid)::bigint) AS is_ours;
