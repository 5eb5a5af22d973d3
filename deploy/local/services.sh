# shellcheck shell=bash
# services.sh - the stack without containers: PostgreSQL, broker, producer, workers, reaper. Sourced, not run.
#
# state_open NAME first; then stack_start, and stack_stop. Everything lives in STATE (PACELINE_STATE/NAME, by default .state/NAME
# in the clone); STATE/env is what a shell needs to use the stack. BROKER=kafka takes a real Kafka (deploy/kafka/kafka) in
# place of the embedded broker.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
BUILD=${BUILD:-build}
case $BUILD in /*) ;; *) BUILD=$ROOT/$BUILD ;; esac
WORKERS=${WORKERS:-2} # programs
SLOTS=${SLOTS:-2}     # slots of each
HTTP_PORT=${HTTP_PORT:-0}
BROKER=${BROKER:-embedded}
# shellcheck source=deploy/local/process.sh
. "$ROOT/deploy/local/process.sh"
# shellcheck source=deploy/local/postgres.sh
. "$ROOT/deploy/local/postgres.sh"
KAFKA=$ROOT/deploy/kafka/kafka
export PSQLRC=/dev/null

# state_open NAME: the folder of this stack, held by one script at a time (released when the script ends).
state_open() {
    STATE=${PACELINE_STATE:-$ROOT/.state}/$1
    mkdir -p "$STATE/log" || die "cannot make $STATE"
    STATE=$(cd "$STATE" && pwd)
    touch "$STATE/pids"
    exec 9>"$STATE/lock"
    flock -n 9 || die "another script is at work in $STATE"
}

# state_clear forgets everything of a former stack: data, logs, keys.
state_clear() {
    local cluster
    stack_stop
    cluster=$(cat "$STATE/cluster" 2>/dev/null)
    # Only what we made: the folder in the state, or a temporary one that carries our name.
    case $cluster in
    "$STATE"/* | */paceline-postgres.??????) rm -rf "$cluster" ;;
    esac
    find "$STATE" -mindepth 1 ! -name lock -delete
    mkdir -p "$STATE/log"
    touch "$STATE/pids"
}

# cluster_folder sets CLUSTER: in the state folder, or, where the server's account cannot get there (a clone in
# /root) or the path is too long for a socket, in a temporary folder of its own, noted in STATE/cluster.
cluster_folder() {
    local run=/tmp
    CLUSTER=$(cat "$STATE/cluster" 2>/dev/null)
    [ -z "$CLUSTER" ] || [ ! -d "$CLUSTER" ] || return 0
    CLUSTER=$STATE/postgres
    if ! pg_folder_make "$CLUSTER"; then
        rmdir "$CLUSTER" 2>/dev/null
        [ "$(id -u)" -eq 0 ] || run=${XDG_RUNTIME_DIR:-/tmp}
        CLUSTER=$(mktemp -d "$run/paceline-postgres.XXXXXX") || die "cannot make a folder in $run"
        pg_folder_make "$CLUSTER" || die "PostgreSQL's account cannot reach $CLUSTER"
    fi
    echo "$CLUSTER" >"$STATE/cluster"
}

postgres_init() {
    local settings
    mapfile -t settings < <(pg_settings_queue)
    PG_INIT_LOG=$STATE/log/initdb.log pg_init "$CLUSTER" "${settings[@]}" listen_addresses=127.0.0.1 shared_buffers=128MB \
        max_slot_wal_keep_size=4GB || die "initdb failed: $(log_tail initdb)"
}

# postgres_try PORT: false if the server ended, as it does when the port is taken.
postgres_try() {
    local signal=INT
    [ -z "${DETACHED:-}" ] || signal=
    pg_command "$CLUSTER" "$signal"
    process_start postgres "${PG_COMMAND[@]}" -c "port=$1"
    until pg_answers "$CLUSTER" "$1"; do
        process_is_running postgres || return 1
        sleep 0.05
    done
}

# postgres_start: on the socket and on a port of 127.0.0.1 that nobody has. The kernel cannot be asked for one
# (the port is also in the socket's name), so ports are tried.
postgres_start() {
    local try
    cluster_folder
    [ -e "$CLUSTER/data/PG_VERSION" ] || postgres_init
    for try in 1 2 3 4 5 6 7 8; do
        PGPORT=$((20000 + RANDOM % 12000))
        if postgres_try "$PGPORT"; then
            export PGPORT PGHOST=$CLUSTER PGUSER=postgres PGDATABASE=paceline
            return
        fi
        grep -q 'Address already in use' "$STATE/log/postgres.log" || break
    done
    die "PostgreSQL does not start (try $try): $(log_tail postgres)"
}

