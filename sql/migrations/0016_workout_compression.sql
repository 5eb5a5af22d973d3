-- 0016_workout_compression: documents and samples are compressed by lz4, where the server has it: PostgreSQL's own method takes longer
-- over the document of a two-hour ride than the worker takes to compute it (30 ms against 2). What is stored already stays as it is.
-- Lock: ACCESS EXCLUSIVE on workouts and workout_streams for an instant, without a rewrite; may run on a live system.
DO $$
DECLARE
    col record;
BEGIN
    FOR col IN SELECT a.attrelid::regclass AS relation, a.attname AS name
                 FROM pg_attribute AS a
                WHERE a.attnum > 0 AND NOT a.attisdropped
                  AND ((a.attrelid = 'workouts'::regclass AND a.attname IN ('computed', 'provider_data'))
                       OR (a.attrelid = 'workout_streams'::regclass AND format_type(a.atttypid, NULL) IN ('integer[]', 'real[]')))
    LOOP
        EXECUTE format('ALTER TABLE %s ALTER COLUMN %I SET COMPRESSION lz4', col.relation, col.name);
    END LOOP;
EXCEPTION WHEN feature_not_supported THEN
    RAISE NOTICE 'this server was built without lz4: workouts are compressed by pglz';
END
$$;
