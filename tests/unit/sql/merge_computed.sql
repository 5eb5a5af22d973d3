-- merge_computed, try_advisory_lock, computed_patched: the document, and who may write it.
BEGIN;
SELECT plan(51);
INSERT INTO workouts (id, user_id, source, computed) VALUES ('aaaaaaaa-0000-4000-8000-000000000001', '11111111-1111-4111-8111-111111111111', 'manual',
    '{"analysis": {"events": {"laps": [1, 2]}, "series": [1, 2, 3]}, "overall": {"distance_m": 5}}');
\set w '\'aaaaaaaa-0000-4000-8000-000000000001\''
CREATE FUNCTION computed() RETURNS jsonb LANGUAGE sql AS $$ SELECT computed FROM workouts $$;

-- WK7: deep
SELECT lives_ok($$SELECT merge_computed('aaaaaaaa-0000-4000-8000-000000000001', '{"analysis": {"events": {"splits": {"km": [1]}}}}')$$, 'WK7: part of events');
SELECT is(computed(), '{"analysis": {"events": {"laps": [1, 2], "splits": {"km": [1]}}, "series": [1, 2, 3]}, "overall": {"distance_m": 5}}', 'WK7: a deep merge keeps series and laps');
SELECT merge_computed(:w, '{"analysis": {"series": [9]}, "overall": null, "new": {"deep": {"er": 1}}}');
SELECT is(computed(), '{"analysis": {"events": {"laps": [1, 2], "splits": {"km": [1]}}, "series": [9]}, "overall": null, "new": {"deep": {"er": 1}}}',
    'arrays, scalars and JSON null are replaced');
SELECT merge_computed(:w, '{"overall": {"distance_m": 6}, "new": 7}');
SELECT is(computed() -> 'overall', '{"distance_m": 6}', 'an object replaces what is no object');
SELECT is(computed() -> 'new', '7', 'and a scalar an object');
SELECT merge_computed(:w, '{}');
SELECT is(computed() -> 'new', '7', 'an empty partial changes nothing');

-- version and time
SELECT is(computed_at, now(), 'the time of the merge') FROM workouts;
SELECT is(computed_version, NULL, 'no version given, none set') FROM workouts;
SELECT merge_computed(p_workout_id => :w, p_partial_computed => '{"a": 1}', p_computed_version_int => 3, p_computed_at => '2026-01-01 00:00Z');
SELECT is(computed_version, 3, 'the version given') FROM workouts;
SELECT is(computed_at, '2026-01-01 00:00Z'::timestamptz, 'the time given') FROM workouts;
SELECT merge_computed(:w, '{"a": 2}');
SELECT is(computed_version, 3, 'else the version stays') FROM workouts;

-- WK9: refused, document unchanged
SELECT merge_computed(:w, '{"kept": true}');
SELECT throws_ok($$SELECT merge_computed('aaaaaaaa-0000-4000-8000-000000000001', NULL)$$, '22023', NULL, 'WK9: a NULL partial');
SELECT throws_ok(format('SELECT merge_computed(%L, %L)', 'aaaaaaaa-0000-4000-8000-000000000001', bad), '22023', NULL, 'WK9: a partial that is ' || bad)
  FROM unnest(ARRAY['[1]', '1', 'null', 'true', '"text"', '"[1]"', '"{broken"']) AS bad;
SELECT is(computed() -> 'kept', 'true', 'WK9: the document is as it was');
SELECT lives_ok($$SELECT merge_computed('aaaaaaaa-0000-4000-8000-000000000001', '"{\"parsed\": 1}"')$$, 'WK9: a string that holds an object');
SELECT is(computed() -> 'parsed', '1', 'WK9: is parsed');
SELECT throws_ok($$SELECT merge_computed('aaaaaaaa-0000-4000-8000-0000000000ff', '{}')$$, 'P0002', NULL, 'there is no such workout');

-- WK6: the row is locked before it is read
SELECT matches(pg_get_functiondef('merge_computed'::regproc), 'FOR UPDATE', 'WK6: FOR UPDATE comes first');

