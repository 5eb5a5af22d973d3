# shellcheck shell=bash
# faults.sh - a stack under load for the fault tests, and how long it takes to recover.
#
#   . "$(dirname "$0")/../lib/tap.sh"
#   . "$(dirname "$0")/../lib/cluster.sh"
#   . "$(dirname "$0")/../lib/jobs.sh"
#   . "$(dirname "$0")/../lib/faults.sh"
#   fault_stack                        # everything, two workers of two slots; load runs
#   kill ...                           # the fault
#   fault_since; fault_over            # the clock starts; jobs inserted up to here must come back
#   recovered                          # waits for them; sets RECOVERY_S
#   promise 'row of the table' 2 "$RECOVERY_S"
#   fault_done                         # the rest of the load; lost, twice, verify; the rows of the table
#
# Settings are the product's own, unlike those of jobs.sh: what is measured is what DESIGN.md, section 10, promises.
# Times are the witness's, from the clock of the machine, which is the database's too.

cat >"$CONFIG" <<'END'
ops_listen = "127.0.0.1:0";
http_listen = "127.0.0.1:0";
END
PROMISES=()              # "row|promise in s|measured in s"
FAILED_MEANT=0           # jobs that end failed, because that is what the test is about
RECOVERY_DEADLINE_S=${RECOVERY_DEADLINE_S:-150}
# Messages in a dead member's partitions are read by others when its session ends; the embedded broker gives them to nobody
# for almost another one.
SESSION_PROMISE_S=10
[ "$BROKER" = kafka ] || SESSION_PROMISE_S=20
LOAD_TICK_S=0.1          # so often the load inserts LOAD_SQL
LOAD_SQL="WITH a AS (INSERT INTO null_jobs SELECT nextval('load_key') FROM generate_series(1, 3)),
               b AS (INSERT INTO fail_jobs (id, ending) SELECT nextval('load_key'), 'effect'),
               c AS (INSERT INTO hang_jobs (id, seconds) SELECT gen_random_uuid(), 0.02)
          SELECT 1"

now_s() {
    date +%s.%N
}

fault_since() {
    SINCE=$(now_s)
}

fault_over() {
    OVER=$(now_s)
}

# seconds_from A B: B - A, with two decimals, never below zero.
seconds_from() {
    awk -v a="$1" -v b="$2" 'BEGIN { d = b - a; printf "%.2f", d < 0 ? 0 : d }'
}

# elapse SECONDS: a fault that lasts so long.
elapse() {
    local end=$(($(date +%s) + $1))
    wait_for $(($1 + 20)) "[ \$(date +%s) -ge $end ]"
}

# fault_database [SETTING=VALUE...]: the database with its tables, as after a full sweep: what the barrier must find, no
# sweep shall.
fault_database() {
    pg_start fsync=on full_page_writes=on "$@"
    migrate
    jobs_create null fail hang
    sql "CREATE SEQUENCE load_key;
         CREATE VIEW load AS SELECT 'null' AS kind, id::text AS key, job_status, job_inserted_at FROM null_jobs
                   UNION ALL SELECT 'fail', id, job_status, job_inserted_at FROM fail_jobs
                   UNION ALL SELECT 'hang', id::text, job_status, job_inserted_at FROM hang_jobs;
         INSERT INTO job_ground SELECT true, s.system_identifier, c.timeline_id, now()
           FROM pg_control_system() AS s, pg_control_checkpoint() AS c"
}

