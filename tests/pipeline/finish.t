#!/bin/bash
# How jobs end: every outcome and error class, effects with the completion or not at all, the fence, a refused finish.
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/cluster.sh"
. "$(dirname "$0")/../lib/jobs.sh"

gate=$TEST_DIR/gate # open while the files in it exist: jobs wait at the failpoint of a missing one
mkdir "$gate"
touch "$gate/run" "$gate/begun"
if has_failpoints; then
    export PACELINE_FAILPOINTS="job.run=wait:$gate/run;job.begun=wait:$gate/begun"
fi
jobs_start null fail hang
programs_start -j 1

# first KEY: the first give-back or end of a job: status, epoch, attempts, its error's class and whether it is to be tried again.
first() {
    sql "SELECT became, epoch, attempts, error ->> 'class', error ->> 'retryable' FROM witness.transitions
          WHERE kind = 'fail' AND key = '$1' AND was = 'processing' ORDER BY n LIMIT 1"
}
last() {
    sql "SELECT job_status, job_epoch, job_attempts, job_error ->> 'class', job_due_at IS NULL, job_worker IS NULL FROM fail_jobs WHERE id = '$1'"
}
# waited KEY: how long the first give-back had it wait, in ms.
waited() {
    sql "SELECT round(1000 * extract(epoch FROM wait)) FROM witness.transitions
          WHERE kind = 'fail' AND key = '$1' AND became = 'pending' ORDER BY n LIMIT 1"
}
between() { # NAME VALUE LOW HIGH
    if [ -n "$2" ] && [ "$2" -ge "$3" ] && [ "$2" -le "$4" ]; then pass "$1"; else fail "$1" "got: $2" "wanted: $3 to $4"; fi
}

# --- outcomes and error classes
again='network_error temporary_api_error database_timeout function_timeout memory_limit unknown_error'
final='authentication_error permission_denied invalid_data'
later='rate_limit quota_exceeded'
for ending in "done" fail cancelled effect $final defer yield $later; do
    values+="${values:+, }('$ending', '$ending', NULL)"
done
for ending in retry effect_retry $again; do
    values+=", ('$ending', '$ending', 1)"
done
values+=", ('always', 'retry', NULL), ('silent', NULL, NULL)"
sql "INSERT INTO fail_jobs VALUES $values"
later_all() { [ "$(sql "SELECT count(DISTINCT key) FROM witness.transitions WHERE key IN ('defer', 'yield', 'rate_limit', 'quota_exceeded') AND became = 'pending'")" = 4 ]; }
ok 'those that do not count an attempt come back' wait_for 20 later_all
sql "UPDATE fail_jobs SET ending = 'done' WHERE id IN ('defer', 'yield', 'rate_limit', 'quota_exceeded')"
ok 'every job ends' wait_value 20 0 jobs_left fail

is "$(first "done")" 'complete|1|1||' 'done: complete, the epoch of its claim, one attempt, no error'
is "$(last "done")" 'complete|1|1||t|t' 'done: due at no time, nobody has it'
is "$(first silent)" 'complete|1|1||' 'an ending of NULL is done'
is "$(first fail)" 'failed|1|1|unknown_error|true' 'fail: failed at the first attempt'
is "$(first cancelled)" 'cancelled|2|1||' 'cancelled: a new epoch'
is "$(first retry)" 'pending|2|1|unknown_error|true' 'retry: pending with a new epoch, the attempt kept, and why'
between 'retry: after a backoff with full jitter' "$(waited retry)" 0 100
is "$(last retry)" 'complete|3|2||t|t' 'retry: then done, and the error is gone'
is "$(last always)" 'failed|9|5|unknown_error|t|t' 'retry for ever: failed when the attempts are spent'
is "$(sql "SELECT job_error ->> 'attempt', job_error ->> 'code', job_error ->> 'message', (job_error ->> 'at')::timestamptz > now() - interval '1 minute' FROM fail_jobs WHERE id = 'always'")" \
    '5|as_told|fail: job always was told to retry|t' 'with the attempt, the code, the message and the time'