# sql QUERY: prints the rows, columns separated by '|'.
sql() {
    local query=$1
    shift
    psql -XAtq -v ON_ERROR_STOP=1 "$@" -c "$query"
}

database_make() {
    [ "$(sql "SELECT count(*) FROM pg_database WHERE datname = 'paceline'" -d postgres)" = 1 ] ||
        sql 'CREATE DATABASE paceline' -d postgres || die 'cannot make the database'
}

# database_of NAME: the connection string of one of the programs, under its own role.
database_of() {
    pg_connection "$CLUSTER" "$1"
}

broker_start() {
    rm -f "$STATE/broker.port"
    "broker_start_$BROKER"
    BOOTSTRAP=$(cat "$STATE/broker.port")
}

broker_start_embedded() {
    BROKER_CONTROL=$CLUSTER/broker.control # a socket's path is short, as this folder's is
    process_start broker "$BUILD/paceline-broker" --control "$BROKER_CONTROL" --port-file "$STATE/broker.port"
    wait_until 10 test -s "$STATE/broker.port" || die "the broker does not start: $(log_tail broker)"
}

# broker_start_kafka: Kafka keeps its data in STATE/kafka. Somebody else may take a port before it does: then again, with
# other ports.
broker_start_kafka() {
    local try
    BROKER_CONTROL= # no such thing: topics are made as in any Kafka
    for try in 1 2 3; do
        "$KAFKA" make "$STATE/kafka" >"$STATE/log/kafka.log" 2>&1 || die "no Kafka: $(log_tail kafka)"
        process_start broker "$KAFKA" run "$STATE/kafka"
        wait_until 60 kafka_is_settled
        process_is_running broker && break
        log_tail broker 40 | grep -q 'Address already in use' || break
    done
    "$KAFKA" status "$STATE/kafka" >"$STATE/log/kafka.log" || die "Kafka does not start (try $try): $(log_tail broker)"
    "$KAFKA" bootstrap "$STATE/kafka" >"$STATE/broker.port"
}

# kafka_is_settled: it answers, or it ended.
kafka_is_settled() {
    process_is_gone broker || "$KAFKA" status "$STATE/kafka"
}

random_key() {
    head -c 32 /dev/urandom | base64 -w0
}

# keys_load: keys of this stack alone, made at its first start and kept in STATE/keys.
keys_load() {
    if [ ! -s "$STATE/keys" ]; then
        (
            umask 077
            for name in SECRET_KEY SERVICE_KEY WEBHOOK_SECRET JWT_SECRET; do
                echo "export PACELINE_$name='$(random_key)'"
            done >"$STATE/keys"
        )
    fi
    # shellcheck disable=SC1091
    . "$STATE/keys"
}

# program_env NAME sets PROGRAM_ENV to the environment of paceline-NAME: its database role and the broker.
program_env() {
    PROGRAM_ENV=(env "PACELINE_DATABASE=$(database_of "paceline_$1")" "PACELINE_BOOTSTRAP_SERVERS=$BOOTSTRAP"
        "PACELINE_BROKER_CONTROL=$BROKER_CONTROL" PACELINE_OPS_LISTEN=127.0.0.1:0)
    # The embedded broker takes almost two more sessions to give a dead member's partitions to another, so a
    # session is shorter than where a real Kafka is.
    [ "$1" != worker ] || [ "$BROKER" = kafka ] || PROGRAM_ENV+=("PACELINE_RDKAFKA=session.timeout.ms=4000;heartbeat.interval.ms=500")
    [ "$1" != producer ] || PROGRAM_ENV+=("PACELINE_HTTP_LISTEN=127.0.0.1:$HTTP_PORT")
}

# program NAME ARGUMENT...: runs a subcommand of paceline-NAME in the foreground.
program() {
    local name=$1
    shift
    program_env "$name"
    "${PROGRAM_ENV[@]}" "$BUILD/paceline-$name" "$@"
}

# program_start AS NAME ARGUMENT...: starts paceline-NAME under the name AS.
program_start() {
    local as=$1 name=$2
    shift 2
    rm -f "$STATE/$as.ports"
    program_env "$name"
    process_start "$as" "${PROGRAM_ENV[@]}" "PACELINE_PORT_FILE=$STATE/$as.ports" "$BUILD/paceline-$name" "$@"
}

# port_of AS NAME: the port that a program listens on under that name (http, worker-ops).
port_of() {
    awk -v name="(^|-)$2\$" '$1 ~ name { port = $2 } END { print port }' "$STATE/$1.ports" 2>/dev/null
}

