#!/bin/bash
# The local stack: it comes up, says what it does, keeps its data, and leaves nothing running, however it ends.
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/readme.sh"
for name in broker producer worker reaper; do
    [ -x "$BUILD/paceline-$name" ] || skip_all "paceline-$name is not built"
done
[ -x /usr/lib/postgresql/15/bin/postgres ] || skip_all 'no PostgreSQL 15 here'
export BUILD WORKERS=1 SLOTS=1 PACELINE_STATE="$TEST_DIR/a rider's state"
stack=$ROOT/deploy/local/stack
state=$PACELINE_STATE/up

# running PIDS-FILE prints the processes of that file which are alive.
running() {
    local name pid start
    while read -r name pid start; do
        [ "$(sed 's/^.*) //' "/proc/$pid/stat" 2>/dev/null | awk '$1 != "Z" { print $20 }')" != "$start" ] || echo "$name"
    done <"$1"
}

nothing_runs() {
    [ -z "$(running "$1")" ] || { running "$1"; return 1; }
}

in_stack() { # COMMAND...: with the environment of the running stack
    # shellcheck disable=SC1091
    (. "$state/env" && "$@")
}

run_up() { # starts `stack run` and waits until it says that it runs
    rm -f "$TEST_DIR/run.log"
    start run "$stack" run
    wait_for 90 'grep -q "Ctrl-C ends it" "$TEST_DIR/run.log" || ! is_running run' && is_running run && cp "$state/pids" "$TEST_DIR/pids"
}

fails 'an unknown broker is refused' env BROKER=rabbit "$stack" up
like "$(cat "$TEST_DIR/ok.out")" 'BROKER=rabbit: it is embedded or kafka' 'and says so'

refused() { # WORD COMMAND...: as no number
    local word=$1
    shift
    fails "$word is refused" env "$@"
    like "$(cat "$TEST_DIR/ok.out")" "${word}: not a whole number from" 'and says so'
}
for word in WORKERS=0 WORKERS=x SLOTS=0 SLOTS=-1 HTTP_PORT=99999; do
    refused $word $word "$stack" up
done
for word in WORKERS=1 ACTIVITIES=abc ACTIVITIES=0 ATHLETES=0 SEED=x DEADLINE_S=0; do
    refused $word $word "$ROOT/deploy/local/demo"
done

ok 'up' "$stack" up
cp "$state/pids" "$TEST_DIR/pids"
is "$(running "$TEST_DIR/pids" | sort | tr '\n' ' ')" 'broker postgres producer reaper worker1 ' 'everything runs after the script has ended'
is "$(stat -c %a "$state/env")" 600 'the file with the keys is for its owner only'
ok 'up again finds it running' "$stack" up
ok 'status' "$stack" status
like "$(cat "$TEST_DIR/ok.out")" 'worker1 +pid [0-9]+' 'names the processes'
ok 'psql by the environment' in_stack psql -XAtqc 'CREATE TABLE kept AS SELECT 1'
ok 'the HTTP interface answers' in_stack bash -c 'curl -sS -o /dev/null "$HTTP_URL/workouts/none"'
fails 'an argument that there is not' "$stack" down --bogus
like "$(cat "$TEST_DIR/ok.out")" 'stack down' 'is told what there is'
is "$(running "$TEST_DIR/pids" | wc -l)" 5 'and nothing has ended'
kill -KILL "$(awk '$1 == "worker1" { print $2 }' "$state/pids")"
ok 'a worker was killed' wait_for 10 '[ "$(running "$TEST_DIR/pids" | wc -l)" = 4 ]'
ok 'up brings it back' "$stack" up
like "$(cat "$TEST_DIR/ok.out")" 'ended: worker1; .*read the environment again' 'and says so'
cp "$state/pids" "$TEST_DIR/pids"
is "$(running "$TEST_DIR/pids" | sort | tr '\n' ' ')" 'broker postgres producer reaper worker1 ' 'everything runs again'
ok 'an activity by HTTP, as the README says' in_stack bash -e -o pipefail -c "$(readme_block post)"
like "$(cat "$TEST_DIR/ok.out")" '"sport": "run"' 'can be fetched'
ok 'it is computed' wait_value 30 'complete|1|1' in_stack psql -XAtqc 'SELECT job_status, job_epoch, job_generation FROM workouts'
ok 'asked for again, as the README says' in_stack bash -e -c "$(readme_block request)"
ok 'it is computed again' wait_value 30 'complete|3|2' in_stack psql -XAtqc 'SELECT job_status, job_epoch, job_generation FROM workouts'
ok 'down' "$stack" down
ok 'nothing is left' nothing_runs "$TEST_DIR/pids"
fails 'status says that nothing runs' "$stack" status

ok 'run keeps what up left' run_up
is "$(in_stack psql -XAtqc 'SELECT count(*) FROM kept')" 1 'its data'
ok 'Ctrl-C' stop run INT 60
ok 'leaves nothing' nothing_runs "$TEST_DIR/pids"
ok 'run' run_up
stop run KILL
ok 'kill -9 of the script leaves nothing' wait_for 60 'nothing_runs "$TEST_DIR/pids"'

if [ "$(id -u)" -eq 0 ]; then
    mkdir -m 700 "$TEST_DIR/closed"
    PACELINE_STATE=$TEST_DIR/closed
    state=$PACELINE_STATE/up
    ok "a folder that PostgreSQL's account cannot enter" "$stack" up
    cluster=$(cat "$state/cluster")
    like "$cluster" '^/tmp/paceline-postgres\.' 'the cluster is elsewhere'
    ok 'and works' in_stack psql -XAtqc 'SELECT 1'
    ok 'down with its data' "$stack" down --clear
    ok 'removes the folder too' test ! -e "$cluster"
fi
done_testing
