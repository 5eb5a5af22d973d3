-- workout_requeue: what a change of a workout brings about (the table of workouts.md, section 3).
BEGIN;
SELECT plan(45);
INSERT INTO workouts (id, user_id, source, sport, local_date, distance_m)
SELECT ('aaaaaaaa-0000-4000-8000-0000000000' || lpad(i::text, 2, '0'))::uuid, '11111111-1111-4111-8111-111111111111', 'manual', 'run', '2026-01-01', 1000
  FROM generate_series(1, 30) AS i;
CREATE FUNCTION id(n int) RETURNS uuid LANGUAGE sql AS $$ SELECT ('aaaaaaaa-0000-4000-8000-0000000000' || lpad(n::text, 2, '0'))::uuid $$;
-- row: status, epoch, generation, attempts, and the six stages by their first letters
CREATE FUNCTION job(n int) RETURNS text LANGUAGE sql AS $$
    SELECT format('%s e%s g%s a%s %s', job_status, job_epoch, job_generation, job_attempts,
                  left(streams_status, 1) || left(attach_status, 1) || left(summary_status, 1) || left(analysis_status, 1)
                  || left(metrics_status, 1) || left(execution_status, 1))
      FROM workouts WHERE id = id(n)
$$;
CREATE FUNCTION finish(n int, status text, streams text, attach text, summary text, analysis text, metrics text, execution text) RETURNS void LANGUAGE sql AS $$
    UPDATE workouts SET job_status = finish.status, job_epoch = 1, job_worker = NULL, streams_status = streams, attach_status = attach,
           summary_status = summary, analysis_status = analysis, metrics_status = metrics, execution_status = execution, updated_at = now() - interval '1 day',
           summary_error = CASE summary WHEN 'failed' THEN 'invalid_data: broken' END, job_announced_at = now() - interval '1 day'
     WHERE id = id(n)
$$;
SELECT finish(n, 'complete', 'complete', 'complete', 'complete', 'complete', 'complete', 'complete') FROM generate_series(1, 12) AS n;
SELECT is(job(1), 'complete e1 g1 a0 cccccc', 'a finished workout');

-- WK26: same content, nothing at all
UPDATE workouts SET distance_m = 1000, sport = 'run', local_date = '2026-01-01', content_hash = 'x', streams_version = streams_version WHERE id = id(1);
SELECT is(job(1), 'complete e1 g1 a0 cccccc', 'WK26: the same content again changes nothing');
SELECT is(updated_at, now() - interval '1 day', 'WK26: not even updated_at') FROM workouts WHERE id = id(1);

-- cosmetic
UPDATE workouts SET name = 'Easy', gear_id = 'b1', is_private = true, temperature_c = 12, provider_data = '{}', timezone = 'Europe/Vienna' WHERE id = id(2);
SELECT is(job(2), 'complete e1 g1 a0 cccccc', 'a name, gear, privacy, weather: no requeue');
SELECT is(updated_at, now() - interval '1 day', 'no input moved') FROM workouts WHERE id = id(2);
UPDATE workouts SET computed = '{"x": 1}', computed_at = now(), summary_updated_at = now() WHERE id = id(2);
SELECT is(job(2), 'complete e1 g1 a0 cccccc', 'what is computed is no input');
SELECT is(updated_at, now() - interval '1 day', 'nor moves updated_at') FROM workouts WHERE id = id(2);

-- an input
UPDATE workouts SET distance_m = 1001 WHERE id = id(3);
SELECT is(job(3), 'pending e2 g2 a0 cppppp', 'a scalar: all stages but the samples');
SELECT is(updated_at, now(), 'updated_at moves') FROM workouts WHERE id = id(3);
SELECT is(job_announced_at, now(), 'it announces itself') FROM workouts WHERE id = id(3);
UPDATE workouts SET sport = 'walk' WHERE id = id(4);
SELECT is(job(4), 'pending e2 g2 a0 cppppp', 'the sport');
UPDATE workouts SET local_date = '2026-01-02' WHERE id = id(5);
SELECT is(job(5), 'pending e2 g2 a0 cppppp', 'the date');
UPDATE workouts SET streams_version = streams_version + 1 WHERE id = id(6);
SELECT is(job(6), 'pending e2 g2 a0 pppppp', 'new samples: all six');
UPDATE workouts SET laps = '[{"name": "1"}]' WHERE id = id(7);
SELECT is(job(7), 'pending e2 g2 a0 cppppp', 'laps');
UPDATE workouts SET session_rpe = 8, hr_avg_bpm = 150 WHERE id = id(8);
SELECT is(job(8), 'pending e2 g2 a0 cppppp', 'two at once: one requeue');
UPDATE workouts SET distance_m = NULL WHERE id = id(9);
SELECT is(job(9), 'pending e2 g2 a0 cppppp', 'unknown is a value of its own');
UPDATE workouts SET distance_m = 2000, streams_version = 2 WHERE id = id(10);
SELECT is(job(10), 'pending e2 g2 a0 pppppp', 'scalars and samples: one requeue');

