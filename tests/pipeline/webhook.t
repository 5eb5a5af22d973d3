#!/bin/bash
# POST /webhooks/db: what is announced, what is refused, and that 200 means the broker has it.
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/cluster.sh"
command -v kcat >/dev/null || skip_all 'kcat is not installed'

# request [CURL ARGUMENT...]: status and body of one request, "200 {...}"
request() {
    curl -sS -m 20 -o "$TEST_DIR/body" -w '%{http_code}' "$@" 2>"$TEST_DIR/curl.err"
    printf ' %s' "$(cat "$TEST_DIR/body" 2>/dev/null)"
    rm -f "$TEST_DIR/body"
}

# webhook BODY [CURL ARGUMENT...]
webhook() {
    local body=$1
    shift
    request -H "X-Paceline-Secret: $PACELINE_WEBHOOK_SECRET" -H 'Content-Type: application/json' "$@" \
        --data-binary "$body" "$HTTP_URL/webhooks/db"
}

messages() {
    timeout 30 kcat -q -b "$BOOTSTRAP" -C -t "paceline.$1" -o beginning -e -f "${2:-%k %s\n}" 2>/dev/null
}

counted() {
    metric producer "paceline_webhook_receive_total{outcome=\"$1\"}"
}

cat >>"$CONFIG" <<'END'
http_body_max_bytes = 65536;
http_timeout_s = 2;
webhook_ack_timeout_ms = 1500;
http_connections_max = 12;
END
pg_start
migrate
# Webhooks are for tables whose triggers are silent here: what arrives came over HTTP.
sql "CREATE TABLE jobs (id bigint PRIMARY KEY); SELECT job_adopt('jobs', kind => 'jobs', key => 'id');
     CREATE SCHEMA app; CREATE TABLE app.names (name text PRIMARY KEY);
     SELECT job_adopt('app.names', kind => 'names', key => 'name')" >/dev/null
broker_start
topics
producer_start

# --- what is announced
trace=00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01
is "$(webhook '{"type":"INSERT","table":"jobs","schema":"public","record":{"id":9007199254740993,"x":1},"old_record":null}' -H "traceparent: $trace")" \
    '200 {"message":"announced"}' 'an insert is acknowledged'
is "$(messages jobs)" '9007199254740993 {"kind":"jobs","key":"9007199254740993"}' 'all digits of a bigint above 2^53'
like "$(messages jobs '%h\n')" "ce_id=4bf92f3577b34da6a3ce929d0e0e4736,ce_source=webhook,.*traceparent=$trace\$" 'headers, with the trace of the request'
is "$(webhook '{"type":"UPDATE","table":"jobs","record":{"id":7},"old_record":{"id":7}}')" '200 {"message":"announced"}' 'schema public if none is named'
is "$(webhook '{"type":"INSERT","schema":"app","table":"names","record":{"name":"Grüße","id":5}}')" '200 {"message":"announced"}' 'another schema'
is "$(messages names '%k\n')" 'Grüße' 'the key column comes before id'
is "$(webhook '{"type":"INSERT","table":"jobs","record":{},"id":8}')" '200 {"message":"announced"}' 'id beside the record'
is "$(webhook '{"type":"INSERT","table":"jobs","record":{"id":"9"}}')" '200 {"message":"announced"}' 'a number as text'
is "$(messages jobs '%k\n' | sort -n | tr '\n' ' ')" '7 8 9 9007199254740993 ' 'each arrived once'
is "$(counted announced)" 5 'and is counted'

