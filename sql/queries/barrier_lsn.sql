-- barrier_lsn: where the log ends, after the marker's commit. No parameters. Returns lsn text.
SELECT pg_current_wal_insert_lsn()::text AS lsn;
