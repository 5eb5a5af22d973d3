-- job_announce and job_announce_insert: the messages in the WAL, read back through a logical slot. Nothing here is rolled back:
-- what is announced is announced by a commit.
SELECT plan(26);
SELECT isnt(slot_name, NULL, 'a slot') FROM pg_create_logical_replication_slot('announce', 'test_decoding', true);

-- announced: the contents of the messages with our prefix since the last look, in order.
CREATE FUNCTION announced() RETURNS SETOF jsonb LANGUAGE sql AS $$
    SELECT substring(data FROM 'content:(.*)$')::jsonb
      FROM pg_logical_slot_get_changes('announce', NULL, NULL)
     WHERE data ~ '^message: transactional: 1 prefix: paceline,'
$$;
CREATE FUNCTION jobs_announced() RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(string_agg(a -> 'jobs' #>> '{}', ' '), 'none') FROM announced() AS a
$$;
CREATE TABLE things (id text PRIMARY KEY, note text);
SELECT job_adopt('things', 'things');
SELECT is(jobs_announced(), 'none', 'adopting announces nothing');

INSERT INTO things (id) VALUES ('a');
SELECT is((SELECT array_agg(a) FROM announced() AS a),
          ARRAY['{"kind": "things", "jobs": [["a", 0]], "trace": null}'::jsonb], 'an insert: kind, key, epoch');
INSERT INTO things (id) VALUES ('b'), ('c'), ('d');
SELECT is(jobs_announced(), '[["b", 0], ["c", 0], ["d", 0]]', 'several rows, one message');
INSERT INTO things (id) SELECT 'n' || i FROM generate_series(1, 1201) AS i;
SELECT is((SELECT array_agg(jsonb_array_length(a -> 'jobs') ORDER BY jsonb_array_length(a -> 'jobs')) FROM announced() AS a), ARRAY[201, 500, 500],
          'at most 500 a message');
INSERT INTO things (id) SELECT 'x' WHERE false;
SELECT is(jobs_announced(), 'none', 'no row, no message');
INSERT INTO things (id, job_due_at) VALUES ('later', now() + interval '1 hour');
SELECT is(jobs_announced(), 'none', 'one for later: none yet');
INSERT INTO things (id, job_status) VALUES ('old', 'complete');
SELECT is(jobs_announced(), 'none', 'history: none');
BEGIN;
INSERT INTO things (id) VALUES ('rolled back');
ROLLBACK;
SELECT is(jobs_announced(), 'none', 'rolled back: none');
BEGIN;
SET LOCAL paceline.traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
INSERT INTO things (id) VALUES ('traced');
COMMIT;
SELECT is((SELECT a ->> 'trace' FROM announced() AS a), '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', 'the trace goes with it');
INSERT INTO things (id) VALUES ('odd "key", with \ and ä');
SELECT is((SELECT a -> 'jobs' -> 0 ->> 0 FROM announced() AS a), 'odd "key", with \ and ä', 'any key');

-- the way of a job
UPDATE things SET job_status = 'processing', job_epoch = job_epoch + 1, job_attempts = 1, job_worker = 1, job_due_at = NULL WHERE id = 'a';
SELECT is(jobs_announced(), 'none', 'a claim announces nothing');
UPDATE things SET note = 'effect' WHERE id = 'a';
SELECT is(jobs_announced(), 'none', 'nor a write of the kind');
UPDATE things SET job_status = 'complete', job_worker = NULL WHERE id = 'a';
SELECT is(jobs_announced(), 'none', 'nor a finish');
UPDATE things SET job_status = 'pending' WHERE id = 'a';
SELECT is(jobs_announced(), '[["a", 2]]', 'a request does, with its new epoch');
UPDATE things SET note = 'user' WHERE id = 'a';
SELECT is(jobs_announced(), 'none', 'a user''s update of a pending row does not');
UPDATE things SET job_due_at = now() + interval '1 hour' WHERE id = 'a';
SELECT is(jobs_announced(), 'none', 'put off');
UPDATE things SET job_due_at = now() WHERE id = 'a';
SELECT is(jobs_announced(), '[["a", 2]]', 'brought forward');
UPDATE things SET job_status = 'processing', job_epoch = 3, job_worker = 1, job_due_at = NULL WHERE id = 'a';
UPDATE things SET job_status = 'pending', job_epoch = 4, job_worker = NULL, job_due_at = now() + interval '5 s' WHERE id = 'a';
SELECT is(jobs_announced(), 'none', 'a retry is announced when it is due, by the reaper');
UPDATE things SET job_announced_at = now() WHERE id = 'a' AND job_status = 'pending';
SELECT is(jobs_announced(), 'none', 'a stamp before it is due: none');
UPDATE things SET job_status = 'pending', job_due_at = now() - interval '1 s' WHERE id = 'a';
SELECT is(jobs_announced(), '[["a", 4]]', 'due');
UPDATE things SET id = 'a2' WHERE id = 'a';
SELECT is(jobs_announced(), '[["a2", 4]]', 'under its new key');
UPDATE things SET job_status = 'complete' WHERE id IN ('b', 'c');
UPDATE things SET job_status = 'pending' WHERE id IN ('b', 'c');
SELECT is((SELECT count(*)::int FROM announced()), 2, 'an update: one message a row');

-- upsert: both triggers, each for its own rows
INSERT INTO things (id) VALUES ('b'), ('new') ON CONFLICT (id) DO UPDATE SET note = 'again';
SELECT is(jobs_announced(), '[["new", 0]]', 'an upsert that only touches what is there announces what is new');
INSERT INTO things (id) VALUES ('old') ON CONFLICT (id) DO UPDATE SET job_status = 'pending';
SELECT is(jobs_announced(), '[["old", 1]]', 'one that asks again announces that');

-- restores and replicas
SET session_replication_role = replica;
INSERT INTO things (id) VALUES ('restored');
RESET session_replication_role;
SELECT is(jobs_announced(), 'none', 'a restore announces nothing: the reaper finds its rows');

SELECT * FROM finish();
