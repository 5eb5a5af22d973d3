#!/bin/bash
# TLS to PostgreSQL, TLS and SASL to Kafka: options of libpq and librdkafka, passed through. The certificates are this test's own.
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/cluster.sh"
. "$(dirname "$0")/../lib/jobs.sh"
command -v openssl >/dev/null || skip_all 'openssl is not installed'

tls=$TEST_DIR/tls
pg_host=127.$((RANDOM % 200 + 20)).$((RANDOM % 250)).$((RANDOM % 250 + 1)) # all of 127.0.0.0/8 is loopback: its own port 5432
role_password='a password of "this" test'
mkdir "$tls"

# ca_make NAME: an authority, NAME.pem.
ca_make() {
    openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=$1" -keyout "$tls/$1.key" -out "$tls/$1.pem" 2>/dev/null
}

# certificate_make NAME [ADDRESS]: NAME.pem and NAME.key, signed by `ca`, for a server at that address.
certificate_make() {
    openssl req -newkey rsa:2048 -nodes -subj "/CN=$1" -keyout "$tls/$1.key" -out "$tls/$1.csr" 2>/dev/null &&
        openssl x509 -req -days 2 -in "$tls/$1.csr" -CA "$tls/ca.pem" -CAkey "$tls/ca.key" -CAcreateserial -out "$tls/$1.pem" \
            ${2:+-extfile <(echo "subjectAltName=IP:$2")} 2>/dev/null
}

# database_of NAME: in place of cluster.sh's: over the network, where a password is asked for.
database_of() {
    echo "host=$pg_host port=$PGPORT dbname=paceline user=paceline_$1 password='$pg_password' sslmode=verify-full sslrootcert=$pg_ca"
}

# pg_tls: the server takes nothing else from the network.
pg_tls() {
    local file name
    for file in postgres.pem postgres.key; do
        cp "$tls/$file" "$PG_FOLDER/data/$file"
        chown --reference="$PG_FOLDER/data" "$PG_FOLDER/data/$file"
        chmod 600 "$PG_FOLDER/data/$file"
    done
    sed -i '1i hostnossl all all all reject' "$PG_FOLDER/data/pg_hba.conf"
    sed -i '2i hostssl all all 127.0.0.0/8 scram-sha-256' "$PG_FOLDER/data/pg_hba.conf"
    for name in ssl_cert_file=postgres.pem ssl_key_file=postgres.key ssl=on; do
        sql "ALTER SYSTEM SET ${name%=*} = '${name#*=}'"
    done
    for name in producer worker reaper; do
        sql "ALTER ROLE paceline_$name PASSWORD '$role_password'"
    done
    sql 'SELECT pg_reload_conf()' >/dev/null
}

# kafka_by OPTION=VALUE...: librdkafka's options from now on.
kafka_by() {
    local option
    sed -i '/^rdkafka/,$d' "$CONFIG"
    {
        echo 'rdkafka = ( ("fetch.wait.max.ms", "10"), ("session.timeout.ms", "6000"), ("heartbeat.interval.ms", "500")'
        for option in "$@"; do
            echo ", (\"${option%%=*}\", \"${option#*=}\")"
        done
        echo ');'
    } >>"$CONFIG"
}

# says_it_cannot PROGRAM ROLE-LOG-PATTERN NAME: it starts, says why it cannot, is not ready, and ends when told to.
says_it_cannot() {
    start_program "$1" "$1"
    ok "$3: $1 says so" wait_for 60 "grep -E '$2' '$TEST_DIR/$1.log'"
    ok "$3: it is alive" wait_for 20 "curl -sS -f -m 5 http://127.0.0.1:\$(port_of $1 ops)/livez"
    fails "$3: and not ready" ready "$1"
    ok "$3: SIGTERM ends it" stop "$1" TERM 30
    rm "$TEST_DIR/$1.log"
}

# jobs_done NAME: a fleet does ten jobs.
next=1
jobs_done() {
    producer_start
    reaper_start
    worker_start worker
    sql "INSERT INTO null_jobs SELECT generate_series($next, $next + 9)"
    next=$((next + 10))
    ok "$1: jobs are done" wait_value 60 0 jobs_left null
    is "$(sql "SELECT count(*) FROM pg_stat_ssl AS s JOIN pg_stat_activity AS a USING (pid) WHERE a.usename LIKE 'paceline_%' AND NOT s.ssl")" 0 \
        "$1: every connection to PostgreSQL is encrypted"
    for name in producer reaper worker; do
        ok "$1: $name ends" stop $name TERM 30
    done
}

