-- Workouts: keys and checks.
BEGIN;
SELECT plan(30);
\set me '\'11111111-1111-4111-8111-111111111111\''
CREATE FUNCTION add(columns text, vals text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('INSERT INTO workouts (user_id, source, %s) VALUES (''11111111-1111-4111-8111-111111111111'', ''manual'', %s)', columns, vals);
END $$;

-- WK22: two runs a day are normal; a provider's activity is one row, and ON CONFLICT repeats the predicate
SELECT lives_ok($$SELECT add('sport, local_date', '''run'', ''2026-01-01''') FROM generate_series(1, 2)$$, 'WK22: two runs on one day');
SELECT lives_ok($$SELECT add('strava_activity_id', '9007199254740993')$$, 'WK22: one row for a Strava activity');
SELECT throws_ok($$SELECT add('strava_activity_id', '9007199254740993')$$, '23505', NULL, 'WK22: not two');
SELECT throws_ok($$SELECT add('garmin_activity_id', '''g''') FROM generate_series(1, 2)$$, '23505', NULL, 'WK22: nor of Garmin''s');
SELECT throws_ok($$SELECT add('external_id', '''e''') FROM generate_series(1, 2)$$, '23505', NULL, 'WK22: nor of a client''s own');
SELECT lives_ok($$INSERT INTO workouts (user_id, source, strava_activity_id, distance_m) VALUES ('11111111-1111-4111-8111-111111111111', 'strava', 9007199254740993, 5)
    ON CONFLICT (user_id, strava_activity_id) WHERE strava_activity_id IS NOT NULL DO UPDATE SET distance_m = EXCLUDED.distance_m$$, 'WK22: upsert with the predicate');
SELECT is(distance_m, 5::real, 'WK22: the one row was updated') FROM workouts WHERE strava_activity_id = 9007199254740993;
SELECT lives_ok($$INSERT INTO workouts (user_id, source, strava_activity_id) VALUES ('33333333-1111-4111-8111-111111111111', 'strava', 9007199254740993)$$, 'another user''s copy');

SELECT is((SELECT job_status || ' ' || summary_status || ' ' || computed::text || ' ' || streams_version FROM workouts WHERE strava_activity_id IS NOT NULL LIMIT 1),
          'pending pending {} 0', 'a new workout is pending, in every stage, with an empty document');

-- WK10: the document is an object
SELECT throws_ok($$UPDATE workouts SET computed = '"{}"'$$, '23514', NULL, 'WK10: JSON stored as a string is refused');
SELECT throws_ok($$UPDATE workouts SET computed = '[]'$$, '23514', NULL, 'WK10: an array, too');
SELECT throws_ok($$UPDATE workouts SET computed = 'null'$$, '23514', NULL, 'WK10: and JSON null');
SELECT throws_ok($$UPDATE workouts SET computed = NULL$$, '23502', NULL, 'WK10: and SQL NULL');

-- values
SELECT throws_ok($$SELECT add('sport', '''running''')$$, '23514', NULL, 'a sport of another name');
SELECT throws_ok($$SELECT add('distance_m', '-1')$$, '23514', NULL, 'a distance below 0');
SELECT throws_ok($$SELECT add('distance_m', '''NaN''')$$, '23514', NULL, 'not a number');
SELECT throws_ok($$SELECT add('power_avg_w', '''Infinity''')$$, '23514', NULL, 'infinite power');
SELECT throws_ok($$SELECT add('session_rpe', '11')$$, '23514', NULL, 'an effort of 11');
SELECT throws_ok($$SELECT add('start_lat', '91')$$, '23514', NULL, 'north of the pole');
SELECT lives_ok($$SELECT add('start_lat, start_lng', '0, 0')$$, '0 is a coordinate');
SELECT throws_ok($$SELECT add('name', '''''')$$, '23514', NULL, 'an empty name');
SELECT lives_ok($$UPDATE workouts SET summary_status = 'processing'$$, 'other clients may say that they run a stage');
SELECT throws_ok($$UPDATE workouts SET summary_status = 'analyzing'$$, '23514', NULL, 'in these words only');

-- samples
INSERT INTO workouts (id, user_id, source) VALUES ('aaaaaaaa-0000-4000-8000-000000000001', :me, 'manual');
CREATE FUNCTION samples(columns text, vals text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM workout_streams;
    EXECUTE format('INSERT INTO workout_streams (workout_id, user_id, version, %s) VALUES (''aaaaaaaa-0000-4000-8000-000000000001'', ''11111111-1111-4111-8111-111111111111'', 1, %s)', columns, vals);
END $$;
SELECT lives_ok($$SELECT samples('n, time_s, power_w', '3, ''{0,1,2}'', ''{100,NULL,200}''')$$, 'single samples may be missing');
SELECT throws_ok($$SELECT samples('n, time_s, power_w', '3, ''{0,1,2}'', ''{100,200}''')$$, '23514', NULL, 'arrays of unequal length');
SELECT throws_ok($$SELECT samples('n, time_s', '2, ''{0,1,2}''')$$, '23514', NULL, 'another n');
SELECT throws_ok($$SELECT samples('n, time_s', '4, ''{{0,1},{2,3}}''')$$, '23514', NULL, 'two dimensions');
SELECT throws_ok($$SELECT samples('n, time_s, lat_e7', '1, ''{0}'', ''{0}''')$$, '23514', NULL, 'latitude without longitude');
SELECT lives_ok($$SELECT samples('n, time_s', '0, ''{}''')$$, 'no samples');
DELETE FROM workouts WHERE id = 'aaaaaaaa-0000-4000-8000-000000000001';
SELECT is((SELECT count(*)::int FROM workout_streams), 0, 'samples go with their workout');
SELECT * FROM finish();
ROLLBACK;
