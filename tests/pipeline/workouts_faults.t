#!/bin/bash
# workouts_faults: each stage failing, once and for good; the worker killed at each failpoint; plans that come, go and are fought
# over while a workout is in work. Needs failpoints (make test has them).
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/cluster.sh"
. "$(dirname "$0")/../lib/workouts.sh"
pg_start
migrate

STEPS='[{"id":"w","kind":"warmup","duration_s":60},{"id":"a","kind":"work","duration_s":200,"speed_min_mps":2.8,"speed_max_mps":3.2}]'

# planned_run: a run with samples and a plan, each on a day of its own; prints its id.
planned_run() {
    local id DAY
    DAY=$(date -u -d "2026-01-01 +$1 days" +%F)
    plan_add 'sport, steps' "'run', '$STEPS'" >/dev/null
    id=$(workout_add 'sport, moving_time_s, distance_m' "'run', 260, 780")
    samples_add "$id" 261 'distance_m = i * 3.0' 'speed_mps = 3.0' 'hr_bpm = 140'
    echo "$id"
}

# run_with FAILPOINTS ID
run_with() {
    env PACELINE_FAILPOINTS="$1" PACELINE_DATABASE="$(database_of worker)" PACELINE_BOOTSTRAP_SERVERS=127.0.0.1:1 PACELINE_CONFIG="$CONFIG" \
        "$BUILD/paceline-worker" run-one workouts "$2" >>"$TEST_DIR/run-one.log" 2>&1
}

# run_due ID: as run_one, for a job that waits out its backoff.
run_due() {
    sql "UPDATE workouts SET job_due_at = now() WHERE id = '$1' AND job_status = 'pending'"
    run_one "$1"
}

# give_back ID: what the reaper does with the job of a dead worker.
give_back() {
    sql "UPDATE workouts SET job_status = 'pending', job_epoch = job_epoch + 1, job_worker = NULL, job_due_at = now() WHERE id = '$1';
         DELETE FROM holdings"
}

# document ID: what was computed, but for when.
document() {
    sql "SELECT computed #- '{stages,streams,at}' #- '{stages,attach,at}' #- '{stages,summary,at}' #- '{stages,analysis,at}' #- '{stages,metrics,at}'
                #- '{stages,execution,at}' #- '{stages,attach,reason}' FROM workouts WHERE id = '$1'" | sed -E 's/"inputs": "[0-9a-f]+", //g'
}

# --- no failpoints in a release build ---
probe=$(planned_run 0)
run_with 'workouts.summary=error' "$probe" || true
[ "$(stages "$probe")" != cccccc ] || skip_all 'this build has no failpoints'
ok 'undisturbed, after all' run_due "$probe"
undisturbed=$(document "$probe")
is "$(status "$probe") $(stages "$probe")" 'complete cccccc' 'complete'

