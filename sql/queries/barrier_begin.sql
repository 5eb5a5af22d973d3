-- barrier_begin: T, the start of the oldest transaction that runs in this database, or now; then a marker into the log.
-- No parameters. Returns t timestamptz. A second is taken off for a transaction that has begun and is not yet to be seen.
WITH oldest AS MATERIALIZED (
    SELECT least(now(), (SELECT min(a.xact_start)
                           FROM pg_stat_activity AS a
                          WHERE a.datname = current_database()
                            AND a.pid <> pg_backend_pid()
                            AND a.backend_type NOT IN ('autovacuum worker', 'walsender')),
                        (SELECT min(p.prepared) FROM pg_prepared_xacts AS p WHERE p.database = current_database()))
           - interval '1 second' AS t
)
SELECT oldest.t, pg_logical_emit_message(true, 'paceline', '{"marker":1}') FROM oldest;
