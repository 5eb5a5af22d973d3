-- job_transition: requests and give-backs, wishes to cancel, and what a hand leaves behind.
BEGIN;
SELECT plan(38);

CREATE TABLE things (id bigint PRIMARY KEY, note text);
SELECT job_adopt('things', 'things');

-- job: one row as the contract's columns, readable in one line. Times are told relative to now().
CREATE FUNCTION job(wanted bigint) RETURNS text LANGUAGE sql AS $$
    SELECT format('%s e%s g%s a%s worker=%s due=%s', job_status, job_epoch, job_generation, job_attempts, coalesce(job_worker::text, '-'),
                  coalesce(round(extract(epoch FROM job_due_at - now()))::text, '-'))
      FROM things WHERE id = wanted
$$;
-- claim: as sql/queries/job_claim.sql does it.
CREATE FUNCTION claim(wanted bigint) RETURNS void LANGUAGE sql AS $$
    UPDATE things SET job_status = 'processing', job_epoch = job_epoch + 1, job_attempts = job_attempts + 1, job_worker = 7,
                      job_due_at = NULL, job_changed_at = now(), job_announced_at = now() - interval '1 minute'
     WHERE id = wanted
$$;
INSERT INTO things (id) SELECT generate_series(1, 30);

SELECT claim(1);
SELECT is(job(1), 'processing e1 g1 a1 worker=7 due=-', 'a claim runs no trigger');
UPDATE things SET job_status = 'complete', job_worker = NULL, job_due_at = NULL WHERE id = 1;
SELECT is(job(1), 'complete e1 g1 a1 worker=- due=-', 'nor does a finish');

-- request
UPDATE things SET job_error = '{"code":"x"}', job_cancel_requested_at = now() WHERE id = 1;
UPDATE things SET job_status = 'pending' WHERE id = 1;
SELECT is(job(1), 'pending e2 g2 a0 worker=- due=0', 'a request: new epoch and generation, no attempts, due now');
SELECT is(job_error, NULL, 'without the former error') FROM things WHERE id = 1;
SELECT is(job_cancel_requested_at, NULL, 'or wish') FROM things WHERE id = 1;
SELECT is(job_announced_at, now(), 'announced') FROM things WHERE id = 1;
SELECT claim(2);
UPDATE things SET job_status = 'pending' WHERE id = 2;
SELECT is(job(2), 'pending e2 g2 a0 worker=- due=0', 'a request of one in work fences whoever works on it');
UPDATE things SET job_status = 'complete', job_announced_at = now() - interval '1 minute' WHERE id = 3;
UPDATE things SET job_status = 'pending', job_due_at = now() + interval '90 s' WHERE id = 3;
SELECT is(job(3), 'pending e2 g2 a0 worker=- due=90', 'a request for later');
SELECT isnt(job_announced_at, now(), 'is not announced yet') FROM things WHERE id = 3;
UPDATE things SET job_status = 'pending', job_epoch = 0 WHERE id = 4;
SELECT is(job(4), 'pending e0 g1 a0 worker=- due=-', 'pending to pending changes nothing');
UPDATE things SET job_status = 'cancelled' WHERE id = 4;
UPDATE things SET job_status = 'pending', job_epoch = 0 WHERE id = 4;
SELECT is(job(4), 'pending e2 g2 a0 worker=- due=0', 'the epoch never falls');

UPDATE things SET job_status = 'complete' WHERE id = 22;
UPDATE things SET job_status = 'pending', job_epoch = job_epoch + 1 WHERE id = 22;
SELECT is(job(22), 'pending e2 g2 a0 worker=- due=0', 'what has ended is not given back: it is requested, whatever its epoch');
UPDATE things SET job_status = 'failed' WHERE id = 23;
UPDATE things SET job_status = 'pending', job_epoch = 8 WHERE id = 23;
SELECT is(job(23), 'pending e8 g2 a0 worker=- due=0', 'with that epoch, if it is higher');

-- give-back: an update that raises the epoch itself
SELECT claim(5);
UPDATE things SET job_status = 'pending', job_epoch = job_epoch + 1, job_worker = NULL, job_due_at = now() + interval '5 s', job_error = '{"code":"y"}' WHERE id = 5;
SELECT is(job(5), 'pending e2 g1 a1 worker=- due=5', 'a retry keeps the generation and the attempt');
SELECT is(job_error ->> 'code', 'y', 'and the error') FROM things WHERE id = 5;
SELECT isnt(job_announced_at, now(), 'and is announced by the reaper, when it is due') FROM things WHERE id = 5;
SELECT claim(6);
UPDATE things SET job_status = 'pending', job_epoch = job_epoch + 1, job_attempts = job_attempts - 1, job_worker = NULL WHERE id = 6;
SELECT is(job(6), 'pending e2 g1 a0 worker=- due=0', 'a drain gives the attempt back');
SELECT is(job_announced_at, now(), 'and is announced at once') FROM things WHERE id = 6;
SELECT claim(7);
UPDATE things SET job_status = 'pending', job_epoch = job_epoch + 1 WHERE id = 7;
SELECT is(job(7), 'pending e2 g1 a1 worker=- due=0', 'the worker is taken off, though it was not said');