# --- each stage failing once: it alone is tried again ---
declare -A WHEN_FAILED=([streams]=fppppp [attach]=cfpcpp [summary]=ccfcpp [analysis]=cccfcc [metrics]=ccccfc [execution]=cccccf)
declare -A FOR_GOOD=([streams]=ffffff [attach]=cffcff [summary]=ccfcff [analysis]=cccfcc [metrics]=ccccfc [execution]=cccccf)
day=0
for stage in streams attach summary analysis metrics execution; do
    day=$((day + 1))
    id=$(planned_run $day)
    run_with "workouts.$stage=error" "$id" || true
    is "$(status "$id") $(stages "$id")" "pending ${WHEN_FAILED[$stage]}" "WK12: $stage fails alone; what reads it is blocked, the rest is done"
    is "$(sql "SELECT job_attempts, job_error ->> 'stage', job_error ->> 'class', job_due_at IS NOT NULL FROM workouts WHERE id = '$id'")" \
        "1|$stage|unknown_error|t" "$stage: a retry after a backoff, with the reason"
    done_before=$(sql "SELECT string_agg(s, ' ') FROM unnest(ARRAY['streams', 'attach', 'summary', 'analysis', 'metrics', 'execution']) AS s, workouts AS w
                        WHERE w.id = '$id' AND to_jsonb(w) ->> (s || '_status') = 'complete'")
    stamps="SELECT string_agg(to_jsonb(w) ->> (s || '_updated_at'), ' ' ORDER BY s) FROM workouts AS w, unnest(string_to_array('$done_before', ' ')) AS s WHERE w.id = '$id'"
    before=$(sql "$stamps")
    ok "$stage: tried again" run_due "$id"
    is "$(status "$id") $(stages "$id")" 'complete cccccc' "$stage: complete"
    is "$(sql "$stamps")" "$before" "$stage: the retry ran only what was not complete"
    is "$(document "$id")" "$undisturbed" "$stage: the document is the undisturbed one"
    # for good
    day=$((day + 1))
    id=$(planned_run $day)
    sql "UPDATE workouts SET job_epoch = job_epoch + 1, job_attempts = 4 WHERE id = '$id'"
    run_with "workouts.$stage=error" "$id" || true
    is "$(status "$id") $(stages "$id")" "failed ${FOR_GOOD[$stage]}" "WK11: $stage for good: failed, and what it blocked, too"
done
like "$(sql "SELECT execution_error FROM workouts WHERE attach_status = 'failed' AND streams_status = 'complete'")" '^blocked by attach$' 'blocked by, it says'

# --- killed at each failpoint: nothing is half done ---
for point in read computed linked stored; do
    day=$((day + 1))
    id=$(planned_run $day)
    run_with "workouts.$point=crash" "$id" || true
    is "$(status "$id") $(stages "$id") $(sql "SELECT computed, planned_id IS NULL FROM workouts WHERE id = '$id'")" 'processing pppppp {}|t' \
        "killed at workouts.$point: nothing is written"
    give_back "$id"
    ok "$point: given back and done" run_one "$id"
    is "$(document "$id")" "$undisturbed" "$point: the same document as undisturbed"
done

# --- while it is in work ---
# begin_until POINT ID NAME: the worker stops at the point until `go NAME`.
begin_until() {
    start "$3" env PACELINE_FAILPOINTS="workouts.$1=wait:$TEST_DIR/$3.go" PACELINE_DATABASE="$(database_of worker)" PACELINE_BOOTSTRAP_SERVERS=127.0.0.1:1 \
        PACELINE_CONFIG="$CONFIG" "$BUILD/paceline-worker" run-one workouts "$2"
    wait_for 20 "[ \"\$(status $2)\" = processing ]" || fail "$3 does not begin"
}
go() {
    touch "$TEST_DIR/$1.go"
    wait_for 30 "! is_running $1"
}

day=$((day + 1))
DAY=$(date -u -d "2026-01-01 +$day days" +%F)
id=$(workout_add 'sport, moving_time_s' "'run', 3600")
begin_until computed "$id" meanwhile
plan=$(plan_add 'sport, total_duration_s' "'run', 3600")
is "$(status "$id")" pending 'a plan comes while the workout is in work: it is asked for again'
ok 'the first run ends' go meanwhile
is "$(status "$id") $(sql "SELECT computed FROM workouts WHERE id = '$id'")" 'pending {}' 'fenced: it wrote nothing'
ok 'the second one' run_one "$id"
is "$(sql "SELECT planned_id = '$plan' FROM workouts WHERE id = '$id'")" t 'finds the plan'

# an input that changes while the workout is in work
sql "UPDATE workouts SET session_rpe = 3 WHERE id = '$id'"
begin_until computed "$id" older
sql "UPDATE workouts SET moving_time_s = 1800 WHERE id = '$id'"
ok 'the older run ends' go older
is "$(computed "$id" overall.moving_time_s)" 3600 'WK26: new content fences the run that read the old'
ok 'the newer one' run_one "$id"
is "$(computed "$id" overall.moving_time_s)" 1800 'writes the new'

# two workouts for one plan at once
day=$((day + 1))
DAY=$(date -u -d "2026-01-01 +$day days" +%F)
plan=$(plan_add 'sport, total_duration_s' "'run', 3600")
one=$(workout_add 'sport, moving_time_s' "'run', 3600")
two=$(workout_add 'sport, moving_time_s' "'run', 3600")
begin_until computed "$one" one
begin_until computed "$two" two
ok 'the first of two workouts ends' go one
ok 'the second, too' go two
is "$(status "$one") $(status "$two")" 'complete pending' 'WK24: the plan went to the first; the second looks again'
is "$(sql "SELECT job_attempts, job_error ->> 'code', stages FROM workouts, LATERAL (SELECT summary_status AS stages) AS s WHERE id = '$two'")" '0|plan_taken|pending' \
    'which is no attempt, and wrote nothing'
ok 'it looks' run_due "$two"
is "$(computed "$two" stages.attach.reason) $(sql "SELECT planned_id = '$plan' FROM workouts WHERE id = '$one'")" 'plan_taken t' 'and finds no plan for itself'

# a plan that somebody is changing at this moment
day=$((day + 1))
DAY=$(date -u -d "2026-01-01 +$day days" +%F)
mkfifo "$TEST_DIR/editor.in"
start editor psql -XAtq -f "$TEST_DIR/editor.in"
exec 7>"$TEST_DIR/editor.in"
echo "BEGIN; INSERT INTO planned_workouts (user_id, local_date, sport, total_duration_s) VALUES ('$ATHLETE', '$DAY', 'ride', 3600); SELECT 'inserted';" >&7
ok 'somebody begins to plan' wait_for 10 'grep -q inserted "$TEST_DIR/editor.log"'
id=$(workout_add 'sport, moving_time_s' "'ride', 3600") # made while the plan is not visible yet
run_one "$id" || true
is "$(status "$id") $(sql "SELECT job_attempts, job_error ->> 'code' FROM workouts WHERE id = '$id'")" 'pending 0|plans_change' \
    'a workout does not decide while its user'\''s plans are being changed'
echo 'COMMIT;' >&7
exec 7>&-
ok 'it is planned' wait_for 10 '! is_running editor'
ok 'then it decides' run_due "$id"
is "$(computed "$id" stages.attach.reason)" attached 'and sees the plan'
is "$(sql "SELECT count(*) FROM holdings")" 0 'nothing is held'
done_testing
