-- wal_slot_drop: remove an invalidated replication slot.
--   $1 text  slot
SELECT pg_drop_replication_slot($1);
