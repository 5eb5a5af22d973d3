-- The link between workouts and plans: stored in the workout, followed by the plan, set and cleared; what a plan's change brings about.
BEGIN;
SELECT plan(46);
CREATE FUNCTION w(n int) RETURNS uuid LANGUAGE sql AS $$ SELECT ('aaaaaaaa-0000-4000-8000-00000000000' || n)::uuid $$;
CREATE FUNCTION p(n int) RETURNS uuid LANGUAGE sql AS $$ SELECT ('bbbbbbbb-0000-4000-8000-00000000000' || n)::uuid $$;
INSERT INTO planned_workouts (id, user_id, sport, local_date, total_duration_s)
SELECT p(i), '11111111-1111-4111-8111-111111111111', 'run', '2026-01-01', 3600 FROM generate_series(1, 3) AS i;
INSERT INTO planned_workouts (id, user_id, sport, local_date) VALUES (p(9), '22222222-2222-4222-8222-222222222222', 'run', '2026-01-01');
INSERT INTO workouts (id, user_id, source, sport, local_date)
SELECT w(i), '11111111-1111-4111-8111-111111111111', 'manual', 'run', CASE WHEN i < 6 THEN date '2026-01-01' ELSE '2026-02-01' END FROM generate_series(1, 7) AS i;
CREATE FUNCTION rest() RETURNS void LANGUAGE sql AS $$
    UPDATE workouts SET job_status = 'complete', attach_status = 'complete', streams_status = 'complete', summary_status = 'complete',
                        analysis_status = 'complete', metrics_status = 'complete', execution_status = 'complete'
$$;
CREATE FUNCTION planned(n int) RETURNS text LANGUAGE sql AS $$
    SELECT workout_status || ' ' || coalesce(right(completed_workout_id::text, 1), '-') FROM planned_workouts WHERE id = p(n)
$$;
CREATE FUNCTION workout(n int) RETURNS text LANGUAGE sql AS $$
    SELECT format('%s %s plan=%s by=%s', job_status, attach_status, coalesce(right(planned_id::text, 1), '-'), coalesce(planned_by, '-')) FROM workouts WHERE id = w(n)
$$;
SELECT rest();

-- WK23: set and cleared, one side stored
UPDATE workouts SET planned_id = p(1), planned_by = 'auto', attach_updated_at = clock_timestamp() WHERE id = w(1);
SELECT is(planned(1), 'completed 1', 'WK23: the plan follows the link');
SELECT is(workout(1), 'complete complete plan=1 by=auto', 'the stage''s own link is no request');
UPDATE workouts SET planned_id = p(2), attach_updated_at = clock_timestamp() WHERE id = w(1);
SELECT is(planned(1), 'planned -', 'WK23: the former plan is cleared');
SELECT is(planned(2), 'completed 1', 'WK23: the new one is set');
UPDATE workouts SET planned_id = NULL, planned_by = NULL, attach_updated_at = clock_timestamp() WHERE id = w(1);
SELECT is(planned(2), 'planned -', 'WK23: cleared with the link');
INSERT INTO workouts (id, user_id, source, local_date, planned_id, planned_by) VALUES (w(8), '11111111-1111-4111-8111-111111111111', 'manual', '2026-01-01', p(3), 'user');
SELECT is(planned(3), 'completed 8', 'WK23: an insert with a link');
DELETE FROM workouts WHERE id = w(8);
SELECT is(planned(3), 'planned -', 'WK23: a deleted workout frees its plan');
UPDATE planned_workouts SET completed_workout_id = w(2), workout_status = 'completed' WHERE id = p(3);
SELECT is(planned(3), 'planned -', 'WK23: the other side is not writable, it is derived');
SELECT throws_ok($$UPDATE workouts SET planned_id = p(9), planned_by = 'user' WHERE id = w(1)$$, '23503', NULL, 'another user''s plan');
UPDATE workouts SET planned_id = p(1), planned_by = 'auto', attach_updated_at = clock_timestamp() WHERE id = w(1);
SELECT throws_ok($$UPDATE workouts SET planned_id = p(1), planned_by = 'auto', attach_updated_at = clock_timestamp() WHERE id = w(2)$$, '23505', NULL,
    'WK24: one plan, one workout');
SELECT throws_ok($$UPDATE workouts SET planned_by = 'detached', attach_updated_at = clock_timestamp() WHERE id = w(1)$$, '23514', NULL, 'detached, with a plan, is refused');

-- WK1: a later link requeues
SELECT rest();
UPDATE workouts SET planned_id = p(2) WHERE id = w(3);
SELECT is(workout(3), 'pending pending plan=2 by=user', 'WK1: a link made from outside requeues, attach pending');
SELECT is(updated_at, now(), 'it is an input') FROM workouts WHERE id = w(3);

