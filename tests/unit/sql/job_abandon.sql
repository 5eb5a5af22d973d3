-- job_abandon: undoes job_adopt; refused while something is in work.
BEGIN;
SELECT plan(17);

CREATE TABLE things (id bigint PRIMARY KEY, note text);
SELECT job_adopt('things', 'things');
INSERT INTO things VALUES (1, 'a'), (2, 'b');
UPDATE things SET job_status = 'processing', job_epoch = 1, job_worker = 7 WHERE id = 1;

SELECT throws_ok($$SELECT job_abandon('things')$$, '55006', 'abandon things: 1 jobs are in work; pause the kind and wait', 'refused while one is held');
SELECT has_column('things', 'job_status', 'and nothing is undone');
UPDATE things SET job_status = 'complete', job_worker = NULL WHERE id = 1;
SELECT lives_ok($$SELECT job_abandon('things')$$, 'nothing is held any more');
SELECT columns_are('things', ARRAY['id', 'note'], 'the columns are gone');
SELECT is((SELECT count(*)::int FROM pg_trigger WHERE tgrelid = 'things'::regclass), 0, 'the triggers, too');
SELECT indexes_are('things', ARRAY['things_pkey'], 'and the indexes');
SELECT is((SELECT reloptions FROM pg_class WHERE oid = 'things'::regclass), NULL, 'and the storage settings');
SELECT policies_are('things', '{}'::name[], 'and the policies');
SELECT table_privs_are('things', 'paceline_worker', '{}'::text[], 'and what the worker might do');
SELECT is((SELECT count(*)::int FROM job_kinds WHERE kind = 'things'), 0, 'and the kind');
SELECT is((SELECT string_agg(note, '' ORDER BY id) FROM things), 'ab', 'the rows stay');
SELECT lives_ok($$UPDATE things SET note = 'c'$$, 'and can be written');
SELECT throws_ok($$SELECT job_abandon('things')$$, '42704', NULL, 'there is nothing to abandon twice');
SELECT lives_ok($$SELECT job_adopt('things', 'things')$$, 'it can be adopted again');
SELECT is((SELECT count(*)::int FROM things WHERE job_status = 'complete' AND job_epoch = 0), 2, 'as from the start');

DROP TABLE things;
SELECT lives_ok($$SELECT job_abandon('things')$$, 'a kind whose table was dropped is forgotten');
SELECT is((SELECT count(*)::int FROM job_kinds WHERE kind = 'things'), 0, 'so is its row');

SELECT * FROM finish();
ROLLBACK;
