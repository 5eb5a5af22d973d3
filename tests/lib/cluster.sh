# shellcheck shell=bash
# cluster.sh - a private database, an embedded broker and the three programs, for one pipeline test.
#
#   . "$(dirname "$0")/../lib/tap.sh"
#   . "$(dirname "$0")/../lib/cluster.sh"
#   stack_start                        # or, one by one: pg_start migrate broker_start topics producer_start ...
#   sql "INSERT INTO ..."
#   ok 'all done' wait_value 20 0 sql "SELECT count(*) FROM ... WHERE job_status <> 'complete'"
#   done_testing
#
# The database listens on a socket only, with fsync off. Everything started here ends with the test.
# Names of programs for `start`, `stop`, `is_running`: postgres broker producer worker (or the name given) reaper.

# shellcheck source=deploy/local/postgres.sh
. "$ROOT/deploy/local/postgres.sh"

for program in "$PG_BIN/postgres" "$PG_BIN/initdb" "$PG_BIN/psql"; do
    [ -x "$program" ] || skip_all "no PostgreSQL 15 here: $program is missing (deploy/setup installs it)"
done

PG_FOLDER=$TEST_DIR/pg
BROKER=${BROKER:-embedded} # or kafka: Apache Kafka, which keeps its data in $TEST_DIR/kafka
KAFKA=$ROOT/deploy/kafka/kafka
CONTROL=$TEST_DIR/broker.control
[ "$BROKER" = embedded ] || CONTROL= # topics are made as in any Kafka
BROKER_PORT=0
export HTTP_URL=
CONFIG=$TEST_DIR/paceline.conf # read by every program; a test may append to it before it starts them
export PGHOST=$PG_FOLDER PGUSER=postgres PGDATABASE=paceline PGPORT=5432 PSQLRC=/dev/null PGTZ=UTC
DATABASE=$(pg_connection "$PG_FOLDER" postgres)
export DATABASE

# Secrets of this test alone. They are not secret.
export PACELINE_SERVICE_KEY=service-key-of-a-test
export PACELINE_WEBHOOK_SECRET=webhook-secret-of-a-test
export PACELINE_JWT_SECRET=jwt-secret-of-a-test-of-32-bytes-or-more
export PACELINE_SECRET_KEY=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=

cat >"$CONFIG" <<'END'
ops_listen = "127.0.0.1:0";
http_listen = "127.0.0.1:0";
drain_timeout_s = 10;
rdkafka = ( ("fetch.wait.max.ms", "10") );
END

# sql QUERY [PSQL ARGUMENT...]: prints the rows, columns separated by '|'. Several statements are one transaction.
sql() {
    local query=$1
    shift
    psql -XAtq -v ON_ERROR_STOP=1 "$@" -c "$query"
}

# pg_run starts the server on the folder as it is and waits until it answers; PG_ARGS adds settings.
pg_run() {
    pg_command "$PG_FOLDER" QUIT
    start postgres "${PG_COMMAND[@]}" "${PG_ARGS[@]}"
    wait_for 30 'pg_answers "$PG_FOLDER" 5432' || bail_out "PostgreSQL does not start: $(tail -n 5 "$TEST_DIR/postgres.log")"
}
PG_ARGS=()

# pg_start [SETTING=VALUE...] makes a cluster with an empty database `paceline` and starts it.
pg_start() {
    local settings
    mapfile -t settings < <(pg_settings_queue)
    pg_folder_make "$PG_FOLDER" || bail_out "the database's account cannot reach $PG_FOLDER"
    PG_INIT_ARGS=(--no-sync)
    pg_init "$PG_FOLDER" "${settings[@]}" listen_addresses= fsync=off full_page_writes=off shared_buffers=32MB \
        max_wal_size=256MB "$@" || bail_out 'initdb failed'
    pg_run
    sql 'CREATE DATABASE paceline' -d postgres || bail_out 'no database'
}