-- one in work is fenced
UPDATE workouts SET job_status = 'processing', job_epoch = 1, job_worker = 3, job_attempts = 1 WHERE id = id(13);
UPDATE workouts SET distance_m = 1234 WHERE id = id(13);
SELECT is(job(13), 'pending e2 g2 a0 pppppp', 'a running job is fenced');
SELECT is(job_worker, NULL, 'and nobody''s') FROM workouts WHERE id = id(13);
UPDATE workouts SET job_status = 'processing', job_epoch = 1, job_worker = 3, job_attempts = 1 WHERE id = id(14);
UPDATE workouts SET name = 'while it runs' WHERE id = id(14);
SELECT is(job(14), 'processing e1 g1 a1 pppppp', 'a cosmetic change leaves it alone');

-- one that waits
UPDATE workouts SET distance_m = 1234 WHERE id = id(15);
SELECT is(job(15), 'pending e0 g1 a0 pppppp', 'one that was not begun: it will see the change anyway');
UPDATE workouts SET job_status = 'processing', job_epoch = 1, job_worker = 3, job_attempts = 1 WHERE id = id(16);
UPDATE workouts SET job_status = 'pending', job_epoch = 2, job_worker = NULL, job_due_at = now() + interval '1 hour', job_announced_at = NULL,
       job_error = '{"code": "x"}', summary_status = 'failed', summary_error = 'unknown_error: x' WHERE id = id(16);
SELECT is(job(16), 'pending e2 g1 a1 ppfppp', 'a retry waits, its failed stage is told');
UPDATE workouts SET distance_m = 1234 WHERE id = id(16);
SELECT is(job(16), 'pending e3 g2 a0 pppppp', 'new content does not wait out the failures of the old');
SELECT is(job_due_at, now(), 'due now') FROM workouts WHERE id = id(16);
SELECT is(job_announced_at, now(), 'announced') FROM workouts WHERE id = id(16);
SELECT is(job_error, NULL, 'with a clean slate') FROM workouts WHERE id = id(16);
SELECT is(summary_error, NULL, 'of the stage, too') FROM workouts WHERE id = id(16);

-- request
SELECT finish(17, 'failed', 'complete', 'complete', 'failed', 'complete', 'failed', 'failed');
UPDATE workouts SET job_status = 'pending' WHERE id = id(17);
SELECT is(job(17), 'pending e2 g2 a0 ccpcpp', 'asked for again: what failed is pending, what is complete stays');
SELECT is(summary_error, NULL, 'without its error') FROM workouts WHERE id = id(17);
SELECT is(updated_at, now() - interval '1 day', 'no input moved') FROM workouts WHERE id = id(17);
SELECT finish(18, 'complete', 'complete', 'complete', 'complete', 'complete', 'complete', 'complete');
UPDATE workouts SET job_status = 'pending' WHERE id = id(18);
SELECT is(job(18), 'pending e2 g2 a0 cccccc', 'a finished one asked for again: nothing but what changed will run');
SELECT finish(19, 'failed', 'complete', 'complete', 'failed', 'failed', 'failed', 'failed');
UPDATE workouts SET distance_m = 7 WHERE id = id(19);
SELECT is(job(19), 'pending e2 g2 a0 cppppp', 'a change heals failures, too');
SELECT finish(20, 'cancelled', 'complete', 'complete', 'pending', 'pending', 'pending', 'pending');
UPDATE workouts SET distance_m = 7 WHERE id = id(20);
SELECT is(job(20), 'pending e2 g2 a0 cppppp', 'a cancelled workout with new content is wanted again');

