-- What job_request does to a row in each status, and that the producer may do this and nothing else.
BEGIN;
SELECT plan(25);
CREATE TABLE things (id bigint PRIMARY KEY, note text);
ALTER TABLE things ENABLE ROW LEVEL SECURITY;
SELECT job_adopt('things', 'things');
INSERT INTO things (id, job_status) VALUES (1, 'complete'), (2, 'failed'), (3, 'cancelled');
INSERT INTO things (id) VALUES (4), (5), (6);
UPDATE things SET job_status = 'processing', job_epoch = 1, job_attempts = 3, job_worker = 7 WHERE id = 4;
UPDATE things SET job_due_at = now() + interval '1 hour', job_attempts = 2 WHERE id = 5;

SET LOCAL ROLE paceline_producer;
SELECT results_eq($$SELECT status, is_requested, jobs FROM job_request('things', '{1,2,3,4,5,99}', '{failed,complete}', true)$$,
                  $$VALUES ('cancelled', false, 1::bigint), ('complete', true, 1), ('failed', true, 1), ('pending', false, 1), ('processing', false, 1)$$,
                  'a dry run counts each status; a key without a row is not there');
RESET ROLE;
SELECT is((SELECT count(*)::int FROM things WHERE job_generation > 1), 0, 'and changes nothing');
SET LOCAL ROLE paceline_producer;
SELECT results_eq($$SELECT status, is_requested, jobs FROM job_request('things', '{1,2,3,4,5,99}', '{failed,complete}', false)$$,
                  $$VALUES ('cancelled', false, 1::bigint), ('complete', true, 1), ('failed', true, 1), ('pending', false, 1), ('processing', false, 1)$$,
                  'the run itself counts the same');
RESET ROLE;
SELECT results_eq($$SELECT id, job_status, job_generation, job_attempts::int FROM things ORDER BY id$$,
                  $$VALUES (1::bigint, 'pending', 2, 0), (2, 'pending', 2, 0), (3, 'cancelled', 1, 0), (4, 'processing', 1, 3),
                           (5, 'pending', 1, 2), (6, 'pending', 1, 0)$$,
                  'finished rows of the statuses are new generations; the others are left alone');
SELECT is(job_announced_at, now(), 'requested rows are announced') FROM things WHERE id = 1;
SELECT is(job_due_at, now(), 'and due now') FROM things WHERE id = 1;

SET LOCAL ROLE paceline_producer;
SELECT lives_ok($$SELECT job_request('things', '{4}', '{processing}', false)$$, 'a job in work, when said');
RESET ROLE;
SELECT is(job_status, 'pending', 'begins anew') FROM things WHERE id = 4;
SELECT is(job_epoch, 2, 'and who works on it is fenced') FROM things WHERE id = 4;
SELECT is(job_generation, 2, 'as a new generation') FROM things WHERE id = 4;
SELECT is(job_attempts, 0::smallint, 'without attempts') FROM things WHERE id = 4;
SELECT is(job_worker, NULL, 'held by nobody') FROM things WHERE id = 4;

SET LOCAL ROLE paceline_producer;
SELECT lives_ok($$SELECT job_request('things', '{5}', '{pending}', false)$$, 'a job that waits, when said');
RESET ROLE;
SELECT is(job_due_at, now(), 'waits no more') FROM things WHERE id = 5;
SELECT is(job_announced_at, now(), 'and is announced') FROM things WHERE id = 5;
SELECT is(job_epoch, 1, 'a message sent before is known as older') FROM things WHERE id = 5;
SELECT is(job_generation, 2, 'as a new generation') FROM things WHERE id = 5;
SELECT is(job_attempts, 0::smallint, 'without attempts') FROM things WHERE id = 5;

SET LOCAL ROLE paceline_producer;
SELECT throws_ok($$SELECT job_request('nonsense', '{1}', '{failed}', false)$$, '42704', NULL, 'an unknown kind');
SELECT throws_ok($$UPDATE things SET job_status = 'pending'$$, '42501', NULL, 'the producer changes no row by itself');
SELECT throws_ok($$SELECT FROM things$$, '42501', NULL, 'and reads none');
RESET ROLE;
SELECT function_privs_are('job_request', ARRAY['text', 'text[]', 'text[]', 'boolean'], 'paceline_producer', ARRAY['EXECUTE']);
SELECT function_privs_are('job_request', ARRAY['text', 'text[]', 'text[]', 'boolean'], 'paceline_worker', '{}'::text[]);
SELECT function_privs_are('job_request', ARRAY['text', 'text[]', 'text[]', 'boolean'], 'authenticated', '{}'::text[]);
SELECT ok(NOT has_schema_privilege('paceline_reaper', 'public', 'CREATE'), 'the function''s owner keeps no right to create');
SELECT * FROM finish();
ROLLBACK;
