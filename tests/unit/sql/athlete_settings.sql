-- athlete_settings: a change makes those workouts pending for whose day other values are in force than before, and no others.
BEGIN;
SELECT plan(36);
\set me '\'11111111-1111-4111-8111-111111111111\''
\set you '\'22222222-2222-4222-8222-222222222222\''
CREATE FUNCTION id(n int) RETURNS uuid LANGUAGE sql AS $$ SELECT ('aaaaaaaa-0000-4000-8000-0000000000' || lpad(n::text, 2, '0'))::uuid $$;
-- One ride with samples on the first of each month of 2026, numbered by it; 13 is another user's; 14 has no samples, 15 no day.
INSERT INTO workouts (id, user_id, source, sport, local_date, streams_version)
SELECT id(n), :me, 'manual', 'ride', make_date(2026, n, 1), 1 FROM generate_series(1, 12) AS n;
INSERT INTO workouts (id, user_id, source, sport, local_date, streams_version) VALUES
    (id(13), :you, 'manual', 'ride', '2026-06-01', 1), (id(14), :me, 'manual', 'run', '2026-06-01', 0), (id(15), :me, 'manual', 'ride', NULL, 1);
CREATE FUNCTION rest() RETURNS void LANGUAGE sql AS $$
    UPDATE workouts SET job_status = 'complete', job_worker = NULL, streams_status = 'complete', attach_status = 'complete',
           summary_status = 'complete', analysis_status = 'complete', metrics_status = 'complete', execution_status = 'complete';
$$;
-- Which are pending, by number; then all are at rest again.
CREATE FUNCTION pending() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    numbers text := (SELECT string_agg(right(w.id::text, 2)::int::text, ' ' ORDER BY w.id) FROM workouts AS w WHERE w.job_status = 'pending');
BEGIN
    PERFORM rest();
    RETURN coalesce(numbers, '');
END
$$;
SELECT rest();

INSERT INTO athlete_thresholds (user_id, valid_from, ftp_w) VALUES (:me, '2026-03-01', 200);
SELECT is(pending(), '1 2 3 4 5 6 7 8 9 10 11 12 15', 'the first row holds for all days, also those before it');
INSERT INTO athlete_thresholds (user_id, valid_from, ftp_w) VALUES (:me, '2026-06-01', 220);
SELECT is(pending(), '6 7 8 9 10 11 12', 'a later one from its day on');
INSERT INTO athlete_thresholds (user_id, valid_from, ftp_w) VALUES (:me, '2026-09-01', 240);
SELECT is(pending(), '9 10 11 12', 'and a later one');
UPDATE athlete_thresholds SET ftp_w = 225 WHERE valid_from = '2026-06-01';
SELECT is(pending(), '6 7 8', 'a change of a middle row: until the next');
UPDATE athlete_thresholds SET ftp_w = 205 WHERE valid_from = '2026-03-01';
SELECT is(pending(), '1 2 3 4 5 15', 'of the first: everything before the second, and what has no day');
UPDATE athlete_thresholds SET ftp_w = 205 WHERE valid_from = '2026-03-01';
SELECT is(pending(), '', 'the same value: nothing');
UPDATE athlete_thresholds SET updated_at = now() - interval '1 day' WHERE valid_from = '2026-03-01';
SELECT is(pending(), '', 'a time stamp is no value');
INSERT INTO athlete_thresholds (user_id, valid_from, ftp_w) VALUES (:me, '2026-04-15', 205);
SELECT is(pending(), '', 'another row of the same values: nothing');
INSERT INTO athlete_thresholds (user_id, valid_from, ftp_w) VALUES (:me, '2026-01-15', 190);
SELECT is(pending(), '1 2 15', 'a row before the first: the days before that, and those without a row of their own');
DELETE FROM athlete_thresholds WHERE valid_from = '2026-01-15';
SELECT is(pending(), '1 2 15', 'and the same when it goes');
DELETE FROM athlete_thresholds WHERE valid_from = '2026-06-01';
SELECT is(pending(), '6 7 8', 'a row that goes leaves its days to the one before');
UPDATE athlete_thresholds SET valid_from = '2026-11-01' WHERE valid_from = '2026-09-01';
SELECT is(pending(), '9 10', 'a row that moves: only the days between');
INSERT INTO athlete_thresholds (user_id, valid_from, ftp_w) VALUES (:me, '2026-06-01', 250), (:me, '2026-08-01', 250);
SELECT is(pending(), '6 7 8 9 10', 'two rows of one statement: the second repeats the first, its days change all the same');
DELETE FROM athlete_thresholds;
SELECT is(pending(), '1 2 3 4 5 6 7 8 9 10 11 12 15', 'all go at once');
INSERT INTO athlete_thresholds (user_id, valid_from, ftp_w) VALUES (:me, '2026-07-01', 250), (:you, '2026-07-01', 250);
SELECT is(pending(), '1 2 3 4 5 6 7 8 9 10 11 12 13 15', 'two athletes of one statement');
INSERT INTO athlete_thresholds (user_id, valid_from, ftp_w) VALUES (:me, '2026-07-01', 260)
    ON CONFLICT (user_id, valid_from) DO UPDATE SET ftp_w = EXCLUDED.ftp_w;
