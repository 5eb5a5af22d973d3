#!/bin/bash
# From a row that becomes pending to a message in Kafka: the triggers, the slot, the role wal.
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/cluster.sh"
command -v kcat >/dev/null || skip_all 'kcat is not installed'

# messages KIND [FORMAT]: all messages of a topic, one a line.
messages() {
    timeout 30 kcat -q -b "$BOOTSTRAP" -C -t "paceline.$1" -o beginning -e -f "${2:-%k %s\n}" 2>"$TEST_DIR/kcat.err"
}

keys() {
    messages "$1" '%k\n' | sort -u | wc -l
}

# confirmed: the slot has confirmed everything up to now, and is told so within a moment.
confirmed_to() {
    sql "SELECT confirmed_flush_lsn >= '$1' FROM pg_replication_slots WHERE slot_name = 'paceline'"
}

wal_now() {
    sql 'SELECT pg_current_wal_lsn()'
}

# role_pid NAME: the process of one role of the producer.
role_pid() {
    local child
    for child in $(pgrep -P "$(pid_of "${2:-producer}")"); do
        if tr '\0' '\n' <"/proc/$child/environ" | grep -q "^PACELINE_ROLE=$1\b"; then
            echo "$child"
        fi
    done
}

# broker_refuse_large: the next large message of kind names, by MSG_SIZE_TOO_LARGE.
broker_refuse_large() {
    if [ "$BROKER" = kafka ]; then
        "$KAFKA" tool configs --bootstrap-server "$BOOTSTRAP" --alter --entity-type topics --entity-name paceline.names \
            --add-config max.message.bytes=500 >"$TEST_DIR/configs.log" 2>&1
    else
        broker_say error 0 10 1 # the next one of any size
    fi
}

pg_start wal_sender_timeout=4s max_slot_wal_keep_size=64MB
migrate
sql "CREATE TABLE jobs (id bigint PRIMARY KEY, note text);
     SELECT job_adopt('jobs', kind => 'jobs', key => 'id');
     CREATE TABLE names (name text PRIMARY KEY);
     SELECT job_adopt('names', kind => 'names', key => 'name')" >/dev/null
broker_start
ok 'topics makes them' program producer topics
is "$(program producer topics | sort | tr '\n' ' ')" 'paceline.dead paceline.jobs paceline.names paceline.workouts ' \
    'topics again: one line each, nothing changed'
is "$(kcat -b "$BOOTSTRAP" -L 2>/dev/null | sed -n 's/^  topic "paceline.jobs" with \([0-9]*\) .*/\1/p')" 16 'of 16 partitions'
ok 'check-config' program producer check-config
fails 'an unknown command is refused' program producer nonsense

# --- nothing is there yet: slot and publication are made
producer_start
is "$(sql "SELECT plugin, slot_type, active FROM pg_replication_slots")" 'pgoutput|logical|t' 'makes and reads the slot'
is "$(sql "SELECT count(*) FROM pg_publication_tables WHERE pubname = 'paceline'")" 0 'makes an empty publication'
like "$(metric producer 'paceline_wal_slot_create_total{outcome="missing"}')" '^1$' 'counts the slot it made'

# --- what becomes a message
trace=00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01
sql "BEGIN; SET LOCAL paceline.traceparent = '$trace'; INSERT INTO jobs VALUES (9007199254740993); COMMIT"
ok 'an inserted row' wait_value 10 1 keys jobs
is "$(messages jobs)" '9007199254740993 {"kind":"jobs","key":"9007199254740993","epoch":0}' 'key and value, digits exact'
headers=$(messages jobs '%h\n')
like "$headers" 'ce_specversion=1\.0,ce_id=[0-9A-F]+-0,ce_source=wal,ce_type=paceline\.job\.pending,ce_time=20[0-9-]+T[0-9:.]+Z,ce_subject=9007199254740993,content-type=application/json,' 'CloudEvents headers'
like "$headers" "traceparent=$trace\$" 'with the trace of the transaction'