is "$(first defer)" 'pending|2|0|unknown_error|true' 'defer: not an attempt'
between 'defer: at least a second' "$(waited defer)" 1000 1001
is "$(first yield)" 'pending|2|0||' 'yield: not an attempt, no error'
between 'yield: at once' "$(waited yield)" 0 0
for class in $again; do
    is "$(first "$class")" "pending|2|1|$class|true" "$class: tried again"
    is "$(last "$class")" 'complete|3|2||t|t' "$class: then done"
done
for class in $final; do
    is "$(last "$class")" "failed|1|1|$class|t|t" "$class: failed for good"
done
for class in $later; do
    is "$(first "$class")" "pending|2|0|$class|true" "$class: deferred, not an attempt"
    between "$class: at least a second" "$(waited "$class")" 1000 1001
done

# --- effects: in the transaction of the completion
effects() {
    sql "SELECT coalesce(string_agg(generation::text, ',' ORDER BY generation), '') FROM fail_jobs_effects WHERE key = '$1'"
}
is "$(effects effect)|$(last effect)" '1|complete|1|1||t|t' 'effect: one row, with the completion'
is "$(effects effect_retry)|$(first effect_retry)" '1|pending|2|1|unknown_error|true' 'effect_retry: what was written stays, with the retry'
sql "UPDATE fail_jobs SET job_status = 'pending' WHERE id = 'effect'"
ok 'requested again' wait_value 10 0 jobs_left fail
is "$(effects effect)" '1,2' 'one effect a generation'

sql "ALTER TABLE fail_jobs_effects ADD CONSTRAINT not_this CHECK (key <> 'refused');
     INSERT INTO fail_jobs VALUES ('refused', 'effect')"
ok 'an effect that the database refuses' wait_value 10 0 jobs_left fail
is "$(last refused)" 'failed|1|1|invalid_data|t|t' 'fails the job for good'
like "$(sql "SELECT job_error ->> 'code', job_error ->> 'message' FROM fail_jobs WHERE id = 'refused'")" '^23514\|.*not_this' 'with the reason of the first error'
is "$(effects refused)" '' 'and leaves nothing'
sql "CREATE UNIQUE INDEX one_effect ON fail_jobs_effects (key, generation);
     INSERT INTO fail_jobs_effects VALUES ('doubled', 1);
     INSERT INTO fail_jobs VALUES ('doubled', 'effect')"
ok 'a unique violation' wait_value 10 0 jobs_left fail
is "$(last doubled)" 'failed|3|2|invalid_data|t|t' 'is tried once more, then final'
sql "DROP INDEX one_effect; DELETE FROM fail_jobs_effects WHERE key = 'doubled'"

# --- a part of a batch that is refused for a while stays held until it is settled
sql "CREATE TABLE allowed ();
     CREATE FUNCTION refuse_first() RETURNS trigger LANGUAGE plpgsql AS \$\$
     BEGIN
         IF NOT EXISTS (SELECT FROM allowed) THEN RAISE EXCEPTION 'not now' USING ERRCODE = 'serialization_failure'; END IF;
         RETURN NEW;
     END \$\$;
     GRANT SELECT ON allowed TO PUBLIC;
     CREATE TRIGGER refuse_first BEFORE UPDATE ON hang_jobs FOR EACH ROW
         WHEN (NEW.job_status = 'complete' AND NEW.id = '20000000-0000-0000-0000-000000000001') EXECUTE FUNCTION refuse_first();
     SET session_replication_role = replica; -- told by the notice alone: all eight at once
     INSERT INTO hang_jobs SELECT ('20000000-0000-0000-0000-' || lpad(n::text, 12, '0'))::uuid, 0.06, false FROM generate_series(1, 8) AS n;
     SELECT pg_notify('paceline_back', json_build_object('kind', 'hang', 'keys', json_agg(id))::text) FROM hang_jobs" >/dev/null