# program_is_settled NAME: it is ready, or it ended.
program_is_settled() {
    process_is_gone "$1" || curl -fsS -m 5 "http://127.0.0.1:$(port_of "$1" ops)/readyz"
}

program_wait() {
    wait_until 60 program_is_settled "$1" || die "$1 is not ready: $(log_tail "$1")"
    process_is_running "$1" || die "$1 ended: $(log_tail "$1")"
}

# metric AS NAME: the sum of a metric over its labels, as the program's /metrics has it.
metric() {
    curl -fsS -m 5 "http://127.0.0.1:$(port_of "$1" ops)/metrics" 2>/dev/null |
        awk -v name="$2" '{ split($1, part, "{") } part[1] == name { sum += $2 } END { print sum + 0 }'
}

worker_names() {
    seq -f 'worker%.0f' 1 "$WORKERS"
}

programs_start() {
    local name
    program_start producer producer
    program_start reaper reaper
    for name in $(worker_names); do
        program_start "$name" worker -j "$SLOTS"
    done
    for name in producer reaper $(worker_names); do
        program_wait "$name"
    done
    HTTP_URL=http://127.0.0.1:$(port_of producer http)
}

# env_write: STATE/env, to be sourced. It holds keys, so only its owner may read it.
env_write() {
    (
        umask 077
        {
            cat "$STATE/keys"
            printf 'export %s=%q\n' PGHOST "$CLUSTER" PGPORT "$PGPORT" PGUSER postgres PGDATABASE paceline \
                DATABASE "$(database_of postgres)" PACELINE_DATABASE "$(database_of postgres)" \
                BOOTSTRAP "$BOOTSTRAP" PACELINE_BOOTSTRAP_SERVERS "$BOOTSTRAP" PACELINE_BROKER_CONTROL "$BROKER_CONTROL" \
                HTTP_URL "$HTTP_URL" OPS_PRODUCER "http://127.0.0.1:$(port_of producer ops)" \
                OPS_REAPER "http://127.0.0.1:$(port_of reaper ops)"
            for name in $(worker_names); do
                echo "export OPS_${name^^}='http://127.0.0.1:$(port_of "$name" ops)'"
            done
            while read -r name pid _; do
                echo "export PID_${name^^}=$pid"
            done <"$STATE/pids"
        } >"$STATE/env.new"
    )
    mv "$STATE/env.new" "$STATE/env"
}

# need_number NAME LEAST MOST: the variable of this name is a whole number of this range.
need_number() {
    [[ ${!1} =~ ^[0-9]{1,9}$ ]] && [ "$((10#${!1}))" -ge "$2" ] && [ "$((10#${!1}))" -le "$3" ] ||
        die "$1=${!1}: not a whole number from $2 to $3"
}

# need_fleet LEAST: there is all that a fleet of at least so many workers is made of.
need_fleet() {
    local name
    need_number WORKERS "$1" 1000
    need_number SLOTS 1 1000
    need_number HTTP_PORT 0 65535
    case $BROKER in
    embedded) ;;
    kafka) "$KAFKA" fetch || die 'BROKER=kafka: no Kafka (see above)' ;;
    *) die "BROKER=$BROKER: it is embedded or kafka" ;;
    esac
    [ -x "$PG_BIN/postgres" ] || die "no PostgreSQL 15 in $PG_BIN: run deploy/setup"
    for name in broker producer worker reaper; do
        [ -x "$BUILD/paceline-$name" ] || die "$BUILD/paceline-$name is missing: run make"
    done
}

# stack_start: everything, in the order in which one needs the other.
stack_start() {
    keys_load
    postgres_start
    database_make
    broker_start
    # The migration makes roles and grants, so it runs as the owner of the cluster.
    program reaper migrate --database "$(database_of postgres)" >"$STATE/log/migrate.log" 2>&1 || die "migrate failed: $(log_tail migrate)"
    program producer topics >"$STATE/log/topics.log" 2>&1 || die "topics failed: $(log_tail topics)"
    programs_start
    env_write
}

# stack_stop: workers drain first, then what feeds them; nothing that was started is left.
stack_stop() {
    [ -s "$STATE/pids" ] || return 0
    # shellcheck disable=SC2046 # names are words
    process_stop 30 TERM $(process_names | grep -E '^worker' || true)
    process_stop 20 TERM producer reaper
    process_stop 10 TERM broker
    process_stop 20 INT postgres
    : >"$STATE/pids"
    rm -f "$STATE/env"
}
