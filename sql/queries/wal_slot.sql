-- wal_slot: how the replication slot and its publication stand. No locks.
--   $1 text  slot
--   $2 text  publication
-- Returns one row: has_publication, has_slot, is_ours (pgoutput, of this database), is_active, is_lost
-- (the server threw away WAL that it had not read), confirmed_lsn bigint (0: none).
SELECT EXISTS (SELECT FROM pg_publication WHERE pubname = $2) AS has_publication,
       s.slot_name IS NOT NULL AS has_slot,
       coalesce(s.plugin = 'pgoutput' AND s.database = current_database(), false) AS is_ours,
       coalesce(s.active, false) AS is_active,
       coalesce(s.wal_status = 'lost', false) AS is_lost,
       coalesce(s.confirmed_flush_lsn - '0/0'::pg_lsn, 0)::bigint AS confirmed_lsn
  FROM (VALUES (1)) AS always (one)
  LEFT JOIN pg_replication_slots AS s ON s.slot_name = $1;
