#!/bin/bash
# docker-compose.yml: the programs take its settings, PostgreSQL gets the queue's, the health checks and accounts work.
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/cluster.sh"
for program in docker-compose curl jq; do
    command -v $program >/dev/null || skip_all "$program is not installed (deploy/setup --dev)"
done
# docker-compose's own interpreter has a reader of YAML.
/usr/bin/python3 -c 'import yaml' 2>/dev/null || skip_all 'no /usr/bin/python3 with yaml'
unset "${!PACELINE_@}"

compose() {
    docker-compose -f "$ROOT/docker-compose.yml" --env-file "$TEST_DIR/env" "$@"
}

# of QUERY [JQ-ARGUMENT...]: asks the file, all variables filled in.
of() {
    jq -r "$@" "$TEST_DIR/compose.json"
}

# --- the file itself, and the variables that it wants
touch "$TEST_DIR/env"
fails 'without passwords nothing starts' compose config -q
like "$(cat "$TEST_DIR/ok.out")" 'new-env' 'and it says who makes them'
"$ROOT/deploy/new-env" >"$TEST_DIR/env"
ok 'docker-compose accepts the file' compose config -q
compose config | /usr/bin/python3 -c 'import json, sys, yaml; json.dump(yaml.safe_load(sys.stdin), sys.stdout)' >"$TEST_DIR/compose.json"
is "$(grep -o '\${[A-Z_]*' "$ROOT/docker-compose.yml" | tr -d '${' | sort -u)" "$(sed -n 's/=.*//p' "$TEST_DIR/env" | grep -v '^#' | sort)" \
    'new-env makes every variable of the file, and no other'
is "$("$ROOT/deploy/new-env" | sort - "$TEST_DIR/env" | uniq -d | grep -v '^#' | sed '/^$/d')" '' 'and never the same secret twice'

# --- services
is "$(of '.services | to_entries[] | select(.value.healthcheck == null) | .key')" migrate 'every service that stays has a health check'
is "$(of '.services.worker | has("ports") or has("container_name")')" false 'the worker can be scaled: no port and name of its own'
drain_s=$("$BUILD/paceline-worker" check-config | sed -nE 's/^drain_timeout_s = ([0-9]+);.*/\1/p')
for name in producer worker reaper; do
    grace_s=$(of ".services.$name.stop_grace_period" | sed 's/s$//')
    ok "$name may drain before it is killed: $grace_s s for $drain_s s" test "$grace_s" -ge $((drain_s + 5))
    is "$(of ".services.$name | .read_only, .cap_drop[0], .command[0]" | tr '\n' ' ')" "true ALL paceline-$name " "$name has no rights beyond its own"
    of ".services.$name.environment | to_entries[] | \"\(.key)=\(.value)\"" >"$TEST_DIR/environment"
    mapfile -t environment <"$TEST_DIR/environment"
    ok "$name takes these settings" env -i "${environment[@]}" "$BUILD/paceline-$name" --config /dev/null check-config
    cp "$TEST_DIR/ok.out" "$TEST_DIR/$name.config"
    for variable in $(sed -n 's/^\(PACELINE_[A-Z_]*\)=.*/\1/p' "$TEST_DIR/environment"); do
        ok "$name has the option $variable" grep -qE "# $variable(: set)?\$" "$TEST_DIR/$name.config"
    done
    port=$(sed -nE 's/^ops_listen = "0\.0\.0\.0:([0-9]+)".*/\1/p' "$TEST_DIR/$name.config")
    is "$(of ".services.$name.healthcheck.test | join(\" \")")" "CMD paceline-probe $port /readyz" "$name is asked at its own port"
    is "$(/usr/bin/python3 -c 'import sys, yaml
for job in yaml.safe_load(open(sys.argv[1]))["scrape_configs"]:
    for at in job["dns_sd_configs"]: print(*at["names"], at["port"])' "$ROOT/deploy/prometheus/prometheus.yml" | grep "^$name ")" \
        "$name $port" "where Prometheus finds it, too"
