-- job_adopt and its steps: columns, checks, indexes, triggers, the row of job_kinds; repeated; refused.
BEGIN;
SELECT plan(56);

CREATE TABLE by_uuid (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), note text);
CREATE TABLE by_bigint (id bigint PRIMARY KEY, note text);
CREATE TABLE by_int (number int PRIMARY KEY, note text);
CREATE TABLE by_text (name text PRIMARY KEY);
CREATE TABLE by_varchar (name varchar(300) NOT NULL UNIQUE);
INSERT INTO by_uuid SELECT gen_random_uuid(), 'old' FROM generate_series(1, 10);

-- adopted
SELECT lives_ok($$SELECT job_adopt('by_uuid', kind => 'uuids', lease => '2 minutes', max_attempts => 3)$$, 'a table with a uuid key');
SELECT lives_ok($$SELECT job_adopt('public.by_bigint', 'bigints', keep_finished => '1 day', cancel_at_once => true)$$, 'with a bigint key');
SELECT lives_ok($$SELECT job_adopt('by_int', 'ints', key => 'number')$$, 'with an integer key of another name');
SELECT lives_ok($$SELECT job_adopt('by_text', 'texts', key => 'name')$$, 'with a text key');
SELECT lives_ok($$SELECT job_adopt('by_varchar', 'varchars', key => 'name')$$, 'with a key that is UNIQUE and NOT NULL, but not primary');
SELECT results_eq($$SELECT kind, key_column::text COLLATE "default", key_type, topic, consumer_group FROM job_kinds WHERE kind <> 'workouts' ORDER BY kind$$,
    $$VALUES ('bigints', 'id', 'bigint', 'paceline.bigints', 'paceline'), ('ints', 'number', 'integer', 'paceline.ints', 'paceline'),
             ('texts', 'name', 'text', 'paceline.texts', 'paceline'), ('uuids', 'id', 'uuid', 'paceline.uuids', 'paceline'),
             ('varchars', 'name', 'text', 'paceline.varchars', 'paceline')$$, 'job_kinds names them');
SELECT results_eq($$SELECT lease, max_attempts, backoff_base, backoff_cap, cancel_at_once, keep_finished, paused FROM job_kinds WHERE kind = 'uuids'$$,
    $$VALUES ('2 minutes'::interval, 3::smallint, '1 second'::interval, '60 seconds'::interval, false, NULL::interval, false)$$,
    'settings as given, the others by default');
SELECT results_eq($$SELECT lease, keep_finished, cancel_at_once FROM job_kinds WHERE kind = 'bigints'$$,
    $$VALUES ('5 minutes'::interval, '1 day'::interval, true)$$, 'retention and cancelling as given');
SELECT has_column('by_uuid', name, name) FROM unnest(ARRAY['job_status', 'job_epoch', 'job_generation', 'job_attempts', 'job_due_at',
    'job_worker', 'job_error', 'job_cancel_requested_at', 'job_inserted_at', 'job_announced_at', 'job_changed_at']) AS name;
SELECT is((SELECT count(*)::int FROM by_uuid WHERE job_status = 'complete'), 10, 'rows that were there are complete');
SELECT col_default_is('by_uuid', 'job_status', 'pending', 'new ones are pending');
SELECT triggers_are('by_uuid', ARRAY['job_insert', 'job_transition', 'job_announce', 'job_announce_insert']);
SELECT is((SELECT bool_and(convalidated) FROM pg_constraint WHERE conrelid = 'by_uuid'::regclass AND conname LIKE 'job\_%'), true,
    'every check is validated');
SELECT is((SELECT reloptions @> ARRAY['fillfactor=50', 'autovacuum_vacuum_threshold=5000'] FROM pg_class WHERE oid = 'by_uuid'::regclass), true,
    'there is room for HOT updates');
SELECT policies_are('by_uuid', ARRAY['paceline_worker', 'paceline_reaper']);

-- no index but the two has a job column as key or in its predicate, or claims and finishes would not be HOT
SELECT results_eq($$SELECT i.indexrelid::regclass::text COLLATE "default" FROM pg_index AS i
      WHERE i.indrelid = 'by_uuid'::regclass AND pg_get_indexdef(i.indexrelid) ~ 'job_' ORDER BY 1$$,
    $$VALUES ('by_uuid_job_due'), ('by_uuid_job_inserted')$$, 'two indexes on job columns');
SELECT matches(pg_get_indexdef('by_uuid_job_due'::regclass), '\(job_due_at\) WHERE \(job_due_at IS NOT NULL\)$', 'one of rows that wait');
SELECT matches(pg_get_indexdef('by_uuid_job_inserted'::regclass), '\(job_inserted_at\)$', 'and one that only INSERT writes');

-- existing rows as pending
CREATE TABLE waiting (id bigint PRIMARY KEY);
INSERT INTO waiting VALUES (1), (2);
SELECT job_adopt('waiting', 'waiting', existing => 'pending');
SELECT is((SELECT count(*)::int FROM waiting WHERE job_status = 'pending'), 2, 'existing rows pending, if asked for');