# --- nothing to announce
is "$(webhook '{"type":"DELETE","table":"jobs","record":null,"old_record":{"id":7}}')" '200 {"message":"a deleted row is no work"}' 'DELETE'
like "$(webhook '{"type":"INSERT","table":"jobs","record":{"note":"x"}}')" '^200 .*key is missing' 'no key: 200 with a message'
like "$(webhook '{"type":"INSERT","table":"jobs","record":null}')" '^200 .*key is missing' 'no record'
is "$(counted no_key)" 2 'counted'
like "$(grep webhook.no_key "$TEST_DIR/producer.log" | head -n 1)" '"level":"warn".*"kind":"jobs"' 'and logged as a warning'
is "$(webhook '{"type":"INSERT","table":"nothing","record":{"id":1}}')" \
    '404 {"error":{"code":"unknown_table","message":"no kind of job has adopted this table","field":"table"}}' 'a table that is not adopted'
sql "CREATE TABLE late (id uuid PRIMARY KEY DEFAULT gen_random_uuid()); SELECT job_adopt('late', kind => 'late', key => 'id')" >/dev/null
topics
ok 'a table adopted later is known within a moment' wait_for 10 \
    '[[ $(webhook "{\"type\":\"INSERT\",\"table\":\"late\",\"record\":{\"id\":\"5f0c8a52-9d3e-4a57-8f43-0d5b7d3c2a11\"}}") = 200* ]]'
like "$(webhook '{"type":"INSERT","table":"late","record":{"id":"no uuid"}}')" '^400 .*"field":"record"' 'a key of the wrong type'
like "$(webhook '{"type":"INSERT","table":"jobs","record":{"id":1.5}}')" '^200 .*key is missing' 'no whole number'
like "$(webhook '{"type":"INSERT","table":"jobs","record":{"id":9223372036854775808}}')" '^200 .*key is missing' 'a number beyond bigint'

# --- refused
refused='{"error":{"code":"bad_secret","message":"X-Paceline-Secret is missing or wrong","field":null}}'
is "$(request --data-binary '{}' "$HTTP_URL/webhooks/db")" "401 $refused" 'no secret'
is "$(request -H 'X-Paceline-Secret: wrong' --data-binary '{}' "$HTTP_URL/webhooks/db")" "401 $refused" 'wrong secret'
is "$(request -H "X-Paceline-Secret: ${PACELINE_WEBHOOK_SECRET}x" --data-binary '{}' "$HTTP_URL/webhooks/db")" "401 $refused" 'a longer secret'
is "$(request -H "X-Paceline-Secret: ${PACELINE_WEBHOOK_SECRET%?}" --data-binary '{}' "$HTTP_URL/webhooks/db")" "401 $refused" 'a shorter secret'
is "$(request -H "Authorization: Bearer $PACELINE_SERVICE_KEY" --data-binary '{}' "$HTTP_URL/webhooks/db")" "401 $refused" 'the service key is no webhook secret'
for body in '' 'x' '{' '[]' '7' '"text"' 'null' '{"type":"INSERT"}' '{"table":"jobs"}' '{"type":"TRUNCATE","table":"jobs"}' \
    '{"type":"INSERT","table":5}' '{"type":"INSERT","table":""}' '{"type":"INSERT","table":"jobs","schema":7}' \
    '{"type":"INSERT","table":"jobs","table":"names","record":{"id":1}}' '{"type":"INSERT","table":"jobs","record":{"id":1}} x' \
    "{\"type\":\"INSERT\",\"table\":\"$(printf '%064d' 0)\"}" $'{"type":"INSERT","table":"\xff"}'; do
    like "$(webhook "$body")" '^400 \{"error":\{"code":"[a-z_]+","message":".+","field":.+\}\}$' "unreadable: ${body:0:50}"