done
is "$(of '.services.migrate.environment.PACELINE_BOOTSTRAP_SERVERS')" 'kafka:9092' 'migrate makes the topics'
for setting in $(pg_settings_queue); do
    ok "PostgreSQL runs with $setting" of -e --arg s "-c$setting" '.services.postgres.command | index($s)'
done

# --- as its services would run: their environment and commands, with this test's PostgreSQL and broker for theirs
# The accounts need their passwords here as over the network; PostgreSQL's own does not.
pg_start
set -a
# shellcheck disable=SC1091
. "$TEST_DIR/env"
set +a
ok 'PostgreSQL'\''s image makes the accounts' env POSTGRES_USER=postgres POSTGRES_DB=paceline "$ROOT/deploy/docker/roles.sh"
sed -i '1i local all paceline_producer,paceline_worker,paceline_reaper scram-sha-256' "$PG_FOLDER/data/pg_hba.conf"
sql 'SELECT pg_reload_conf()' >/dev/null
ok 'which ask for a password' wait_for 10 '! psql -X -w -U paceline_worker -c "SELECT 1"'
broker_start

# as_service SERVICE sets SERVICE_ENV and SERVICE_COMMAND.
as_service() {
    mapfile -t SERVICE_ENV < <(of ".services.$1.environment | to_entries[] | \"\(.key)=\(.value)\"" |
        sed "s,host=postgres ,host=$PG_FOLDER ,; s/kafka:9092/$BOOTSTRAP/; s/0\.0\.0\.0:[0-9]*/127.0.0.1:0/")
    SERVICE_ENV=(env -i "PATH=$BUILD:$PATH" "${SERVICE_ENV[@]}" "PACELINE_BROKER_CONTROL=$CONTROL" PACELINE_HTTP_LISTEN=127.0.0.1:0 "PACELINE_PORT_FILE=$TEST_DIR/$1.ports")
    mapfile -t SERVICE_COMMAND < <(of ".services.$1.command[]")
}

as_service migrate
sql "ALTER ROLE postgres PASSWORD '$POSTGRES_PASSWORD'"
ok 'migrate ends well' "${SERVICE_ENV[@]}" "${SERVICE_COMMAND[@]}"
ok 'also when there is nothing to do' "${SERVICE_ENV[@]}" "${SERVICE_COMMAND[@]}"
sql "CREATE TABLE null_jobs (id bigint PRIMARY KEY); SELECT job_adopt('null_jobs', kind => 'null')" >/dev/null
ok 'and makes the topic of a kind adopted later' "${SERVICE_ENV[@]}" "${SERVICE_COMMAND[@]}"
for name in producer worker reaper; do
    as_service $name
    start $name "${SERVICE_ENV[@]}" "${SERVICE_COMMAND[@]}"
done
for name in producer worker reaper; do
    wait_ready $name
done
sql 'INSERT INTO null_jobs SELECT generate_series(1, 20)'
ok 'jobs are done' wait_value 30 20 sql "SELECT count(*) FROM null_jobs WHERE job_status = 'complete'"
is "$(for name in producer worker reaper; do curl -sS -m 5 "http://127.0.0.1:$(port_of $name ops)/metrics"; done | grep -c '^paceline_process_restart_total{')" 0 \
    'and no process had to be started twice'

# --- the probe of the health checks
probe=$ROOT/deploy/docker/probe
port=$(port_of reaper ops)
ok 'the probe finds a ready program' "$probe" "$port" /readyz
like "$(cat "$TEST_DIR/ok.out")" 'ok' 'and shows its answer'
fails 'a path that is not there is no success' "$probe" "$port" /health
fails 'nor is a missing argument' "$probe" "$port"
pg_kill
ok 'a program that is alive and not ready' wait_for 30 '! "$probe" "$port" /readyz'
like "$("$probe" "$port" /readyz)" 'no connection to PostgreSQL' 'says why'
ok 'is alive' "$probe" "$port" /livez
stop reaper
fails 'nobody there is no success' "$probe" "$port" /livez
done_testing