# fault_programs [WORKER...]: broker, programs, workers of two slots each (one and two), and load that flows.
fault_programs() {
    local name
    [ $# -gt 0 ] || set -- one two
    broker_start
    topics
    producer_start
    reaper_start
    for name in "$@"; do
        start_program "$name" worker -j 2
    done
    for name in "$@"; do
        wait_ready "$name"
    done
    load_start
}

# fault_stack [SETTING=VALUE...]
fault_stack() {
    fault_database "$@"
    fault_programs
}

# load_start: jobs of all three kinds, by a session that comes back when it is cut; waits until they flow through every worker.
load_start() {
    printf '%s\n' '\o /dev/null' "$LOAD_SQL" "\\watch $LOAD_TICK_S" >"$TEST_DIR/load.sql"
    start load bash -c 'while :; do psql -XAtq -v ON_ERROR_STOP=1 -f "$1"; read -r -t 0.2 <>"$2"; done' load "$TEST_DIR/load.sql" "$TEST_PAUSE"
    wait_for 60 load_flows || bail_out 'the load does not flow'
}

# load_flows: of all that came more than a second ago nothing waits, and that is much: the group has settled. A slot may have
# nothing to do: the assignor balances partitions, not kinds.
load_flows() {
    local answer
    answer=$(sql "SELECT count(*) FILTER (WHERE job_status IN ('pending', 'processing')), count(*) > 100
                    FROM load WHERE job_inserted_at < now() - interval '1 s'")
    echo "jobs that wait | enough jobs: $answer"
    [ "$answer" = '0|t' ]
}

load_end() {
    stop load
}

# waiting [SECONDS SINCE 1970]: jobs that have not ended, of those inserted before.
waiting() {
    sql "SELECT count(*) FROM load WHERE job_status IN ('pending', 'processing')
            AND job_inserted_at <= to_timestamp(${1:-9999999999})"
}

# recovered waits until every job inserted before OVER has ended and one ended after OVER, and sets RECOVERY_S: from SINCE
# to the last of them.
recovered() {
    ok 'every job inserted before and during the fault ends' wait_value "$RECOVERY_DEADLINE_S" 0 waiting "$OVER"
    ok 'jobs flow' wait_for "$RECOVERY_DEADLINE_S" '[ "$(sql "SELECT count(*) > 0 FROM witness.transitions WHERE at > to_timestamp($OVER) AND became = '\''complete'\''")" = t ]'
    RECOVERY_S=$(seconds_from "$SINCE" "$(sql "SELECT extract(epoch FROM greatest(
        (SELECT max(t.at) FROM witness.transitions AS t JOIN load AS l USING (kind, key)
          WHERE t.became IN ('complete', 'failed') AND l.job_inserted_at <= to_timestamp($OVER)),
        (SELECT min(t.at) FROM witness.transitions AS t WHERE t.became = 'complete' AND t.at > to_timestamp($OVER))))")")
}

# promise ROW SECONDS MEASURED: a row of the table of faults. A slow machine is told apart from a broken promise: above it, it is
# shown, and only beyond twice the promise the test fails.
promise() {
    local name="$1: $3 s, promised within $2 s"
    PROMISES+=("$1|$2|$3")
    awk -v got="$3" -v most="$2" 'BEGIN { exit got > most }' || diag "above its promise: $name"
    ok "$name" awk -v got="$3" -v most="$2" 'BEGIN { exit got > 2 * most }'
}

# twice: sets of effects beyond the first, for one key and generation.
twice() {
    sql "SELECT (SELECT count(*) FROM (SELECT FROM witness.transitions WHERE became = 'complete'
                                        GROUP BY kind, key, generation HAVING count(*) > 1) AS c)
              + (SELECT count(*) FROM (SELECT FROM fail_jobs_effects GROUP BY key, generation HAVING count(*) > 1) AS e)"
}

# effects_missing: jobs of kind fail that are complete without their effect.
effects_missing() {
    sql "SELECT count(*) FROM fail_jobs AS f WHERE job_status = 'complete' AND ending = 'effect'
            AND NOT EXISTS (SELECT FROM fail_jobs_effects AS e WHERE e.key = f.id)"
}

# fault_done ends the load, waits for all of it, and checks that nothing was lost or done twice.
fault_done() {
    local row name lost twice
    load_end
    ok 'all that came ends' wait_value "$RECOVERY_DEADLINE_S" 0 waiting
    lost=$(($(sql "SELECT count(*) FROM load WHERE job_status <> 'complete'") - FAILED_MEANT + $(effects_missing)))
    twice=$(twice)
    is "$lost" 0 "none of $(sql 'SELECT count(*) FROM load') jobs is lost"
    is "$twice" 0 'nothing is done twice'
    is "$(jobs_wrong)" '' 'the contract holds'
    ok 'verify finds nothing' wait_for 30 'program reaper verify'
    for name in "${!TEST_PIDS[@]}"; do # nothing is left to see, and a worker that drains while its broker ends takes 5 s
        [ "$name" = postgres ] || group_kill "$name"
    done
    for row in "${PROMISES[@]}"; do
        diag "recovery|$row|$lost|$twice"
        [ -z "${FAULT_RESULTS:-}" ] || echo "$row|$lost|$twice|${FAULT_RUN:-1}" >>"$FAULT_RESULTS"
    done
    done_testing
}