# pg_kill [SIGNAL]: INT stops it fast, QUIT at once as a crash would. pg_run brings it back.
pg_kill() {
    stop postgres "${1:-INT}" 30
}

# migrate brings the database to the newest schema by the program that users run.
migrate() {
    program reaper migrate --database "$DATABASE" >"$TEST_DIR/migrate.log" 2>&1 ||
        bail_out "migrate failed: $(tail -n 5 "$TEST_DIR/migrate.log")"
}

# broker_start [ARGUMENT...]: sets BOOTSTRAP. Started again, it listens at the same port; the embedded broker, to which arguments
# go, has forgotten all.
broker_start() {
    "broker_start_$BROKER" "$@"
}

broker_start_embedded() {
    rm -f "$TEST_DIR/broker.ports"
    start broker "$BUILD/paceline-broker" --port "$BROKER_PORT" --control "$CONTROL" --port-file "$TEST_DIR/broker.ports" "$@"
    wait_for 10 'test -s "$TEST_DIR/broker.ports"' || bail_out "no broker: $(cat "$TEST_DIR/broker.log")"
    BOOTSTRAP=$(cat "$TEST_DIR/broker.ports")
    BROKER_PORT=${BOOTSTRAP##*:}
}

# As on the embedded broker, members that start together share everything from the first, and sessions may be short. A test
# may have written settings of its own.
broker_start_kafka() {
    mkdir -p "$TEST_DIR/kafka"
    [ -e "$TEST_DIR/kafka/more.properties" ] ||
        printf '%s\n' group.initial.rebalance.delay.ms=3000 group.min.session.timeout.ms=1000 >"$TEST_DIR/kafka/more.properties"
    "$KAFKA" fetch 2>"$TEST_DIR/kafka.log" || skip_all "no Kafka: $(tail -n 1 "$TEST_DIR/kafka.log")"
    "$KAFKA" make "$TEST_DIR/kafka" 2>>"$TEST_DIR/kafka.log" || bail_out "no Kafka: $(tail -n 5 "$TEST_DIR/kafka.log")"
    start broker "$KAFKA" run "$TEST_DIR/kafka"
    wait_for 120 '! is_running broker || "$KAFKA" status "$TEST_DIR/kafka"'
    is_running broker || bail_out "Kafka does not start: $(tail -n 5 "$TEST_DIR/broker.log")"
    BOOTSTRAP=$("$KAFKA" bootstrap "$TEST_DIR/kafka")
}

# broker_say COMMAND...: (embedded) create TOPIC PARTITIONS, down ID, up ID, rtt ID MS, error APIKEY CODE COUNT, ping
broker_say() {
    "$BUILD/paceline-broker" say "$CONTROL" "$@"
}

# needs_embedded_broker WHY: the whole file does not apply to a real Kafka.
needs_embedded_broker() {
    [ "$BROKER" = embedded ] || skip_all "BROKER=$BROKER: $*"
}

# broker_away, broker_back: out of reach, and back with all it had. Kafka is stopped and started.
broker_away() {
    if [ "$BROKER" = kafka ]; then
        stop broker TERM 30
    else
        broker_say down 1 >/dev/null
    fi
}

broker_back() {
    if [ "$BROKER" = kafka ]; then
        broker_start
    else
        broker_say up 1 >/dev/null
    fi
}

# broker_wipe: the broker is killed and starts without its data. Its topics are there again at once, before clients ask for
# them: the embedded broker would make them then, with another number of partitions.
broker_wipe() {
    local arguments
    mapfile -t arguments < <(sql "SELECT '--topic=paceline.' || kind FROM job_kinds UNION ALL SELECT '--topic=paceline.dead'")
    stop broker KILL
    if [ "$BROKER" = kafka ]; then
        wait_for 20 '"$KAFKA" wipe "$TEST_DIR/kafka"' || bail_out 'Kafka cannot be wiped' # threads of the killed may still end
        broker_start
        topics
    else
        broker_start "${arguments[@]}"
    fi
}

# program NAME ARGUMENT...: runs paceline-NAME in the foreground with the test's configuration.
program() {
    local name=$1
    shift
    env PACELINE_DATABASE="$(database_of "$name")" PACELINE_BOOTSTRAP_SERVERS="${BOOTSTRAP:-127.0.0.1:1}" \
        PACELINE_BROKER_CONTROL="$CONTROL" PACELINE_CONFIG="$CONFIG" "$BUILD/paceline-$name" "$@"
}

# database_of NAME: each program connects under its own role, so that missing grants are found.
database_of() {
    pg_connection "$PG_FOLDER" "paceline_$1"
}

topics() {
    program producer topics >>"$TEST_DIR/topics.log" 2>&1 || bail_out "topics failed: $(tail -n 12 "$TEST_DIR/topics.log" | grep -v '^paceline\.')"
}

# start_program AS NAME ARGUMENT...: starts paceline-NAME under the name AS; its ports come in $TEST_DIR/AS.ports.
start_program() {
    local as=$1 name=$2
    shift 2
    rm -f "$TEST_DIR/$as.ports"
    start "$as" env PACELINE_DATABASE="$(database_of "$name")" PACELINE_BOOTSTRAP_SERVERS="${BOOTSTRAP:-127.0.0.1:1}" \
        PACELINE_BROKER_CONTROL="$CONTROL" PACELINE_CONFIG="$CONFIG" PACELINE_PORT_FILE="$TEST_DIR/$as.ports" \
        "$BUILD/paceline-$name" "$@"
}

# port_of AS NAME: a port that a program listens on (http, ops), once it does.
port_of() {
    sed -nE "s/^(.*-)?$2 //p" "$TEST_DIR/$1.ports" 2>/dev/null | tail -n 1
}

# ready AS: the program says it is ready.
ready() {
    curl -sS -m 5 --fail-with-body "http://127.0.0.1:$(port_of "$1" ops)/readyz" 2>&1
}

# metric AS NAME[{LABELS}]: the value of one metric as /metrics prints it.
metric() {
    curl -sS -m 5 "http://127.0.0.1:$(port_of "$1" ops)/metrics" | awk -v name="$2" '$1 == name { print $2 }'
}

wait_ready() {
    wait_for 90 "is_running $1 && ready $1" || bail_out "$1 is not ready: $(tail -n 5 "$TEST_DIR/$1.log")"
}

# producer_start, worker_start, reaper_start [ARGUMENT...]: start the program and wait until it is ready.
producer_start() {
    start_program producer producer "$@"
    wait_ready producer
    HTTP_URL=http://127.0.0.1:$(port_of producer http)
}

# worker_start NAME [ARGUMENT...]
worker_start() {
    local as=$1
    shift
    start_program "$as" worker "$@"
    wait_ready "$as"
}

reaper_start() {
    start_program reaper reaper "$@"
    wait_ready reaper
}

# programs_start [ARGUMENT...]: producer, reaper and a worker with these arguments, at once.
programs_start() {
    local name
    start_program producer producer
    start_program reaper reaper
    start_program worker worker "$@"
    for name in producer reaper worker; do
        wait_ready $name
    done
    HTTP_URL=http://127.0.0.1:$(port_of producer http)
}

# role_of AS ROLE: the processes of a role of a program, one a line.
role_of() {
    local child
    for child in $(pgrep -P "$(pid_of "$1")"); do
        if tr '\0' '\n' <"/proc/$child/environ" 2>/dev/null | grep -q "^PACELINE_ROLE=$2"; then
            echo "$child"
        fi
    done
}

# stack_start: everything, with one worker of two slots.
stack_start() {
    pg_start
    migrate
    broker_start
    topics
    programs_start -j 2
}