-- a wish to cancel, on the way back
SELECT claim(8);
UPDATE things SET job_cancel_requested_at = now() WHERE id = 8;
UPDATE things SET job_status = 'pending', job_epoch = job_epoch + 1, job_worker = NULL, job_due_at = now() WHERE id = 8;
SELECT is(job(8), 'cancelled e2 g1 a1 worker=- due=-', 'a give-back grants the wish to cancel');
SELECT claim(9);
UPDATE things SET job_cancel_requested_at = now() WHERE id = 9;
UPDATE things SET job_status = 'pending' WHERE id = 9;
SELECT is(job(9), 'pending e2 g2 a0 worker=- due=0', 'a request forgets it');

-- due times of waiting rows
UPDATE things SET job_due_at = now() + interval '1 hour' WHERE id = 10;
SELECT is(job(10), 'pending e0 g1 a0 worker=- due=3600', 'a pending row put off');
UPDATE things SET job_announced_at = NULL WHERE id = 10;
UPDATE things SET job_due_at = now() WHERE id = 10;
SELECT is(job_announced_at, now(), 'brought forward, it is announced') FROM things WHERE id = 10;
UPDATE things SET job_due_at = NULL, job_announced_at = NULL WHERE id = 10;
SELECT is(job_announced_at, now(), 'NULL means now') FROM things WHERE id = 10;
SELECT is(job(10), 'pending e0 g1 a0 worker=- due=0', 'and keeps it among those that the reaper finds by their time');
UPDATE things SET job_announced_at = NULL, note = 'user' WHERE id = 11;
SELECT is(job_announced_at, NULL, 'a user''s update of a pending row announces nothing') FROM things WHERE id = 11;
UPDATE things SET job_announced_at = NULL WHERE id = 12;
UPDATE things SET id = 112 WHERE id = 12;
SELECT is(job_announced_at, now(), 'another key is another job') FROM things WHERE id = 112;

-- by hand
SELECT claim(13);
UPDATE things SET job_status = 'complete' WHERE id = 13;
SELECT is(job(13), 'complete e2 g1 a1 worker=- due=-', 'finished by hand while somebody works on it: fenced');
SELECT claim(14);
UPDATE things SET job_status = 'failed' WHERE id = 14;
SELECT is(job(14), 'failed e2 g1 a1 worker=- due=-', 'failed by hand: fenced');
UPDATE things SET job_status = 'complete' WHERE id = 15;
SELECT is(job(15), 'complete e1 g1 a0 worker=- due=-', 'finished before anybody began: the message in flight is behind its epoch');
UPDATE things SET job_status = 'cancelled', job_due_at = now() WHERE id = 16;
SELECT is(job(16), 'cancelled e1 g1 a0 worker=- due=-', 'no due time of what is not pending');
UPDATE things SET job_status = 'cancelled', job_epoch = job_epoch + 1, job_worker = NULL, job_due_at = NULL WHERE id = 17;
SELECT is(job(17), 'cancelled e1 g1 a0 worker=- due=-', 'a cancel that raises the epoch itself raises it once');
SELECT throws_ok($$UPDATE things SET job_status = 'processing' WHERE id = 18$$, '23514', NULL, 'processing without a worker is refused');
SELECT claim(19);
UPDATE things SET job_due_at = now() + interval '1 hour' WHERE id = 19;
SELECT is(job(19), 'processing e1 g1 a1 worker=7 due=-', 'a due time set on one in work is dropped, and the claim stands');
SELECT throws_ok($$UPDATE things SET job_worker = NULL WHERE id = 19$$, '23514', NULL, 'a claim without worker is refused');
SELECT claim(20);
UPDATE things SET note = 'user', job_status = 'processing' WHERE id = 20;
SELECT is(job(20), 'processing e1 g1 a1 worker=7 due=-', 'a user''s update of one in work leaves the claim');

-- nothing changes the time of insertion
UPDATE things SET job_status = 'complete' WHERE id = 21;
UPDATE things SET job_status = 'pending' WHERE id = 21;
SELECT is(job_inserted_at, now(), 'the time of insertion stays') FROM things WHERE id = 21;
SELECT is((SELECT count(*)::int FROM things WHERE job_status = 'pending' AND job_worker IS NOT NULL), 0, 'no pending row has a worker');

SELECT * FROM finish();
ROLLBACK;