some_end() { [ "$(jobs_in complete hang)" -gt 2 ] && [ "$(jobs_in processing hang)" -gt 0 ] && [ "$(jobs_in pending hang)" = 0 ]; }
ok 'the rest of the batch completes' wait_for 10 some_end
is "$(jobs_wrong)" '' 'what is left is still held'
sql "INSERT INTO allowed DEFAULT VALUES"
ok 'and completes later' wait_value 15 8 jobs_in complete hang
is "$(claims hang)" 8 'without being run again'
ok 'then nothing is held' wait_value 5 0 sql 'SELECT count(*) FROM holdings'
sql "DELETE FROM hang_jobs; DELETE FROM witness.transitions WHERE kind = 'hang'"

# --- the fence
fenced() { metric worker "paceline_job_fenced_total{kind=\"$1\"}"; }
in_hand() { [ "$(jobs_in processing "$1")" = 1 ]; }
sql "INSERT INTO hang_jobs VALUES ('00000000-0000-0000-0000-000000000001', 1, false)"
ok 'a job in work' wait_for 10 'in_hand hang'
is "$(sql "UPDATE hang_jobs SET seconds = 0, job_status = 'pending' RETURNING job_status, job_epoch, job_generation, job_attempts")" \
    'pending|2|2|0' 'made pending by hand'
ok 'its late result is fenced' wait_value 10 1 fenced hang
ok 'and the new request runs' wait_value 10 0 jobs_left hang
is "$(sql "SELECT generation, epoch FROM witness.transitions WHERE kind = 'hang' AND became = 'complete'")" '2|3' 'once'

if has_failpoints; then
    sql "DELETE FROM fail_jobs"
    rm "$gate/run"
    sql "INSERT INTO fail_jobs VALUES ('before', 'effect')"
    ok 'a job before it opens its transaction' wait_for 10 'test -s "$gate/run.reached"'
    sql "UPDATE fail_jobs SET job_status = 'pending'"
    touch "$gate/run"
    ok 'made pending by hand, it finds itself fenced' wait_value 10 1 fenced fail
    ok 'and runs again' wait_value 10 0 jobs_left fail
    is "$(effects before)" 2 'with the effects of the new generation alone'

    rm "$gate/begun"
    sql "INSERT INTO fail_jobs VALUES ('within', 'effect')"
    ok 'a job in its transaction' wait_for 10 'test -s "$gate/begun.reached"'
    fails 'cannot be taken from it' sql "SET lock_timeout = '100 ms'; UPDATE fail_jobs SET job_status = 'pending' WHERE id = 'within'"
    touch "$gate/begun"
    ok 'it completes' wait_value 10 0 jobs_left fail
    is "$(effects within)|$(last within)" '1|complete|1|1||t|t' 'with its effect'
else
    skip 'a job fenced at its transaction' 'built without failpoints'
fi

# --- what the database refuses of a batch
sql "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS \$\$
     BEGIN
         IF NEW.id = 13 THEN RAISE EXCEPTION 'no luck with %', NEW.id USING ERRCODE = 'check_violation'; END IF;
         IF NEW.id = 14 AND nextval('patience') < 3 THEN RAISE EXCEPTION 'not now' USING ERRCODE = 'serialization_failure'; END IF;
         RETURN NEW;
     END \$\$;
     CREATE SEQUENCE patience;
     GRANT USAGE ON SEQUENCE patience TO PUBLIC;
     CREATE TRIGGER refuse BEFORE UPDATE ON null_jobs FOR EACH ROW WHEN (NEW.job_status = 'complete') EXECUTE FUNCTION refuse();
     INSERT INTO null_jobs SELECT generate_series(1, 50)"
ok 'a batch of which one finish is refused' wait_value 15 0 jobs_left null
is "$(jobs_in complete null)|$(jobs_in failed null)" '49|1' 'the others complete'
is "$(sql "SELECT job_error ->> 'class', job_error ->> 'code', job_error ->> 'message', job_attempts FROM null_jobs WHERE id = 13")" \
    'invalid_data|23514|database: no luck with 13|1' 'and the one fails with the reason'
is "$(claims null)" 50 'nothing is run again for it'
is "$(metric worker paceline_db_reconnect_total)" 0 'nor is the connection given up'
sql 'DROP TRIGGER refuse ON null_jobs'
is "$(jobs_wrong)" '' 'the contract holds'
ok 'verify finds nothing' program reaper verify
done_testing
