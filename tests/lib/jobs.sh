# shellcheck shell=bash
# jobs.sh - tables of the test kinds, messages by hand, and a witness that sees what was done twice.
#
#   . "$(dirname "$0")/../lib/tap.sh"
#   . "$(dirname "$0")/../lib/cluster.sh"
#   . "$(dirname "$0")/../lib/jobs.sh"
#   jobs_start              # database with the tables below, broker, topics; no producer, worker or reaper yet
#   ...
#   is "$(jobs_wrong)" '' 'the contract holds'
#
# Tables, each adopted as the kind of its name, key column id:
#   null_jobs(id bigint)   fail_jobs(id text, ending, times)   hang_jobs(id uuid, seconds, ticks)   crash_jobs(id bigint, times)
# fail_jobs_effects(key, generation) is where kind fail writes. witness.transitions has every transition of every job,
# written by triggers in the same transaction, by whoever made it.

for program in kcat curl; do
    command -v $program >/dev/null || skip_all "$program is not installed (deploy/setup --dev installs it)"
done

# What takes seconds in production takes less here: who waits for it is the test.
sed -i '/^rdkafka/d' "$CONFIG"
cat >>"$CONFIG" <<END
reconnect_grace_ms = 500;
announce_interval_ms = 100;
barrier_interval_ms = 500;
rdkafka = ( ("fetch.wait.max.ms", "10"), ("session.timeout.ms", "${SESSION_MS:-6000}"), ("heartbeat.interval.ms", "500"),
            ("auto.commit.interval.ms", "500") );
END

# jobs_create [KIND...]: the tables of these kinds (all), and the witness.
jobs_create() {
    local kind
    sql "CREATE SCHEMA witness;
         CREATE TABLE witness.transitions (n bigint GENERATED ALWAYS AS IDENTITY, kind text, key text, generation int, epoch int,
                                           attempts int, worker bigint, was text, became text, wait interval,
                                           error jsonb, at timestamptz DEFAULT clock_timestamp());
         GRANT USAGE ON SCHEMA witness TO PUBLIC;
         GRANT INSERT ON witness.transitions TO PUBLIC;
         CREATE FUNCTION witness.saw() RETURNS trigger LANGUAGE plpgsql AS \$\$
         BEGIN
             INSERT INTO witness.transitions (kind, key, generation, epoch, attempts, worker, was, became, wait, error)
             VALUES (TG_ARGV[0], NEW.id::text, NEW.job_generation, NEW.job_epoch, NEW.job_attempts,
                     coalesce(NEW.job_worker, OLD.job_worker), OLD.job_status, NEW.job_status, NEW.job_due_at - now(), NEW.job_error);
             RETURN NULL;
         END \$\$;
         CREATE TABLE fail_jobs_effects (key text, generation int);
         GRANT INSERT ON fail_jobs_effects TO paceline_worker" || bail_out 'no witness'
    [ $# -gt 0 ] || set -- null fail hang crash
    for kind in "$@"; do
        jobs_table "$kind" || bail_out "no table for kind $kind"
    done
}

# jobs_table KIND makes, adopts and watches the table of one kind.
jobs_table() {
    local columns
    case $1 in
    null) columns='id bigint PRIMARY KEY' ;;
    fail) columns='id text PRIMARY KEY, ending text, times int' ;;
    hang) columns='id uuid PRIMARY KEY, seconds float8 DEFAULT 0, ticks boolean DEFAULT true' ;;
    crash) columns='id bigint PRIMARY KEY, times int' ;;
    esac
    sql "CREATE TABLE $1_jobs ($columns);
         SELECT job_adopt('$1_jobs', kind => '$1', backoff_base => '100 ms', backoff_cap => '200 ms');
         CREATE TRIGGER witness AFTER UPDATE ON $1_jobs FOR EACH ROW
             WHEN (OLD.job_epoch <> NEW.job_epoch OR OLD.job_status <> NEW.job_status
                   OR (NEW.job_status = 'complete' AND OLD.job_changed_at <> NEW.job_changed_at))
             EXECUTE FUNCTION witness.saw('$1')" >/dev/null
}

# jobs_start [KIND...]
jobs_start() {
    pg_start
    migrate
    jobs_create "$@"
    broker_start
    topics
}

# jobs_in STATUS KIND: how many.
jobs_in() {
    sql "SELECT count(*) FROM $2_jobs WHERE job_status = '$1'"
}

# jobs_left KIND: how many have not ended.
jobs_left() {
    sql "SELECT count(*) FROM $1_jobs WHERE job_status IN ('pending', 'processing')"
}

# claims KIND [KEY]: how often jobs of a kind, or one job, were claimed.
claims() {
    sql "SELECT count(*) FROM witness.transitions WHERE became = 'processing' AND kind = '$1'${2:+ AND key = '$2'}"
}

