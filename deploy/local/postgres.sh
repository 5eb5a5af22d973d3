# shellcheck shell=bash
# postgres.sh - a private PostgreSQL cluster, for the local stack and for tests. Sourced, not run.
#
# Functions take the cluster's folder. Its data is in FOLDER/data and its socket in FOLDER, which nobody but the
# server's account and root may enter: on the socket every role is trusted. Root cannot run PostgreSQL, so
# then it runs as `postgres`, which must be able to reach the folder.

PG_BIN=${PG_BIN:-/usr/lib/postgresql/15/bin}
PATH=$PG_BIN:$PATH # Debian's psql is a script that looks for the server's version at each call
PG_ACCOUNT=postgres # when root starts it
PG_INIT_ARGS=()     # more arguments for initdb

# pg_as_server COMMAND...: runs a command under the server's account, in a folder that it may read.
pg_as_server() {
    if [ "$(id -u)" -eq 0 ]; then
        (cd / && setpriv --reuid="$PG_ACCOUNT" --regid="$PG_ACCOUNT" --init-groups -- "$@")
    else
        "$@"
    fi
}

# pg_folder_make FOLDER: makes the folder and gives it to the server's account. Fails if that account cannot get
# there (a clone in /root), or if the path is too long for a socket (107 bytes with its name).
pg_folder_make() {
    mkdir -p "$1" || return 1
    chmod 700 "$1" || return 1
    [ "$(id -u)" -ne 0 ] || chown "$PG_ACCOUNT:$PG_ACCOUNT" "$1" || return 1
    [ ${#1} -le 90 ] && pg_as_server test -w "$1" 2>/dev/null
}

# pg_init FOLDER SETTING=VALUE...: makes an empty cluster. Over the network a password is asked for.
pg_init() {
    local folder=$1 setting
    shift
    pg_as_server "$PG_BIN/initdb" -D "$folder/data" -U postgres -A trust --auth-host=scram-sha-256 -E UTF8 --locale=C.UTF-8 \
        --no-instructions "${PG_INIT_ARGS[@]}" >"${PG_INIT_LOG:-/dev/null}" || return 1
    {
        echo "unix_socket_directories = '${folder//\'/\'\'}'"
        echo "unix_socket_permissions = 0700"
        for setting in "$@"; do
            echo "${setting%%=*} = '${setting#*=}'"
        done
    } | pg_as_server tee -a "$folder/data/postgresql.conf" >/dev/null
}

# pg_settings_queue prints what any server needs under a queue: see "Claim, lease, fence" in the reference.
pg_settings_queue() {
    printf '%s\n' wal_level=logical max_replication_slots=8 max_wal_senders=8 max_connections=100 jit=off \
        tcp_keepalives_idle=10 tcp_keepalives_interval=5 tcp_keepalives_count=3 tcp_user_timeout=10s \
        client_connection_check_interval=5s autovacuum_naptime=10s timezone=UTC log_timezone=UTC
}

# pg_command FOLDER [SIGNAL] sets PG_COMMAND to what starts the server in the foreground, without a process in between,
# so that $! is the postmaster. With SIGNAL it gets that signal when its parent ends (INT: fast, QUIT: at once).
pg_command() {
    PG_COMMAND=(setpriv)
    [ "$(id -u)" -ne 0 ] || PG_COMMAND+=(--reuid="$PG_ACCOUNT" --regid="$PG_ACCOUNT" --init-groups)
    [ -z "${2:-}" ] || PG_COMMAND+=(--pdeathsig "$2")
    PG_COMMAND+=(-- "$PG_BIN/postgres" -D "$1/data")
}

# pg_connection FOLDER USER prints the connection string of the database `paceline` in that cluster; the folder's name may have
# spaces and quotes in it.
pg_connection() {
    local host=${1//\\/\\\\}
    echo "host='${host//\'/\\\'}' port=${PGPORT:-5432} dbname=paceline user=$2"
}

# pg_answers FOLDER PORT
pg_answers() {
    "$PG_BIN/pg_isready" -q -h "$1" -p "$2" -U postgres -t 2
}
