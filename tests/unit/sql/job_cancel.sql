-- job_cancel: decided under the row lock; with the caller's rights.
BEGIN;
SELECT plan(21);

CREATE TABLE wishes (id uuid PRIMARY KEY, owner name);
CREATE TABLE instant (id bigint PRIMARY KEY);
CREATE TABLE named (name text PRIMARY KEY);
SELECT job_adopt('wishes', 'wishes'), job_adopt('instant', 'instant', cancel_at_once => true), job_adopt('named', 'named', key => 'name');
INSERT INTO wishes SELECT ('00000000-0000-0000-0000-00000000000' || i)::uuid, 'me' FROM generate_series(1, 6) AS i;
INSERT INTO instant VALUES (1), (2);
INSERT INTO named VALUES ('a b');

SELECT is(job_cancel('wishes', '00000000-0000-0000-0000-000000000001'), 'cancelled', 'pending: at once');
SELECT results_eq($$SELECT job_status, job_epoch, job_generation, job_due_at FROM wishes WHERE id = '00000000-0000-0000-0000-000000000001'$$,
    $$VALUES ('cancelled', 1, 1, NULL::timestamptz)$$, 'its message is behind its epoch');
SELECT isnt(job_cancel_requested_at, NULL, 'and the wish is on record') FROM wishes WHERE id = '00000000-0000-0000-0000-000000000001';
SELECT is(job_cancel('wishes', '00000000-0000-0000-0000-000000000001'), 'finished', 'cancelled twice');

UPDATE wishes SET job_status = 'processing', job_epoch = 1, job_worker = 5, job_attempts = 1 WHERE id = '00000000-0000-0000-0000-000000000002';
SELECT is(job_cancel('wishes', '00000000-0000-0000-0000-000000000002'), 'requested', 'in work: a wish');
SELECT results_eq($$SELECT job_status, job_epoch, job_worker FROM wishes WHERE id = '00000000-0000-0000-0000-000000000002'$$,
    $$VALUES ('processing', 1, 5::bigint)$$, 'the worker goes on until its next checkpoint');
UPDATE wishes SET job_cancel_requested_at = now() - interval '1 hour' WHERE id = '00000000-0000-0000-0000-000000000002';
SELECT is(job_cancel('wishes', '00000000-0000-0000-0000-000000000002'), 'requested', 'wished again');
SELECT is(job_cancel_requested_at, now() - interval '1 hour', 'the first wish counts') FROM wishes WHERE id = '00000000-0000-0000-0000-000000000002';
UPDATE wishes SET job_status = 'pending', job_epoch = job_epoch + 1, job_worker = NULL, job_due_at = now() WHERE id = '00000000-0000-0000-0000-000000000002';
SELECT is(job_status, 'cancelled', 'given back by the reaper, it ends cancelled') FROM wishes WHERE id = '00000000-0000-0000-0000-000000000002';

UPDATE instant SET job_status = 'processing', job_epoch = 1, job_worker = 5, job_attempts = 1 WHERE id = 1;
SELECT is(job_cancel('instant', '1'), 'cancelled', 'in work, of a kind that cancels at once');
SELECT results_eq($$SELECT job_status, job_epoch, job_worker FROM instant WHERE id = 1$$, $$VALUES ('cancelled', 2, NULL::bigint)$$,
    'a late result is fenced');
UPDATE wishes SET job_status = 'complete', job_epoch = 1 WHERE id = '00000000-0000-0000-0000-000000000003';
SELECT is(job_cancel('wishes', '00000000-0000-0000-0000-000000000003'), 'finished', 'too late');
SELECT is(job_status, 'complete', 'and nothing changed') FROM wishes WHERE id = '00000000-0000-0000-0000-000000000003';
SELECT is(job_cancel('wishes', '00000000-0000-0000-0000-0000000000ff'), 'absent', 'no such row');
SELECT is(job_cancel('named', 'a b'), 'cancelled', 'a text key');
SELECT throws_ok($$SELECT job_cancel('nothing', '1')$$, '42704', NULL, 'no such kind');
SELECT throws_ok($$SELECT job_cancel('wishes', 'no uuid')$$, '22P02', NULL, 'no such key');

-- the caller's rights decide
ALTER TABLE wishes ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON wishes TO authenticated USING (owner = 'me') WITH CHECK (owner = 'me');
UPDATE wishes SET owner = 'you' WHERE id = '00000000-0000-0000-0000-000000000005';
SET LOCAL ROLE authenticated;
SELECT throws_ok($$SELECT job_cancel('wishes', '00000000-0000-0000-0000-000000000004')$$, '42501', NULL, 'who may not update may not cancel');
RESET ROLE;
GRANT SELECT, UPDATE ON wishes TO authenticated;
GRANT SELECT ON job_kinds TO authenticated;
SET LOCAL ROLE authenticated;
SELECT is(job_cancel('wishes', '00000000-0000-0000-0000-000000000004'), 'cancelled', 'who may, may');
SELECT is(job_cancel('wishes', '00000000-0000-0000-0000-000000000005'), 'absent', 'others'' rows are not there');
RESET ROLE;
SELECT is(job_status, 'pending', 'and are not touched') FROM wishes WHERE id = '00000000-0000-0000-0000-000000000005';

SELECT * FROM finish();
ROLLBACK;