ok 'two authorities' eval 'ca_make ca && ca_make stranger'
ok 'certificates of PostgreSQL, Kafka and a client' \
    eval 'certificate_make postgres "$pg_host" && certificate_make kafka 127.0.0.1 && certificate_make client'
pg_ca=$tls/ca.pem pg_password=$role_password
pg_start "listen_addresses=$pg_host"
migrate
jobs_create null
pg_tls

# --- PostgreSQL refuses, or is refused
refused() { # PATTERN NAME
    fails "$2" program worker run-one null 1
    like "$(cat "$TEST_DIR/ok.out")" "$1" "$2: says why"
    says_it_cannot reaper "\"error\":\"[^}]*$1" "$2"
}
pg_ca=$tls/stranger.pem refused 'certificate verify failed' 'PostgreSQL of another authority'
pg_password=wrong refused 'password authentication failed' 'a wrong password to PostgreSQL'

# --- Kafka
if why=$("$KAFKA" fetch 2>&1); then
    BROKER=kafka CONTROL=
    kafka=$TEST_DIR/kafka
    ok 'Kafka is made' "$KAFKA" make "$kafka"
    port=$("$KAFKA" bootstrap "$kafka" | sed 's/.*://')
    cat "$tls/kafka.key" "$tls/kafka.pem" >"$tls/kafka.both"
    cat >"$kafka/more.properties" <<END
listeners=PLAINTEXT://127.0.0.1:$port,CONTROLLER://127.0.0.1:$((port + 1)),SSL://127.0.0.1:$((port + 2)),SASL_SSL://127.0.0.1:$((port + 3))
advertised.listeners=PLAINTEXT://127.0.0.1:$port,SSL://127.0.0.1:$((port + 2)),SASL_SSL://127.0.0.1:$((port + 3))
ssl.keystore.type=PEM
ssl.keystore.location=$tls/kafka.both
ssl.truststore.type=PEM
ssl.truststore.location=$tls/ca.pem
listener.name.ssl.ssl.client.auth=required
sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-512
listener.name.sasl_ssl.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required user_fleet="plain-password";
listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
END
    broker_start
    ok 'an account of SCRAM' "$KAFKA" tool configs --bootstrap-server "$BOOTSTRAP" --alter --entity-type users --entity-name fleet \
        --add-config 'SCRAM-SHA-512=[password=scram-password]'
    ssl=(security.protocol=SSL "ssl.ca.location=$tls/ca.pem" "ssl.certificate.location=$tls/client.pem" "ssl.key.location=$tls/client.key")
    sasl=(security.protocol=SASL_SSL "ssl.ca.location=$tls/ca.pem" sasl.username=fleet)

    BOOTSTRAP=127.0.0.1:$((port + 2))
    kafka_by "${ssl[@]}"
    topics
    jobs_done 'TLS with a certificate of the client'
    kafka_by "${ssl[@]:0:2}"
    says_it_cannot worker 'kafka\.error.*(SSL|certificate required)' 'without the certificate of the client'
    kafka_by "${ssl[@]}" "ssl.ca.location=$tls/stranger.pem"
    for name in producer worker; do
        says_it_cannot $name 'kafka\.error.*certificate verify failed' 'Kafka of another authority'
    done

    BOOTSTRAP=127.0.0.1:$((port + 3))
    kafka_by "${sasl[@]}" sasl.mechanism=SCRAM-SHA-512 sasl.password=scram-password
    jobs_done 'SCRAM-SHA-512 over TLS'
    kafka_by "${sasl[@]}" sasl.mechanism=PLAIN sasl.password=plain-password
    jobs_done 'PLAIN over TLS'
    ok 'no password is printed' eval '! grep -E "plain-password|scram-password|$role_password" "$TEST_DIR"/{producer,worker,reaper}.log'
    kafka_by "${sasl[@]}" sasl.mechanism=PLAIN sasl.password=another-word
    fails 'topics with a wrong password' program producer topics
    like "$(cat "$TEST_DIR/ok.out")" '[Aa]uthentication fail' 'says why'
    for name in producer worker; do
        says_it_cannot $name 'kafka\.error.*[Aa]uthentication fail' 'a wrong password to Kafka'
        ok "check-config of $name" program $name check-config
        ok 'hides the password' eval '! grep another-word "$TEST_DIR/ok.out"'
    done
else
    skip 'TLS and SASL to Kafka' "$(tail -n 1 <<<"$why")"
    broker_start
    topics
    jobs_done 'TLS to PostgreSQL'
fi
is "$(jobs_wrong)" '' 'the contract holds'
done_testing
