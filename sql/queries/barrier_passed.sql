-- barrier_passed: has the slot confirmed the marker?
--   $1 text  name of the slot
--   $2 text  lsn
-- Returns is_passed boolean, is_lost boolean (invalidated); no row: there is no such slot.
SELECT COALESCE(s.confirmed_flush_lsn >= CAST($2 AS pg_lsn), false) AS is_passed,
       COALESCE(s.wal_status = 'lost', false) AS is_lost
  FROM pg_replication_slots AS s
 WHERE s.slot_name = $1;
