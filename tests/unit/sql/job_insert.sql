-- job_insert: what an INSERT that names job columns leaves. now() is the same in the whole transaction.
BEGIN;
SELECT plan(15);

CREATE TABLE things (id bigint PRIMARY KEY);
SELECT job_adopt('things', 'things');

INSERT INTO things (id) VALUES (1);
SELECT results_eq($$SELECT job_status, job_epoch, job_generation, job_attempts::int, job_due_at, job_worker, job_announced_at, job_inserted_at, job_changed_at
                      FROM things WHERE id = 1$$,
    $$VALUES ('pending', 0, 1, 0, NULL::timestamptz, NULL::bigint, now(), now(), now())$$, 'a plain insert is pending, announced, never had to wait');

INSERT INTO things (id, job_due_at) VALUES (2, now() + interval '1 hour');
SELECT is(job_announced_at, NULL, 'one for later is not announced') FROM things WHERE id = 2;
SELECT is(job_due_at, now() + interval '1 hour', 'and keeps its time') FROM things WHERE id = 2;
INSERT INTO things (id, job_due_at) VALUES (3, now() - interval '1 hour');
SELECT is(job_announced_at, now(), 'one that is overdue is announced') FROM things WHERE id = 3;

INSERT INTO things (id, job_status, job_worker, job_attempts) VALUES (4, 'processing', 9, 3);
SELECT results_eq($$SELECT job_status, job_worker, job_attempts::int, job_announced_at FROM things WHERE id = 4$$,
    $$VALUES ('pending', NULL::bigint, 0, now())$$, 'nobody holds a row that is being inserted');
INSERT INTO things (id, job_status, job_due_at, job_attempts) VALUES (5, 'complete', now(), 2);
SELECT results_eq($$SELECT job_status, job_due_at, job_attempts::int, job_announced_at FROM things WHERE id = 5$$,
    $$VALUES ('complete', NULL::timestamptz, 2, NULL::timestamptz)$$, 'history is inserted finished, and not announced');
INSERT INTO things (id, job_status) VALUES (6, 'failed'), (7, 'cancelled');
SELECT is((SELECT count(*)::int FROM things WHERE id IN (6, 7) AND job_announced_at IS NULL), 2, 'failed and cancelled ones neither');
INSERT INTO things (id, job_cancel_requested_at) VALUES (8, now());
SELECT is(job_cancel_requested_at, NULL, 'a wish to cancel what is not there yet is dropped') FROM things WHERE id = 8;
INSERT INTO things (id, job_announced_at) VALUES (9, NULL);
SELECT is(job_announced_at, now(), 'the stamp is ours') FROM things WHERE id = 9;
INSERT INTO things (id, job_announced_at) VALUES (10, now() - interval '1 year');
SELECT is(job_announced_at, now(), 'whatever was given') FROM things WHERE id = 10;
INSERT INTO things (id, job_attempts) VALUES (11, 4);
SELECT is(job_attempts::int, 0, 'nothing was tried yet') FROM things WHERE id = 11;
SELECT lives_ok($$INSERT INTO things (id, job_status) VALUES (12, 'running')$$, 'an unknown status of a new row');
SELECT is(job_status, 'pending', 'is pending') FROM things WHERE id = 12;
INSERT INTO things (id, job_inserted_at) VALUES (13, '1970-01-01'), (14, '2099-01-01');
SELECT is((SELECT count(*)::int FROM things WHERE id IN (13, 14) AND job_inserted_at = now()), 2,
    'a new row comes now: the barrier does not look at other times');
INSERT INTO things (id, job_status, job_inserted_at) VALUES (15, 'complete', '1970-01-01');
SELECT is(job_inserted_at, '1970-01-01', 'history keeps its time') FROM things WHERE id = 15;

SELECT * FROM finish();
ROLLBACK;
