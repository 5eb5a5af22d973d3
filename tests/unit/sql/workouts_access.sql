-- Workouts and their kin: who may read and write what (row-level security and column grants).
BEGIN;
SELECT plan(54);
\set me '\'11111111-1111-4111-8111-111111111111\''
\set you '\'22222222-2222-4222-8222-222222222222\''

INSERT INTO workouts (id, user_id, source, local_date) VALUES
    ('aaaaaaaa-0000-4000-8000-000000000001', :me, 'manual', '2026-01-01'), ('aaaaaaaa-0000-4000-8000-000000000002', :you, 'manual', '2026-01-01');
INSERT INTO planned_workouts (id, user_id, sport, local_date) VALUES
    ('bbbbbbbb-0000-4000-8000-000000000001', :me, 'run', '2026-01-01'), ('bbbbbbbb-0000-4000-8000-000000000002', :you, 'run', '2026-01-01');
INSERT INTO athletes (user_id) VALUES (:me), (:you);
INSERT INTO athlete_thresholds (user_id, valid_from) VALUES (:me, '2026-01-01'), (:you, '2026-01-01');
INSERT INTO workout_streams (workout_id, user_id, version, n, time_s) VALUES
    ('aaaaaaaa-0000-4000-8000-000000000001', :me, 1, 2, '{0,1}'), ('aaaaaaaa-0000-4000-8000-000000000002', :you, 1, 2, '{0,1}');

SELECT is((SELECT bool_and(relrowsecurity) FROM pg_class WHERE relname IN ('workouts', 'workout_streams', 'planned_workouts', 'athletes', 'athlete_thresholds')),
          true, 'row-level security is on everywhere');

-- a user: own rows only
SET LOCAL request.jwt.claims = '{"sub": "11111111-1111-4111-8111-111111111111"}';
SET LOCAL ROLE authenticated;
SELECT is((SELECT count(*)::int FROM workouts), 1, 'own workouts');
SELECT is((SELECT count(*)::int FROM workout_streams), 1, 'own samples');
SELECT is((SELECT count(*)::int FROM planned_workouts), 1, 'own plans');
SELECT is((SELECT count(*)::int FROM athletes), 1, 'oneself');
SELECT is((SELECT count(*)::int FROM athlete_thresholds), 1, 'own thresholds');
SELECT lives_ok(format($$INSERT INTO workouts (user_id, source, sport, distance_m) VALUES ('%s', 'manual', 'run', 1)$$, :me), 'makes a workout');
SELECT throws_ok(format($$INSERT INTO workouts (user_id, source) VALUES ('%s', 'manual')$$, :you), '42501', NULL, 'not for somebody else');
SELECT throws_ok(format($$UPDATE workouts SET user_id = '%s'$$, :you), '42501', NULL, 'nor gives one away');
SELECT throws_ok(format($$INSERT INTO workout_streams (workout_id, user_id, version, n, time_s) VALUES ('aaaaaaaa-0000-4000-8000-000000000002', '%s', 1, 1, '{0}')$$, :me),
                 '42501', NULL, 'no samples for somebody else''s workout');
SELECT lives_ok($$UPDATE workouts SET name = 'mine'$$, 'changes a name');
SELECT is((SELECT count(*)::int FROM workouts WHERE name = 'mine'), 2, 'of own rows');

-- clients cannot write status (WK21), nor what is computed
SELECT throws_ok(format('UPDATE workouts SET %I = %I', name, name), '42501', NULL, 'a user cannot write ' || name)
  FROM unnest(ARRAY['job_status', 'job_epoch', 'job_generation', 'job_attempts', 'job_due_at', 'job_worker', 'job_error', 'job_cancel_requested_at',
                    'job_announced_at', 'computed', 'computed_version', 'computed_at', 'planned_id', 'planned_by', 'streams_status', 'summary_status',
                    'summary_error', 'summary_updated_at', 'execution_status', 'updated_at', 'streams_priority']) AS name;
SELECT throws_ok(format($$INSERT INTO workouts (user_id, source, job_status) VALUES ('%s', 'manual', 'complete')$$, :me), '42501', NULL, 'nor insert a finished job');
SELECT throws_ok(format($$INSERT INTO workouts (user_id, source, computed) VALUES ('%s', 'manual', '{"x": 1}')$$, :me), '42501', NULL, 'nor a computed document');
SELECT throws_ok($$UPDATE planned_workouts SET completed_workout_id = NULL$$, '42501', NULL, 'the plan''s side of the link follows');
SELECT throws_ok($$UPDATE planned_workouts SET workout_status = 'completed'$$, '42501', NULL, 'and so does its status');
SELECT lives_ok($$UPDATE planned_workouts SET total_duration_s = 3600$$, 'a plan is the user''s');
SELECT throws_ok($$SELECT plan_candidates('aaaaaaaa-0000-4000-8000-000000000001')$$, '42501', NULL, 'the worker''s functions are the worker''s');
SELECT lives_ok($$DELETE FROM workouts$$, 'deletes workouts');
RESET ROLE;
SELECT is((SELECT count(*)::int FROM workouts), 1, 'own ones');
SELECT is((SELECT count(*)::int FROM workout_streams), 1, 'with their samples');

-- nobody
SET LOCAL ROLE anon;
SELECT throws_ok(format('SELECT FROM %I', name), '42501', NULL, 'nobody reads ' || name)
  FROM unnest(ARRAY['workouts', 'workout_streams', 'planned_workouts', 'athletes', 'athlete_thresholds']) AS name;
RESET ROLE;

-- the worker
SET LOCAL ROLE paceline_worker;
SELECT is((SELECT count(*)::int FROM workouts), 1, 'the worker reads everybody''s');
SELECT is((SELECT count(*)::int FROM workout_streams), 1, 'samples');
SELECT throws_ok($$DELETE FROM workouts$$, '42501', NULL, 'deletes none');
SELECT throws_ok($$UPDATE workout_streams SET version = 2$$, '42501', NULL, 'changes no samples');
SELECT throws_ok($$UPDATE planned_workouts SET name = 'x'$$, '42501', NULL, 'and no plan');
SELECT throws_ok($$SELECT merge_computed('aaaaaaaa-0000-4000-8000-000000000002', '{}')$$, '42501', NULL, 'it does not merge: it owns its paths');
RESET ROLE;
-- the service key
SET LOCAL ROLE service_role;
SELECT is((SELECT count(*)::int FROM workouts), 1, 'the service key stands above');

SELECT * FROM finish();
ROLLBACK;