sql "BEGIN; INSERT INTO jobs VALUES (1); ROLLBACK;"
sql "BEGIN; SAVEPOINT s; INSERT INTO jobs VALUES (2); ROLLBACK TO s; INSERT INTO jobs VALUES (3); COMMIT"
ok 'a savepoint rolled back, then one row' wait_value 10 2 keys jobs
is "$(messages jobs '%k\n' | sort | tr '\n' ' ')" '3 9007199254740993 ' 'neither the rolled-back row nor the savepoint’s'
sql "UPDATE jobs SET job_status = 'cancelled' WHERE id = 3"
sql "UPDATE jobs SET job_status = 'pending' WHERE id = 3"
ok 'a row made pending by hand' wait_for 10 "messages jobs | grep -q '\"key\":\"3\",\"epoch\":2'"
like "$(messages jobs '%k %h\n' | grep '^3 ' | tail -n 1)" 'traceparent=00-[0-9a-f]{32}-[0-9a-f]{16}-00$' 'has a trace of its own'
sql "INSERT INTO names VALUES ('Grüße \"x\" \\ '), (repeat('ß', 100))"
ok 'text keys' wait_value 10 2 keys names
is "$(messages names '%s\n' | grep -c 'Grüße \\"x\\" \\\\ ')" 1 'quoted in the value'

# --- partitions: murmur2, as Java's tools. The partitions below are org.apache.kafka.common.utils.Utils's.
sql "INSERT INTO jobs SELECT generate_series(1000, 1015)"
ok 'sixteen rows' wait_value 10 18 keys jobs
is "$(python3 - <<'END'
def murmur2(data):
    mask, m, r = 0xffffffff, 0x5bd1e995, 24
    h = (0x9747b28c ^ len(data)) & mask
    whole = len(data) // 4 * 4
    for i in range(0, whole, 4):
        k = int.from_bytes(data[i:i + 4], 'little') * m & mask
        k ^= k >> r
        h = (h * m & mask) ^ (k * m & mask)
    rest = data[whole:]
    if rest:
        h = (h ^ int.from_bytes(rest, 'little')) * m & mask
    h ^= h >> 13
    h = h * m & mask
    return h ^ h >> 15
for key in range(1000, 1016):
    print(key, (murmur2(str(key).encode()) & 0x7fffffff) % 16)
END
)" "$(messages jobs '%k %p\n' | grep -E '^10(0|1)[0-9] ' | sort -n)" 'partition = murmur2 of the key'

# --- what anyone may write into the WAL
for content in 'nonsense' '{"kind":"../x","jobs":[["1",1]]}' '{"kind":"jobs"}' '{"kind":"jobs","jobs":[["",1]]}'; do
    sql "SELECT pg_logical_emit_message(true, 'paceline', '$content')" >/dev/null
done
sql "SELECT pg_logical_emit_message(false, 'paceline', '{\"kind\":\"jobs\",\"jobs\":[[\"666\",1]]}')" >/dev/null
sql "SELECT pg_logical_emit_message(true, 'other', '{\"kind\":\"jobs\",\"jobs\":[[\"667\",1]]}')" >/dev/null
sql "SELECT pg_logical_emit_message(true, 'paceline', '{\"marker\":1}')" >/dev/null
sql "SELECT pg_logical_emit_message(true, 'paceline', '{\"kind\":\"nobodys\",\"jobs\":[[\"1\",1]]}')" >/dev/null
sql "INSERT INTO jobs VALUES (4)"
ok 'goes on after messages that are none' wait_value 10 19 keys jobs
is "$(messages jobs '%k\n' | grep -c 66)" 0 'a message outside of a transaction, or of another prefix, is nothing'
is "$(metric producer paceline_announce_refused_total)" 5 'unreadable ones are counted, and one of a kind that nobody adopted'
fails 'whose topic is not made' grep -q nobodys <(kcat -L -b "$BOOTSTRAP")
is "$(grep -c announce.unreadable "$TEST_DIR/producer.log")" 4 'and logged'
sql "SELECT pg_logical_emit_message(true, 'paceline', '{\"marker\":2}')" >/dev/null
ok 'a marker is confirmed' wait_value 10 t confirmed_to "$(wal_now)"
sql "SELECT pg_switch_wal()" >/dev/null
ok 'an idle database is confirmed too' wait_value 20 t confirmed_to "$(wal_now)"

# --- 100,000 rows
sql "INSERT INTO jobs SELECT generate_series(100001, 200000)"
ok '100,000 rows of one statement arrive, every one of them' wait_value 90 100019 keys jobs
is "$(messages jobs '%k\n' | wc -l)" 100020 'and nothing twice'
ok 'and are confirmed' wait_value 20 t confirmed_to "$(wal_now)"

# --- the broker is away: nothing is confirmed, the server is answered all the while
broker_away
before=$(wal_now)
sql "INSERT INTO jobs VALUES (5), (6)"
after=$(wal_now)
ok 'not ready without Kafka' wait_for 20 '! ready producer'
ok 'the stream outlives wal_sender_timeout' wait_for 20 \
    "[ \$(sql \"SELECT extract(epoch FROM now() - reply_time) < 4 AND now() - backend_start > interval '7 s' FROM pg_stat_replication\") = t ]"