done
like "$(webhook '{"type":"INSERT","table":5}')" '"field":"table"' 'names the field'
printf '{"type":"INSERT","table":"jobs","record":{"id":1,"x":"%070000d"}}' 0 >"$TEST_DIR/large"
like "$(webhook "@$TEST_DIR/large")" '^413 .*body_too_large' 'a body that is too large'
like "$(webhook "@$TEST_DIR/large" -H 'Transfer-Encoding: chunked')" '^413 .*body_too_large' 'in chunks, too'
like "$(webhook '{}' -H "X-Long: $(printf '%040000d' 0)")" '^431' 'a header that is too large'
# raw HEADER BODY: what comes back for a POST that ends with a second request
raw() {
    exec 9<>"/dev/tcp/127.0.0.1/${HTTP_URL##*:}"
    printf 'POST /webhooks/db HTTP/1.1\r\nHost: x\r\nX-Paceline-Secret: %s\r\n%b\r\n\r\n%bGET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n' \
        "$PACELINE_WEBHOOK_SECRET" "$1" "$2" >&9
    timeout 10 cat <&9 | tr -d '\r' | grep -aoE 'HTTP/1.1 [0-9]{3}' | tr '\n' ' '
    exec 9>&-
}
is "$(raw 'Content-Length: 2' '{}')" 'HTTP/1.1 400 HTTP/1.1 200 ' 'two requests on one connection'
like "$(raw 'Content-Length: 2\r\nContent-Length: 20' '{}')" '^(HTTP/1\.1 400 )?$' 'two lengths: nothing more is read'
like "$(raw 'Content-Length: 2\r\nTransfer-Encoding: chunked' '0\r\n\r\n')" '^(HTTP/1\.1 400 )?$' 'a length beside chunks'
like "$(request -X PUT --data-binary '{}' "$HTTP_URL/webhooks/db")" '^405 .*method_not_allowed' 'another method'
like "$(curl -sS -m 20 -i -X PUT --data-binary '{}' "$HTTP_URL/webhooks/db" | tr -d '\r')" $'\nAllow: POST\n' 'names the method'
like "$(request "$HTTP_URL/nothing")" '^404 .*not_found' 'another path'
is "$(request "$HTTP_URL/livez")" '200 ok' 'livez'
is "$(request "$HTTP_URL/readyz")" '200 ok' 'readyz'
like "$(request -X GET --data-binary "@$TEST_DIR/large" "$HTTP_URL/livez")" '^413 .*body_too_large' 'a body where none is looked at'
like "$(request -X GET --data-binary "@$TEST_DIR/large" -H 'Transfer-Encoding: chunked' "$HTTP_URL/livez")" '^413 .*body_too_large' 'in chunks, too'
like "$(request -I "$HTTP_URL/livez")" '^200 .*Content-Length: 3' 'HEAD'
is "$(grep -c "$PACELINE_WEBHOOK_SECRET" "$TEST_DIR/producer.log")" 0 'the secret is in no log line'

# A connection that says nothing, or half a request, is closed.
stalled() {
    perl -MIO::Socket::INET -e '
        my $s = IO::Socket::INET->new(PeerAddr => "127.0.0.1", PeerPort => $ARGV[0]) or die "connect: $!";
        $s->syswrite($ARGV[1]); alarm 15; 1 while $s->sysread(my $buffer, 4096);' "$(port_of producer http)" "$1"
}
ok 'silence ends a connection' stalled ''
ok 'so does half a header' stalled $'POST /webhooks/db HTTP/1.1\r\nHost: x\r\n'
trickle() { # a byte a second, for ever
    perl -MIO::Socket::INET -MIO::Select -e '
        $SIG{PIPE} = "IGNORE";
        my $s = IO::Socket::INET->new(PeerAddr => "127.0.0.1", PeerPort => $ARGV[0]) or die "connect: $!";
        my $end = time + 30;
        while (time < $end) {
            exit 0 unless $s->syswrite("x");
            if (IO::Select->new($s)->can_read(1)) { exit 0 unless $s->sysread(my $buffer, 4096); }
        }
        exit 1;' "$(port_of producer http)"
}
ok 'and a header that comes a byte at a time' trickle
ok 'and half a body' stalled $'POST /webhooks/db HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\nX-Paceline-Secret: '"$PACELINE_WEBHOOK_SECRET"$'\r\n\r\n{"type"'

