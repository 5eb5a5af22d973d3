-- status_slot: the replication slot, and which duties of the reaper somebody does.
--   $1 text  name of the slot
-- Returns one row: has_slot boolean, is_active boolean, wal_status text, behind_bytes bigint (WAL that the producer has not brought
-- to Kafka), reclaims boolean, announces boolean. No locks.
SELECT s.slot_name IS NOT NULL AS has_slot,
       COALESCE(s.active, false) AS is_active,
       s.wal_status,
       pg_wal_lsn_diff(pg_current_wal_lsn(), s.confirmed_flush_lsn)::bigint AS behind_bytes,
       EXISTS (SELECT FROM pg_locks AS l
                WHERE l.locktype = 'advisory' AND l.granted AND l.classid::bigint = 1885430637 AND l.objid::bigint = 1) AS reclaims,
       EXISTS (SELECT FROM pg_locks AS l
                WHERE l.locktype = 'advisory' AND l.granted AND l.classid::bigint = 1885430637 AND l.objid::bigint = 2) AS announces
  FROM (VALUES (1)) AS always (one)
  LEFT JOIN pg_replication_slots AS s ON s.slot_name = $1;