-- plans: added, changed, removed
SELECT rest();
UPDATE workouts SET planned_id = NULL, planned_by = 'detached', attach_updated_at = clock_timestamp() WHERE id = w(4);
SELECT rest();
INSERT INTO planned_workouts (id, user_id, sport, local_date) VALUES (p(4), '11111111-1111-4111-8111-111111111111', 'run', '2026-01-01');
SELECT is(workout(2), 'pending pending plan=- by=-', 'a plan added: the day''s workouts look again');
SELECT is(workout(5), 'pending pending plan=- by=-', 'all of them');
SELECT is(workout(1), 'complete complete plan=1 by=auto', 'but not those with another plan');
SELECT is(workout(4), 'complete complete plan=- by=detached', 'nor those whose user wants none');
SELECT is(workout(6), 'complete complete plan=- by=-', 'nor those of another day');
SELECT rest();
UPDATE planned_workouts SET steps = '[{"id": "1", "kind": "work", "duration_s": 60}]' WHERE id = p(1);
SELECT is(workout(1), 'pending pending plan=1 by=auto', 'a plan changed: its own workout, too');
SELECT is(workout(2), 'pending pending plan=- by=-', 'and those that look for one');
SELECT cmp_ok(updated_at, '>', now(), 'the plan''s updated_at moves') FROM planned_workouts WHERE id = p(1);
SELECT rest();
UPDATE planned_workouts SET steps = steps, name = name WHERE id = p(1);
SELECT is(workout(1), 'complete complete plan=1 by=auto', 'the same plan again: nothing');
UPDATE planned_workouts SET local_date = '2026-02-01' WHERE id = p(4);
SELECT is(workout(2), 'pending pending plan=- by=-', 'moved to another day: the one it left');
SELECT is(workout(6), 'pending pending plan=- by=-', 'and the one it came to');
SELECT is(workout(1), 'complete complete plan=1 by=auto', 'no other');
SELECT rest();
DELETE FROM planned_workouts WHERE id = p(1);
SELECT is(workout(1), 'pending pending plan=- by=-', 'a plan removed: its workout is without, and looks again');
SELECT rest();
SELECT is(planned(2), 'completed 3', 'a plan that is done');
UPDATE planned_workouts SET workout_status = 'skipped' WHERE id = p(2);
SELECT is(planned(2), 'completed 3', 'stays so while it is linked');
UPDATE planned_workouts SET workout_status = 'skipped' WHERE id = p(3);
SELECT is(planned(3), 'skipped -', 'one that is not done may be skipped');
SELECT is(workout(2), 'pending pending plan=- by=-', 'the day''s workouts look again');
SELECT rest();
UPDATE workouts SET planned_id = NULL, planned_by = 'detached' WHERE id = w(3);
SELECT is(workout(2), 'pending pending plan=- by=-', 'a plan that becomes free is offered to the others of its day');
SELECT is(workout(3), 'pending pending plan=- by=detached', 'the detached one is done anew');

-- a running job is fenced by a plan that comes meanwhile
SELECT rest();
UPDATE workouts SET job_status = 'pending' WHERE id = w(2);
UPDATE workouts SET job_status = 'processing', job_epoch = 50, job_worker = 7, job_attempts = 1, job_due_at = NULL WHERE id = w(2);
INSERT INTO planned_workouts (id, user_id, sport, local_date) VALUES (p(5), '11111111-1111-4111-8111-111111111111', 'run', '2026-01-01');
SELECT is((SELECT job_status || ' ' || job_epoch FROM workouts WHERE id = w(2)), 'pending 51', 'a plan added while the workout is in work fences it');

-- plan_candidates
SELECT rest();
SELECT is((SELECT same_day || ' ' || jsonb_array_length(plans) FROM plan_candidates(w(2))), '2 2', 'the open plans of the day and sport');
UPDATE workouts SET sport = 'ride' WHERE id = w(2);
SELECT is((SELECT same_day || ' ' || coalesce(jsonb_array_length(plans), 0) FROM plan_candidates(w(2))), '2 0', 'of another sport: none, but there are some');
SELECT is((SELECT same_day || ' ' || coalesce(jsonb_array_length(plans), 0) FROM plan_candidates(w(7))), '1 1', 'another day, another plan');
UPDATE workouts SET planned_id = p(5), planned_by = 'auto', attach_updated_at = clock_timestamp() WHERE id = w(5);
SELECT is((SELECT same_day FROM plan_candidates(w(3))), 1, 'WK24: a plan that another workout holds is no candidate');

-- workout_attach, workout_detach
SELECT rest();
INSERT INTO athlete_thresholds (user_id, valid_from, speed_5k_mps) VALUES ('11111111-1111-4111-8111-111111111111', '2026-01-01', 4);
UPDATE planned_workouts SET steps_preset = '{interval_3x800m_5kpace_r90s}' WHERE id = p(5);
SELECT rest();
SET LOCAL request.jwt.claims = '{"sub": "11111111-1111-4111-8111-111111111111"}';
SET LOCAL ROLE authenticated;
SELECT lives_ok($$SELECT workout_attach('aaaaaaaa-0000-4000-8000-000000000003', 'bbbbbbbb-0000-4000-8000-000000000005')$$, 'the owner attaches');
RESET ROLE;
SELECT is(workout(3), 'pending pending plan=5 by=user', 'the workout is done anew');
SELECT is(workout(5), 'pending pending plan=- by=-', 'the plan''s former workout is unlinked, and looks again');
SELECT is(planned(5), 'completed 3', 'the plan follows');
SELECT is((SELECT jsonb_array_length(steps) FROM planned_workouts WHERE id = p(5)), 5, 'steps that it lacked are made from its tokens');
SET LOCAL ROLE authenticated;
SELECT lives_ok($$SELECT workout_detach('aaaaaaaa-0000-4000-8000-000000000003')$$, 'the owner detaches');
SET LOCAL request.jwt.claims = '{"sub": "22222222-2222-4222-8222-222222222222"}';
SELECT throws_ok($$SELECT workout_attach('aaaaaaaa-0000-4000-8000-000000000003', 'bbbbbbbb-0000-4000-8000-000000000005')$$, '42501', NULL, 'nobody else attaches');
SELECT throws_ok($$SELECT workout_attach('aaaaaaaa-0000-4000-8000-000000000003', 'bbbbbbbb-0000-4000-8000-000000000009')$$, '42501', NULL, 'not even an own plan');
SELECT throws_ok($$SELECT workout_detach('aaaaaaaa-0000-4000-8000-000000000003')$$, '42501', NULL, 'or detaches');
RESET ROLE;
SELECT * FROM finish();
ROLLBACK;
