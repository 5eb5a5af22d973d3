-- A partitioned table of jobs: adopted as a whole, announced through the parent and through a partition.
SELECT plan(17);
SELECT isnt(slot_name, NULL, 'a slot') FROM pg_create_logical_replication_slot('partitioned', 'test_decoding', true);
CREATE FUNCTION jobs_announced() RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(string_agg(substring(data FROM 'content:(.*)$')::jsonb -> 'jobs' #>> '{}', ' '), 'none')
      FROM pg_logical_slot_get_changes('partitioned', NULL, NULL) WHERE data ~ '^message: transactional: 1 prefix: paceline,'
$$;
CREATE TABLE parts (id bigint PRIMARY KEY, note text) PARTITION BY RANGE (id);
CREATE TABLE parts_low PARTITION OF parts FOR VALUES FROM (0) TO (100);
CREATE TABLE parts_high PARTITION OF parts FOR VALUES FROM (100) TO (200);
INSERT INTO parts VALUES (1), (101);

SELECT lives_ok($$SELECT job_adopt('parts', 'parts')$$, 'adopted');
SELECT is((SELECT count(*)::int FROM parts WHERE job_status = 'complete'), 2, 'rows of every partition are complete');
SELECT is((SELECT bool_and(reloptions @> ARRAY['fillfactor=50']) FROM pg_class WHERE oid IN ('parts_low'::regclass, 'parts_high'::regclass)), true,
    'every partition has room for HOT updates');
SELECT is((SELECT count(*)::int FROM pg_trigger WHERE tgname = 'job_announce_insert'
             AND tgrelid IN ('parts'::regclass, 'parts_low'::regclass, 'parts_high'::regclass)), 3,
    'the statement trigger is on the parent and on each partition');
SELECT jobs_announced();
INSERT INTO parts (id) VALUES (2), (102);
SELECT is(jobs_announced(), '[["2", 0], ["102", 0]]', 'through the parent: announced once');
INSERT INTO parts_low (id) VALUES (3);
SELECT is(jobs_announced(), '[["3", 0]]', 'through a partition: announced once');
UPDATE parts SET job_status = 'pending' WHERE id = 1;
SELECT is(jobs_announced(), '[["1", 1]]', 'asked for through the parent');
UPDATE parts_high SET job_status = 'pending' WHERE id = 101;
SELECT is(jobs_announced(), '[["101", 1]]', 'and through a partition');
INSERT INTO parts (id, job_due_at) VALUES (4, now() + interval '1 hour');
SELECT is(jobs_announced(), 'none', 'for later: not yet');
SELECT is((SELECT job_announced_at FROM parts WHERE id = 4), NULL, 'and not stamped');
SELECT lives_ok($$SELECT job_adopt('parts', 'parts')$$, 'adopted again');
CREATE TABLE parts_top PARTITION OF parts FOR VALUES FROM (200) TO (300);
SELECT job_adopt('parts', 'parts');
INSERT INTO parts_top (id) VALUES (201);
SELECT is(jobs_announced(), '[["201", 0]]', 'a partition that came later is taken in by adopting again');
SELECT is(job_cancel('parts', '102'), 'cancelled', 'a job in a partition is cancelled');
SELECT lives_ok($$SELECT job_abandon('parts')$$, 'abandoned');
SELECT columns_are('parts_low', ARRAY['id', 'note'], 'partitions, too');
SELECT is((SELECT count(*)::int FROM pg_trigger AS t WHERE t.tgrelid IN ('parts'::regclass, 'parts_low'::regclass, 'parts_high'::regclass)), 0, 'no trigger stays');
SELECT * FROM finish();