-- idempotent
SELECT lives_ok($$SELECT job_adopt('by_uuid', kind => 'uuids')$$, 'adopted twice');
SELECT is((SELECT lease FROM job_kinds WHERE kind = 'uuids'), '2 minutes'::interval, 'what is not given again stays');
SELECT lives_ok($$SELECT job_adopt('by_uuid', kind => 'uuids', lease => '3 minutes')$$, 'adopted again with another lease');
SELECT is((SELECT lease FROM job_kinds WHERE kind = 'uuids'), '3 minutes'::interval, 'what is given changes');
SELECT is((SELECT count(*)::int FROM by_uuid WHERE job_status = 'complete'), 10, 'and the rows are as they were');

-- refused
CREATE TABLE parent (id bigint PRIMARY KEY);
CREATE TABLE child () INHERITS (parent);
SELECT throws_ok($$SELECT job_adopt('parent', 'parents')$$, '42809', NULL, 'a table from which others inherit: their rows have no triggers');
SELECT hasnt_column('parent', 'job_status', 'and it is as it was');
CREATE TABLE no_key (id uuid);
CREATE TABLE nullable_key (id uuid UNIQUE);
CREATE TABLE two_keys (a int, b int, PRIMARY KEY (a, b));
CREATE TABLE date_key (id date PRIMARY KEY);
CREATE TABLE partial_key (id int NOT NULL);
CREATE UNIQUE INDEX ON partial_key (id) WHERE id > 0;
SELECT throws_ok($$SELECT job_adopt('no_key', 'refused')$$, '22023', NULL, 'a key that is not unique');
SELECT throws_ok($$SELECT job_adopt('nullable_key', 'refused')$$, '22023', NULL, 'a key that may be NULL');
SELECT throws_ok($$SELECT job_adopt('two_keys', 'refused', key => 'a')$$, '22023', NULL, 'half of a key');
SELECT throws_ok($$SELECT job_adopt('date_key', 'refused')$$, '22023', NULL, 'a key of another type');
SELECT throws_ok($$SELECT job_adopt('partial_key', 'refused')$$, '22023', NULL, 'a key that is unique in part');
SELECT throws_ok($$SELECT job_adopt('by_uuid', 'uuids', key => 'absent')$$, '42703', NULL, 'a column that is not there');
SELECT throws_ok($$SELECT job_adopt('by_uuid', 'other')$$, '23505', NULL, 'a table that has another kind');
SELECT throws_ok($$SELECT job_adopt('no_key_at_all', 'refused')$$, '42P01', NULL, 'a table that is not there');
CREATE TABLE another (id uuid PRIMARY KEY);
SELECT throws_ok($$SELECT job_adopt('another', 'Refused!')$$, '22023',
    'adopt another: kind "Refused!": not 1 to 48 of a-z, 0-9 and _, beginning with a letter', 'a name that is no kind');
SELECT throws_ok($$SELECT job_adopt('another', 'another', lease => '2 days')$$, '22023',
    'lease: 2 days is not 00:00:01 or more, up to 1 day', 'a lease out of range');
SELECT throws_ok($$SELECT job_adopt('another', 'uuids')$$, '23505', NULL, 'a kind that has another table');
SELECT hasnt_column('another', 'job_status', 'and nothing was changed');
SELECT throws_ok($$SELECT job_adopt('another', 'another', existing => 'failed')$$, '22023', NULL, 'existing rows as failed');

-- the checks hold
SELECT throws_ok($$UPDATE by_uuid SET job_status = 'done'$$, '23514', NULL, 'an unknown status');
SELECT throws_ok($$UPDATE by_uuid SET job_status = 'processing'$$, '23514', NULL, 'processing by nobody');
SELECT throws_ok($$INSERT INTO by_text VALUES (repeat('ä', 101))$$, '23514', NULL, 'a key of more than 200 bytes');
SELECT throws_ok($$INSERT INTO by_text VALUES ('')$$, '23514', NULL, 'a key of no bytes');
SELECT lives_ok($$INSERT INTO by_text VALUES (repeat('ä', 100))$$, 'a key of 200 bytes');
SELECT throws_ok($$UPDATE by_uuid SET job_generation = 0$$, '23514', NULL, 'a generation below 1');

-- the statements for a live table
SELECT results_eq($$SELECT s COLLATE "default" FROM job_adopt_index_statements('another', true) AS s$$,
    $$VALUES ('CREATE INDEX CONCURRENTLY IF NOT EXISTS another_job_due ON another (job_due_at) WHERE job_due_at IS NOT NULL'),
             ('CREATE INDEX CONCURRENTLY IF NOT EXISTS another_job_inserted ON another (job_inserted_at)')$$,
    'indexes of a large table are made concurrently');

SELECT * FROM finish();
ROLLBACK;