-- damaged documents, as they come from tables without the check
ALTER TABLE workouts DROP CONSTRAINT workouts_computed_check;
CREATE FUNCTION damaged(document jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
BEGIN
    UPDATE workouts SET computed = document;
    PERFORM merge_computed('aaaaaaaa-0000-4000-8000-000000000001', '{"b": 2}');
    RETURN (SELECT computed FROM workouts);
END $$;
SET LOCAL client_min_messages = error;
SELECT is(damaged('"{\"a\": 1}"'), '{"a": 1, "b": 2}', 'a document that is a string is parsed');
SELECT is(damaged('[{"a": 1}, {"c": 3}]'), '{"a": 1, "b": 2}', 'an array gives its first element');
SELECT is(damaged('["{\"a\": 1}"]'), '{"a": 1, "b": 2}', 'parsed, if that is a string');
SELECT is(damaged('"{broken"'), '{"b": 2}', 'unreadable: starts empty');
SELECT is(damaged('[]'), '{"b": 2}', 'an empty array');
SELECT is(damaged('null'), '{"b": 2}', 'JSON null');
SELECT is(damaged('7'), '{"b": 2}', 'a number');
UPDATE workouts SET computed = '{"mine": 1}';

-- WK27: ownership
SET LOCAL request.jwt.claims = '{"sub": "22222222-2222-4222-8222-222222222222"}';
SET LOCAL ROLE authenticated;
SELECT throws_ok($$SELECT merge_computed('aaaaaaaa-0000-4000-8000-000000000001', '{"x": 1}')$$, '42501', NULL, 'WK27: somebody else');
SET LOCAL request.jwt.claims = '';
SELECT throws_ok($$SELECT merge_computed('aaaaaaaa-0000-4000-8000-000000000001', '{"x": 1}')$$, '42501', NULL, 'WK27: nobody');
SET LOCAL request.jwt.claims = '{"sub": "11111111-1111-4111-8111-111111111111"}';
SELECT lives_ok($$SELECT merge_computed('aaaaaaaa-0000-4000-8000-000000000001', '{"x": 1}')$$, 'WK27: the owner');
SET LOCAL request.jwt.claims = '';
SET LOCAL ROLE service_role;
SELECT lives_ok($$SELECT merge_computed('aaaaaaaa-0000-4000-8000-000000000001', '{"y": 1}')$$, 'WK27: the service key');
SET LOCAL ROLE anon;
SELECT throws_ok($$SELECT merge_computed('aaaaaaaa-0000-4000-8000-000000000001', '{"x": 1}')$$, '42501', NULL, 'WK27: not without a role');
RESET ROLE;
SELECT is(computed(), '{"mine": 1, "x": 1, "y": 1}', 'WK27: what the two wrote is there, no more');
SELECT is(job_status, 'pending', 'merging requeues nothing') FROM workouts;

-- WK4, WK5: the advisory lock
SELECT is(try_advisory_lock('workout-1'), true, 'WK5: taken');
SELECT is((SELECT count(*)::int FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid() AND objsubid = 1
             AND ((classid::bigint << 32) | objid::bigint) = hashtextextended('workout-1', 0)), 1, 'WK5: by a hash of 64 bits');
SELECT is(try_advisory_lock('workout-1'), true, 'again by the same session');
SELECT is((SELECT bool_or(classid::bigint <> 0) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()), true, 'WK5: the upper half is used');
SELECT matches(obj_description('try_advisory_lock'::regproc), 'not protected after the call', 'WK4: its comment says what it does not protect');
SAVEPOINT before_lock;
SELECT try_advisory_lock('workout-2');
ROLLBACK TO before_lock;
SELECT is((SELECT count(*)::int FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()), 1, 'held to the end of the transaction');

-- WK8: computed_patched, the worker's own write: own paths only
SELECT is(computed_patched('{}', '{"version": 1, "overall": {"a": 1}, "stages": {"summary": {"at": 1}}}'),
    '{"version": 1, "overall": {"a": 1}, "stages": {"summary": {"at": 1}}}', 'into an empty document');
SELECT is(computed_patched('{"overall": {"execution_score": 90, "old": 1}, "theirs": {"x": 1}, "analysis": {"series": 1}, "intervals": [1]}',
                           '{"overall": {"a": 1}, "intervals": []}'),
    '{"overall": {"a": 1, "execution_score": 90}, "theirs": {"x": 1}, "analysis": {"series": 1}, "intervals": [], "stages": {}}',
    'WK8: summary replaces its paths, and no other: execution_score is not its own');
SELECT is(computed_patched('{"overall": {"a": 1, "execution_score": 1}}', '{"execution": {"b": 2}, "execution_score": 88}'),
    '{"overall": {"a": 1, "execution_score": 88}, "execution": {"b": 2}, "stages": {}}', 'WK8: execution owns its score alone');
SELECT is(computed_patched('{"metrics": {"old": 1, "trimp": 5}}', '{"metrics": {"trimp": 6}}') -> 'metrics', '{"trimp": 6}', 'a path is replaced, not merged');
SELECT is(computed_patched('{"overall": {"execution_score": 90}}', '{"overall": {"a": 1}, "execution_score": null}') -> 'overall',
    '{"a": 1, "execution_score": null}', 'a score that is not known any more is null');
SELECT is(computed_patched('{"stages": {"attach": {"at": 1}, "summary": {"at": 1}}}', '{"stages": {"summary": {"at": 2}}}') -> 'stages',
    '{"attach": {"at": 1}, "summary": {"at": 2}}', 'only the stages that ran');
SELECT is(computed_patched('{"overall": 5, "stages": []}', '{"overall": {"a": 1}, "stages": {"summary": {}}}'),
    '{"overall": {"a": 1}, "stages": {"summary": {}}}', 'whatever others made of it');
SELECT * FROM finish();
ROLLBACK;