SELECT is(pending(), '1 2 3 4 5 6 7 8 9 10 11 12 15', 'an upsert is a change');

-- what is pending is not done anew as a whole
UPDATE athlete_thresholds SET ftp_w = 270 WHERE user_id = :me;
SELECT is((SELECT count(*)::int FROM workouts WHERE job_status = 'pending' AND 'pending' IN (streams_status, attach_status, summary_status,
           analysis_status, metrics_status, execution_status)), 0, 'no stage is made pending: the worker finds which read other values');
SELECT is((SELECT count(*)::int FROM workouts WHERE job_status = 'pending' AND job_announced_at = now()), 13, 'each announces itself');
SELECT rest();

-- one in work is fenced
UPDATE workouts SET job_status = 'pending' WHERE id = id(5);
UPDATE workouts SET job_status = 'processing', job_epoch = 50, job_worker = 3, job_attempts = 1 WHERE id = id(5);
UPDATE athlete_thresholds SET ftp_w = 271 WHERE user_id = :me;
SELECT is((SELECT job_status || job_epoch || job_attempts FROM workouts WHERE id = id(5)), 'pending510', 'a running job is fenced');
SELECT rest();

-- plans by tokens: their paces are the athlete's
INSERT INTO planned_workouts (id, user_id, local_date, sport, steps_preset) VALUES
    ('bbbbbbbb-0000-4000-8000-000000000001', :me, '2026-06-01', 'run', '{interval_6x800m_5kpace_r90s}');
SELECT rest();
UPDATE athlete_thresholds SET speed_5k_mps = 4 WHERE user_id = :me;
SELECT is((SELECT job_status || attach_status FROM workouts WHERE id = id(14)), 'pendingpending', 'a run that looks for such a plan looks again');
SELECT is((SELECT job_status || attach_status FROM workouts WHERE id = id(6)), 'pendingcomplete', 'a ride of that day does not: another sport');
SELECT rest();
UPDATE workouts SET planned_by = 'detached' WHERE id = id(14);
SELECT rest();
UPDATE athlete_thresholds SET speed_5k_mps = 4.1 WHERE user_id = :me;
SELECT is((SELECT job_status FROM workouts WHERE id = id(14)), 'complete', 'nor one whose user wants no plan');
SELECT rest();
UPDATE workouts SET planned_id = 'bbbbbbbb-0000-4000-8000-000000000001', planned_by = 'user' WHERE id = id(14);
SELECT rest();
UPDATE athlete_thresholds SET speed_5k_mps = 4.2 WHERE user_id = :me;
SELECT is((SELECT job_status FROM workouts WHERE id = id(14)), 'pending', 'one that has it reads it again');
SELECT rest();
UPDATE planned_workouts SET steps_preset = NULL;
SELECT rest();
UPDATE athlete_thresholds SET speed_5k_mps = 4.3 WHERE user_id = :me;
SELECT is((SELECT job_status FROM workouts WHERE id = id(14)), 'complete', 'a plan without tokens names no pace of the athlete');

-- sex: TRIMP's constant
SELECT rest();
INSERT INTO athletes (user_id, sex) VALUES (:me, 'male');
SELECT is(pending(), '', 'known to be no woman: as before');
UPDATE athletes SET sex = 'female' WHERE user_id = :me;
SELECT is(pending(), '1 2 3 4 5 6 7 8 9 10 11 12 15', 'a woman: what has samples');
UPDATE athletes SET timezone = 'Europe/Vienna', sex = 'female' WHERE user_id = :me;
SELECT is(pending(), '', 'a time zone is none of it');
DELETE FROM athletes WHERE user_id = :me;
SELECT is(pending(), '1 2 3 4 5 6 7 8 9 10 11 12 15', 'unknown again');

-- a user changes own settings, and thereby own workouts
SET LOCAL request.jwt.claims = '{"sub": "11111111-1111-4111-8111-111111111111"}';
SET LOCAL ROLE authenticated;
SELECT lives_ok($$UPDATE athlete_thresholds SET ftp_w = 300$$, 'a user changes a setting');
SELECT lives_ok($$INSERT INTO athlete_thresholds (user_id, valid_from, ftp_w) VALUES ('11111111-1111-4111-8111-111111111111', '2026-12-01', 310)$$, 'and adds one');
SELECT throws_ok($$INSERT INTO athlete_thresholds (user_id, valid_from, ftp_w) VALUES ('22222222-2222-4222-8222-222222222222', '2026-12-01', 310)$$,
                 '42501', NULL, 'not for somebody else');
SELECT throws_ok($$SELECT settings_quiet('aaaaaaaa-0000-4000-8000-000000000001')$$, '42501', NULL, 'the worker''s function is the worker''s');
RESET ROLE;
SELECT is(pending(), '1 2 3 4 5 6 7 8 9 10 11 12 15', 'own workouts, all of them, and nobody else''s');

-- which row is in force
SELECT is((athlete_thresholds_on(:me, '2026-11-30')).ftp_w, 300::real, 'the day before');
SELECT is((athlete_thresholds_on(:me, '2026-12-01')).ftp_w, 310::real, 'the first day');
SELECT is((athlete_thresholds_on(:me, NULL)).ftp_w, 300::real, 'no day: the earliest');
SELECT * FROM finish();
ROLLBACK;