-- give-back: the worker's own way to pending touches no stage
UPDATE workouts SET job_status = 'processing', job_epoch = 1, job_worker = 3, job_attempts = 1, summary_status = 'failed' WHERE id = id(21);
UPDATE workouts SET job_status = 'pending', job_epoch = 2, job_worker = NULL, job_due_at = now() WHERE id = id(21);
SELECT is(job(21), 'pending e2 g1 a1 ppfppp', 'a give-back is no request');

-- what the worker writes when it finishes
UPDATE workouts SET job_status = 'processing', job_epoch = 1, job_worker = 3, job_attempts = 1 WHERE id = id(22);
UPDATE workouts SET computed = '{"overall": {}}', streams_status = 'complete', attach_status = 'complete', summary_status = 'complete', analysis_status = 'complete',
       metrics_status = 'complete', execution_status = 'complete', attach_updated_at = now() WHERE id = id(22);
UPDATE workouts SET job_status = 'complete', job_worker = NULL, job_due_at = NULL WHERE id = id(22);
SELECT is(job(22), 'complete e1 g1 a1 cccccc', 'a finish requeues nothing');
SELECT is(job_announced_at, now(), 'nor announces anew (this is the stamp of its insert)') FROM workouts WHERE id = id(22);

-- an upsert as a sync or a push does it
INSERT INTO workouts (user_id, source, strava_activity_id, distance_m, streams_version) VALUES ('11111111-1111-4111-8111-111111111111', 'strava', 77, 5, 1);
UPDATE workouts SET job_status = 'complete', job_epoch = 1, streams_status = 'complete', attach_status = 'complete', summary_status = 'complete',
       analysis_status = 'complete', metrics_status = 'complete', execution_status = 'complete' WHERE strava_activity_id = 77;
PREPARE upsert (real) AS
    INSERT INTO workouts (user_id, source, strava_activity_id, distance_m) VALUES ('11111111-1111-4111-8111-111111111111', 'strava', 77, $1)
    ON CONFLICT (user_id, strava_activity_id) WHERE strava_activity_id IS NOT NULL DO UPDATE SET distance_m = EXCLUDED.distance_m;
EXECUTE upsert(5);
SELECT is((SELECT job_status FROM workouts WHERE strava_activity_id = 77), 'complete', 'WK26: a push of the same activity does no work');
EXECUTE upsert(6);
SELECT is((SELECT job_status FROM workouts WHERE strava_activity_id = 77), 'pending', 'one that changed is done anew');

-- a user, who may not write the job columns, causes a requeue all the same
SELECT finish(23, 'complete', 'complete', 'complete', 'complete', 'complete', 'complete', 'complete');
SET LOCAL request.jwt.claims = '{"sub": "11111111-1111-4111-8111-111111111111"}';
SET LOCAL ROLE authenticated;
SELECT lives_ok($$UPDATE workouts SET session_rpe = 9 WHERE id = 'aaaaaaaa-0000-4000-8000-000000000023'$$, 'a user changes an input');
RESET ROLE;
SELECT is(job(23), 'pending e2 g2 a0 cppppp', 'and the workout is done anew');

-- thresholds can tell that they changed
INSERT INTO athlete_thresholds (user_id, valid_from, ftp_w, updated_at) VALUES ('11111111-1111-4111-8111-111111111111', '2026-01-01', 250, now() - interval '1 day');
UPDATE athlete_thresholds SET ftp_w = 250;
SELECT is(updated_at, now() - interval '1 day', 'the same threshold: no change') FROM athlete_thresholds;
UPDATE athlete_thresholds SET ftp_w = 260;
SELECT cmp_ok(updated_at, '>', now() - interval '1 day', 'another one moves updated_at') FROM athlete_thresholds;
SELECT is((athlete_thresholds_on('11111111-1111-4111-8111-111111111111', '2025-06-01')).ftp_w, 260::real, 'before the first row: the earliest');
INSERT INTO athlete_thresholds (user_id, valid_from, ftp_w) VALUES ('11111111-1111-4111-8111-111111111111', '2026-03-01', 280);
SELECT is((athlete_thresholds_on('11111111-1111-4111-8111-111111111111', '2026-02-28')).ftp_w, 260::real, 'the latest from that day or before');
SELECT is((athlete_thresholds_on('11111111-1111-4111-8111-111111111111', '2026-03-01')).ftp_w, 280::real, 'its first day counts');
SELECT * FROM finish();
ROLLBACK;