is "$(confirmed_to "$after")" f 'not confirmed before the acknowledgement'
broker_back
ok 'arrive when it is back' wait_value 40 100021 keys jobs
ok 'and are confirmed then' wait_value 20 t confirmed_to "$after"
ok 'ready again' wait_for 20 'ready producer'

# --- a permanent refusal is passed over
broker_refuse_large
sql "INSERT INTO names SELECT 'refused ' || string_agg(md5(i::text), '') FROM generate_series(1, 6) AS i"
ok 'a refusal for good is counted' wait_for 20 '[ "$(metric producer paceline_announce_refused_total)" = 6 ]'
ok 'and confirmed' wait_value 20 t confirmed_to "$(wal_now)"
like "$(grep announce.refused "$TEST_DIR/producer.log")" '"key":"refused .*MSG_SIZE_TOO_LARGE' 'and logged'

# --- killed between publishing and confirming: sent again
broker_away
sql "INSERT INTO names VALUES ('killed')"
wal=$(role_pid wal)
kill -9 "$wal"
ok 'the supervisor starts the role again' wait_for 20 "[ -n \"\$(role_pid wal)\" ] && [ \"\$(role_pid wal)\" != $wal ]"
broker_back
ok 'which sends what was not confirmed' wait_for 60 'messages names "%k\n" | grep -qx killed'
ok 'the whole program killed' stop producer KILL
sql "INSERT INTO names VALUES ('meanwhile')"
producer_start
ok 'sends what came meanwhile' wait_for 30 'messages names "%k\n" | grep -qx meanwhile'

# --- a second producer stands by
start_program second producer
wait_ready second
is "$(grep -c wal.standby "$TEST_DIR/second.log")" 1 'a second producer stands by, ready'
first_backend=$(sql "SELECT active_pid FROM pg_replication_slots")
stop producer KILL
ok 'and takes over' wait_for 20 "[ \$(sql \"SELECT coalesce(active_pid, 0) NOT IN (0, $first_backend) FROM pg_replication_slots\") = t ]"
sql "INSERT INTO names VALUES ('taken over')"
ok 'announces' wait_for 20 'messages names "%k\n" | grep -qx "taken over"'

# --- PostgreSQL restarts; the publication is dropped; the slot is dropped, and invalidated
pg_kill QUIT
pg_run
sql "INSERT INTO names VALUES ('after the crash')"
ok 'announces after a crash of PostgreSQL' wait_for 30 'messages names "%k\n" | grep -qx "after the crash"'
sql "DROP PUBLICATION paceline" >/dev/null
sql "INSERT INTO names VALUES ('unseen')"
ok 'a dropped publication is made again, and the slot that cannot do without it' wait_for 30 \
    '[ "$(metric second "paceline_wal_slot_create_total{outcome=\"blind\"}")" = 1 ] && ready second'
sql "INSERT INTO names VALUES ('seen')"
ok 'and announces' wait_for 20 'messages names "%k\n" | grep -qx seen'
stop second
sql "SELECT pg_drop_replication_slot('paceline'); DROP PUBLICATION paceline" >/dev/null
producer_start
sql "INSERT INTO names VALUES ('new slot')"
ok 'a dropped slot is made again' wait_for 20 'messages names "%k\n" | grep -qx "new slot"'
ok 'SIGTERM ends it' stop producer
is "$(sql "SELECT active FROM pg_replication_slots")" f 'and frees the slot'
sql "CREATE TABLE ballast (filler text)"
lose_slot() {
    sql "INSERT INTO ballast SELECT repeat('x', 1000) FROM generate_series(1, 40000)"
    sql "SELECT pg_switch_wal()" >/dev/null
    sql "CHECKPOINT"
    [ "$(sql "SELECT wal_status FROM pg_replication_slots")" = lost ]
}
ok 'the server invalidates a slot that holds too much' wait_for 60 lose_slot
producer_start
is "$(metric producer 'paceline_wal_slot_create_total{outcome="lost"}')" 1 'an invalidated slot is made anew, and counted'
sql "INSERT INTO names VALUES ('after the loss')"
ok 'and read' wait_for 20 'messages names "%k\n" | grep -qx "after the loss"'
stop producer
sql "SELECT pg_drop_replication_slot('paceline'); SELECT pg_create_logical_replication_slot('paceline', 'test_decoding')" >/dev/null
start_program producer producer
ok 'a slot of another plugin is not touched' wait_for 20 'grep -q slot_foreign "$TEST_DIR/producer.log" && ! ready producer'
is "$(sql "SELECT plugin FROM pg_replication_slots")" test_decoding 'and stays'
done_testing
