-- job_worker_lock, job_backoff, job_key_type: the small functions of the contract.
BEGIN;
SELECT plan(11);
SELECT is(job_worker_lock(1) >> 32, 1885430635::bigint, 'a class of its own in the upper half');
SELECT is(job_worker_lock(7) & 4294967295, 7::bigint, 'the worker''s number in the lower');
SELECT isnt(job_worker_lock(1), job_worker_lock(2), 'two workers, two locks');
SELECT ok(pg_try_advisory_lock(job_worker_lock(3)), 'it is a lock that can be had');
SELECT is((SELECT classid::bigint FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid() AND objid = 3), 1885430635::bigint, 'and seen as one');

SELECT ok(bool_and(job_backoff('1 s', '60 s', 1) BETWEEN '0' AND '1 s'), 'first attempt: up to the base') FROM generate_series(1, 200);
SELECT ok(bool_and(job_backoff('1 s', '60 s', 4) BETWEEN '0' AND '8 s'), 'fourth: up to 8 times the base') FROM generate_series(1, 200);
SELECT ok(max(job_backoff('1 s', '60 s', 4)) > '4 s', 'jitter is full, not half') FROM generate_series(1, 200);
SELECT ok(bool_and(job_backoff('1 s', '60 s', 1000) BETWEEN '0' AND '60 s'), 'capped, whatever the attempts') FROM generate_series(1, 200);
SELECT ok(bool_and(job_backoff('1 s', '60 s', 0) BETWEEN '0' AND '1 s'), 'none yet') FROM generate_series(1, 200);
SELECT ok(bool_and(job_backoff('0', '0', 3) = '0'), 'none wanted') FROM generate_series(1, 20);
SELECT * FROM finish();
ROLLBACK;