# jobs_wrong prints every violation of the contract, one a line; nothing when all is well. For a system at rest.
jobs_wrong() {
    local kind tables=
    for kind in $(sql "SELECT kind FROM job_kinds WHERE kind IN ('null', 'fail', 'hang', 'crash')"); do
        tables+="${tables:+ UNION ALL }SELECT '$kind' AS kind, id::text AS key, job_status, job_worker, job_due_at FROM ${kind}_jobs"
    done
    sql "WITH job AS ($tables)
         SELECT 'completed twice: ' || kind || ' ' || key || ' generation ' || generation
           FROM witness.transitions WHERE became = 'complete' GROUP BY kind, key, generation HAVING count(*) > 1
         UNION ALL
         SELECT 'effects twice: ' || key || ' generation ' || generation
           FROM fail_jobs_effects GROUP BY key, generation HAVING count(*) > 1
         UNION ALL
         SELECT 'effects of a job that is not complete: ' || e.key
           FROM fail_jobs_effects AS e
          WHERE NOT EXISTS (SELECT FROM witness.transitions AS t WHERE t.kind = 'fail' AND t.key = e.key
                               AND t.generation = e.generation AND t.became IN ('complete', 'pending') AND t.was = 'processing')
         UNION ALL
         SELECT 'in work without a holding: ' || job.kind || ' ' || job.key FROM job
          WHERE job_status = 'processing'
            AND NOT EXISTS (SELECT FROM holdings AS h WHERE h.kind = job.kind AND h.worker = job.job_worker AND job.key = ANY (h.keys))
         UNION ALL
         SELECT 'held in vain: worker ' || h.worker || ' batch ' || h.batch || ' ' || h.kind FROM holdings AS h
          WHERE NOT EXISTS (SELECT FROM job WHERE job.kind = h.kind AND job.key = ANY (h.keys) AND job.job_worker = h.worker)
         UNION ALL
         SELECT 'held by an unknown worker: ' || worker FROM holdings WHERE worker NOT IN (SELECT id FROM workers)"
}

# send [-p PARTITION] [-e EPOCH] KIND KEY...: messages as the producer would send them, by hand.
send() {
    local kind epoch=0 partition=()
    while [ "${1:0:1}" = - ]; do
        case $1 in
        -p) partition=(-p "$2") ;;
        -e) epoch=$2 ;;
        esac
        shift 2
    done
    kind=$1
    shift
    jq -jn --arg kind "$kind" --argjson epoch "$epoch" \
        '$ARGS.positional[] as $key | $key + "\u0001" + ({$kind, $key, $epoch} | tojson) + "\u0002"' --args -- "$@" |
        timeout 20 kcat -q -b "$BOOTSTRAP" -P -t "paceline.$kind" -K $'\001' -D $'\002' -X topic.partitioner=murmur2_random "${partition[@]}"
}

# send_raw TOPIC KEY [KCAT ARGUMENT...]: the value is standard input as it is.
send_raw() {
    local topic=$1 key=$2
    shift 2
    cat >"$TEST_DIR/value"
    timeout 20 kcat -q -b "$BOOTSTRAP" -P -t "$topic" -k "$key" -X topic.partitioner=murmur2_random "$@" "$TEST_DIR/value"
}

# messages TOPIC [FORMAT]: all messages of a topic, one a line.
messages() {
    timeout 30 kcat -q -b "$BOOTSTRAP" -C -t "$1" -o beginning -e -f "${2:-%k %s\n}" 2>"$TEST_DIR/kcat.err"
}

# consumed WORKER KIND: messages it has read. 0 before the first.
consumed() {
    local n
    n=$(metric "$1" "paceline_message_consume_total{kind=\"$2\"}")
    echo "${n:-0}"
}

# lag KIND: messages that the group has not committed.
lag() {
    program reaper status --json | jq -r ".kinds[] | select(.kind == \"$1\") | .lag"
}

# wait_sharing KIND WORKER...: these workers, which started together, share the topic of a kind, and whatever was sent is read.
# Messages of no row tell: a worker that is ready may still wait for the others.
wait_sharing() {
    local kind=$1
    shift
    workers_read() {
        local worker
        send "$kind" 00000000-0000-4000-8000-{000000000001..000000000032}
        for worker in "$@"; do
            [ "$(consumed "$worker" "$kind")" -gt 0 ] || return 1
        done
    }
    wait_for 60 "workers_read $*" && wait_value 30 0 lag "$kind" || bail_out "$* do not share the topic of $kind"
}

# session_open: a session beside the test's own, which can hold a transaction open. session_say SQL...
session_open() {
    mkfifo "$TEST_DIR/session"
    start session bash -c "PGAPPNAME=session exec psql -XAtq <'$TEST_DIR/session'"
    exec 7>"$TEST_DIR/session"
}

# session_say SQL STATE: says it, and waits until the session is in that state ("idle in transaction", "idle").
session_say() {
    echo "$1" >&7
    wait_value 10 "$2" sql "SELECT state FROM pg_stat_activity WHERE application_name = 'session'"
}

# slots_of WORKER: the processes of its slots, one a line.
slots_of() {
    role_of "$1" slot
}

# wait_listening WORKER: it hears of what the reaper gives back; it may not have joined its group yet.
wait_listening() {
    wait_for 20 "ready $1 | grep -qE '^ok|joining the group'" || bail_out "$1 does not listen: $(tail -n 5 "$TEST_DIR/$1.log")"
}

# has_failpoints: the programs were built with them (make test does).
has_failpoints() {
    grep -qa 'job\.claimed' "$BUILD/paceline-worker"
}