# group_kill NAME: a program and its roles at once, as when their host dies.
group_kill() {
    kill -KILL -- "-$(pid_of "$1")"
    stop "$1" KILL
}

# workers_of NAME: ids of the workers that its slots registered, with commas between.
workers_of() {
    sql "SELECT string_agg(id::text, ',') FROM workers WHERE pid IN ($(slots_of "$1" | paste -sd,))"
}

# hold_long [TICKS]: waits until a job of 10 s is in work; sets HOLDER_PID to the slot that has it, HOLDER to its program,
# one or two, and HOLDER_IDS to all workers of that program. long_jobs_end makes it short for whoever runs it next.
hold_long() {
    wait_for 60 "hold_try '${1:-true}'" || bail_out 'no long job in work'
    HOLDER_PID=$(cat "$TEST_DIR/holder")
    HOLDER=two
    ! slots_of one | grep -qx "$HOLDER_PID" || HOLDER=one
    HOLDER_IDS=$(workers_of $HOLDER)
}

# hold_try: idle slots are told of the job, as the reaper tells them, or only those who read its kind would ever have it.
hold_try() {
    holder_pid >"$TEST_DIR/holder"
    [ ! -s "$TEST_DIR/holder" ] || return 0
    sql "WITH job AS (INSERT INTO hang_jobs (id, seconds, ticks) SELECT gen_random_uuid(), 10, $1
                       WHERE NOT EXISTS (SELECT FROM hang_jobs WHERE seconds = 10 AND job_status IN ('pending', 'processing'))
                      RETURNING id)
         SELECT pg_notify('paceline_back', json_build_object('kind', 'hang', 'keys', json_agg(id))::text) FROM job HAVING count(*) > 0"
    return 1
}

# holder_pid: of the slot that has just begun one.
holder_pid() {
    sql "SELECT w.pid FROM hang_jobs AS j JOIN workers AS w ON w.id = j.job_worker
          WHERE seconds = 10 AND job_status = 'processing' AND job_changed_at > clock_timestamp() - interval '2 s' LIMIT 1"
}

long_jobs_end() {
    sql 'UPDATE hang_jobs SET seconds = 0 WHERE seconds = 10'
}

# claimed_again WORKERS: sets RECOVERY_S: from SINCE until the last of the jobs that these workers held was claimed elsewhere.
claimed_again() {
    ok 'what they held is claimed elsewhere' wait_for 60 "[ \"\$(given_back '$1' 'count(*) FILTER (WHERE c.at IS NULL) = 0 AND count(*) > 0')\" = t ]"
    RECOVERY_S=$(seconds_from "$SINCE" "$(given_back "$1" 'extract(epoch FROM max(c.at))')")
    diag "$(given_back "$1" 'count(*)') jobs were held; given back after $(seconds_from "$SINCE" "$(given_back "$1" 'extract(epoch FROM max(g.at))')") s"
}

# given_back WORKERS EXPRESSION: over the give-backs g since SINCE of what these workers had in work, and the next claims c.
given_back() {
    sql "SELECT $2 FROM witness.transitions AS g
           LEFT JOIN witness.transitions AS c ON c.kind = g.kind AND c.key = g.key AND c.epoch = g.epoch + 1 AND c.became = 'processing'
          WHERE g.worker IN ($1) AND g.was = 'processing' AND g.became = 'pending' AND g.at > to_timestamp($SINCE)"
}

# roles_signal SIGNAL PROGRAM ROLE: to every process of that role. STOP, then CONT: what they would have read or sent waits.
roles_signal() {
    # shellcheck disable=SC2046 # numbers
    kill "-$1" $(role_of "$2" "$3")
}

# topic_recreate TOPIC: deleted by Kafka's own tool, and made again by ours.
topic_recreate() {
    "$KAFKA" tool topics --bootstrap-server "$BOOTSTRAP" --delete --topic "$1" || bail_out "$1 cannot be deleted"
    topics
}