# More connections than there may be wait until others end.
perl -MIO::Socket::INET -e '
    my @s = map { IO::Socket::INET->new(PeerAddr => "127.0.0.1", PeerPort => $ARGV[0]) or die "connect: $!" } 1 .. 12;
    print "open\n"; close STDOUT; alarm 30; $_->sysread(my $buffer, 1) for @s;' "$(port_of producer http)" >"$TEST_DIR/crowd" &
crowd=$!
ok 'as many connections as there may be' wait_for 10 'grep -q open "$TEST_DIR/crowd"'
start=$(date +%s%N)
is "$(request "$HTTP_URL/livez")" '200 ok' 'one more is answered'
ok 'once others have ended' [ $(($(date +%s%N) - start)) -gt 300000000 ]
wait $crowd

# --- many at once
seq 1000 1399 | sed 's/.*/{"type":"INSERT","table":"jobs","record":{"id":&}}/' >"$TEST_DIR/bodies"
n=$(xargs -d '\n' -P 8 -I{} -a "$TEST_DIR/bodies" curl -sS -m 20 -o /dev/null -w '%{http_code}\n' \
    -H "X-Paceline-Secret: $PACELINE_WEBHOOK_SECRET" --data-binary {} "$HTTP_URL/webhooks/db" | grep -c 200)
is "$n" 400 '400 webhooks, eight at a time'
is "$(messages jobs '%k\n' | grep -E '^1[0-3][0-9][0-9]$' | sort -u | wc -l)" 400 'all in Kafka'

# --- the database away: what is known serves; the broker away: 503, at once the client's own time
pg_kill INT
is "$(webhook '{"type":"INSERT","table":"jobs","record":{"id":50}}')" '200 {"message":"announced"}' 'without the database, a known table'
like "$(webhook '{"type":"INSERT","table":"unheard","record":{"id":50}}')" '^503 .*unavailable' 'an unknown one cannot be looked up'
pg_run
broker_away
is "$(webhook '{"type":"INSERT","table":"jobs","record":{"id":51}}')" \
    '503 {"error":{"code":"no_acknowledgement","message":"Kafka did not acknowledge in time","field":null}}' 'without the broker'
ok 'says it is not ready' wait_for 20 '[[ $(request "$HTTP_URL/readyz") = 503* ]]'
is "$(counted timeout)" 1 'counted'
# A client that goes away while it waits.
curl -sS -m 0.3 -H "X-Paceline-Secret: $PACELINE_WEBHOOK_SECRET" --data-binary '{"type":"INSERT","table":"jobs","record":{"id":52}}' \
    "$HTTP_URL/webhooks/db" >/dev/null 2>&1
broker_back
ok 'ready again' wait_for 30 '[[ $(request "$HTTP_URL/readyz") = 200* ]]'
ok 'acknowledges again' wait_for 20 '[[ $(webhook "{\"type\":\"INSERT\",\"table\":\"jobs\",\"record\":{\"id\":53}}") = 200* ]]'
if [ "$BROKER" = embedded ]; then
    ok 'what was too late for an answer may arrive all the same' wait_for 20 'messages jobs "%k\n" | grep -qx 51'
else
    skip 'what was too late for an answer may arrive all the same' 'Kafka may be away for longer than a message waits'
fi

# --- drain: a webhook in flight gets an answer
broker_away
curl -sv -m 20 -w ' %{http_code}' -H "X-Paceline-Secret: $PACELINE_WEBHOOK_SECRET" \
    --data-binary '{"type":"INSERT","table":"jobs","record":{"id":60}}' "$HTTP_URL/webhooks/db" >"$TEST_DIR/drained" 2>"$TEST_DIR/sent" &
ok 'one in flight' wait_for 10 'grep -q "^> POST" "$TEST_DIR/sent"'
ok 'SIGTERM' stop producer
wait $!
like "$(cat "$TEST_DIR/drained")" 'no_acknowledgement.* 503$' 'is answered'
done_testing
