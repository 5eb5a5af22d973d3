#!/bin/bash
# From messages to jobs in hand: each row is claimed once, whatever Kafka says, and however often.
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/cluster.sh"
. "$(dirname "$0")/../lib/jobs.sh"

gate=$TEST_DIR/gate # while it is missing, claims wait in the failpoint
touch "$gate"
if has_failpoints; then
    export PACELINE_FAILPOINTS="job.claim=wait:$gate"
fi
jobs_start null fail hang

# --- by hand: there is no producer yet, so a row is done because of the message, or not at all
start_program a worker -j 1 --kinds null,fail,hang,crash
start_program b worker -j 1 --kinds null,fail,hang,crash
wait_ready a
wait_ready b
wait_sharing hang a b
sql "INSERT INTO null_jobs SELECT generate_series(1, 20)"
both_read() { # every partition has an owner, and both workers own some
    [ "$(jobs_left null)" = 0 ] && [ "$(consumed a null)" -gt 0 ] && [ "$(consumed b null)" -gt 0 ]
}
send null {1..20}
ok 'messages by hand, two workers' wait_for 20 both_read

# reads WORKER N: it has read so many null messages since `mark`.
mark() {
    read_a=$(consumed a null)
    read_b=$(consumed b null)
}
read_since() {
    echo $(($(consumed a null) + $(consumed b null) - read_a - read_b))
}

mark
claims_before=$(claims null)
batches=$(sql 'SELECT count(*) FROM holdings')
send null 1 2 3
send -e 1 null 1 2 3
ok 'redelivered messages are read' wait_value 10 6 read_since
sql "INSERT INTO null_jobs VALUES (21)"
for partition in {0..15}; do
    send -p "$partition" null 21 # so that each worker claims it, after what it read before
done
ok 'and those after them' wait_value 10 22 read_since
ok 'which are worked on' wait_value 10 0 jobs_left null
is "$(claims null)" $((claims_before + 1)) 'a redelivered message runs nothing again'
is "$batches|$(sql 'SELECT count(*) FROM holdings')" '0|0' 'and nothing is held'

if has_failpoints; then
    sql "INSERT INTO null_jobs SELECT generate_series(100, 119)"
    mark
    rm "$gate"
    for partition in {0..15}; do
        send -p "$partition" null {100..119}
    done
    both_wait() { [ "$(consumed a null)" -gt "$read_a" ] && [ "$(consumed b null)" -gt "$read_b" ]; }
    ok 'two workers have the same messages in hand' wait_for 10 both_wait
    is "$(jobs_in pending null)" 20 'nothing is claimed yet'
    touch "$gate"
    ok 'they claim at the same moment' wait_value 15 0 jobs_left null
    is "$(sql "SELECT count(*), count(DISTINCT key) FROM witness.transitions WHERE became = 'processing' AND key::bigint BETWEEN 100 AND 119")" \
        '20|20' 'one message given to two workers is claimed once'
else
    skip 'two workers at the same moment' 'built without failpoints'
fi

# --- keys
uuid=ABCDEF01-2345-6789-ABCD-EF0123456789
sql "INSERT INTO hang_jobs (id) VALUES ('$uuid')"
send hang $uuid
ok 'a uuid in upper case' wait_value 10 0 jobs_left hang
is "$(messages paceline.dead | wc -l)" 0 'is no unreadable message'
keys=("it's" 'say "x"' 'back\slash \\ \n' 'a,b' '{x,y}' '{' 'NULL' 'null' ' blank ' $'line\nand\ttab' 'ünïcode ✓ 𝄞' '$1' '%s' '--' "$(printf 'ß%.0s' {1..100})")
for key in "${keys[@]}"; do
    sql "INSERT INTO fail_jobs (id) VALUES (\$k\$$key\$k\$)"
done
send fail "${keys[@]}"
ok "${#keys[@]} text keys with quotes, backslashes, commas, braces" wait_value 10 "${#keys[@]}" jobs_in complete fail
sql "INSERT INTO null_jobs VALUES (-9223372036854775808), (9223372036854775807), (9007199254740993)"
send null -9223372036854775808 9223372036854775807
printf '{"kind":"null","key":9007199254740993}' | send_raw paceline.null x
ok 'bigint keys at both ends, and a JSON number without an epoch' wait_value 10 0 jobs_left null

metric_sum() {
    local a b
    a=$(metric a "$1")
    b=$(metric b "$1")
    echo $((${a:-0} + ${b:-0}))
}
claim_rate() { # nobody asks any more
    local before
    before=$(metric_sum paceline_job_claim_batch_total)
    read -r -t 0.3 <>"$TEST_PAUSE"
    [ "$(metric_sum paceline_job_claim_batch_total)" = "$before" ]
}

# --- epochs: a message older than the row changes nothing, one ahead of it is looked at again
sql "UPDATE null_jobs SET job_status = 'cancelled' WHERE id = 1; UPDATE null_jobs SET job_status = 'pending' WHERE id = 1"
send null 1
ok 'a message behind the row claims it' wait_value 10 0 jobs_left null
looks() { metric_sum 'paceline_job_look_total{kind="null"}'; }
n=$(looks)
send -e 99 null 2
ok 'a message ahead of a finished row is looked at again' wait_value 10 $((n + 1)) looks
is "$(claims null 2)" 1 'and runs nothing'

# --- more messages than fit, all of them waiting for a second look
mark
send null {500001..503000} # of rows that are not there
sql "INSERT INTO null_jobs VALUES (503001)"
send null 503001
ok 'a message behind 3000 that name no row' wait_value 20 0 jobs_left null
ok 'all are read' wait_value 10 3001 read_since
ok 'and given up' wait_for 10 claim_rate
is "$(read_since)" 3001 'none is read twice for want of room'

# --- unreadable messages
sql "INSERT INTO null_jobs VALUES (200)"
bury() { # KEY VALUE
    printf '%b' "$2" | send_raw paceline.null "$1" -p 3 -H traceparent=00-11111111111111111111111111111111-2222222222222222-00
}
bury first 'not json'
bury second '{"kind":"null"}'
bury third '{"kind":"fail","key":"1","epoch":0}'
bury fourth '{"kind":"null","key":"abc","epoch":0}'
bury fifth '{"kind":"null","key":"1","epoch":-7}'
bury sixth '{"kind":"null","key":"\377"}'
bury seventh '[1,2]'
printf '' | send_raw paceline.null tombstone -p 3 -Z
send -p 3 null 200
ok 'a tombstone is skipped, and the messages behind the unreadable ones are read' wait_value 10 0 jobs_left null
buried() {
    messages paceline.dead '%k %s %h\n' >"$TEST_DIR/dead"
    [ "$(grep -c . "$TEST_DIR/dead")" = 7 ]
}
ok 'unreadable messages go to paceline.dead' wait_for 10 buried
is "$(cut -d ' ' -f 1 "$TEST_DIR/dead" | sort | tr '\n' ' ')" 'fifth first fourth second seventh sixth third ' 'each once, with its key'
like "$(grep -a '^fourth ' "$TEST_DIR/dead")" '^fourth \{"kind":"null","key":"abc","epoch":0\} ' 'unchanged'
like "$(grep -a '^third ' "$TEST_DIR/dead")" \
    ' traceparent=00-1{32}-2{16}-00,paceline-reason=kind: not the topic.s,paceline-topic=paceline\.null,paceline-partition=3,paceline-offset=[0-9]+$' \
    'with its headers and the reason in more'
is "$(metric_sum paceline_dead_letter_total)" 7 'and are counted'

# --- a message ahead of its commit
session_open
ok 'a row in an open transaction' session_say 'BEGIN; INSERT INTO null_jobs VALUES (300);' 'idle in transaction'
n=$(looks)
send null 300
ok 'its message comes first' wait_value 10 $((n + 1)) looks
ok 'the commit follows' session_say 'COMMIT;' idle
ok 'and the second look finds it' wait_value 3 0 jobs_left null
ok 'another' session_say 'BEGIN; INSERT INTO null_jobs VALUES (301);' 'idle in transaction'
send null 301
ok 'is looked for' wait_value 10 $((n + 2)) looks
ok 'for two seconds' wait_for 10 claim_rate
ok 'its commit comes later' session_say 'COMMIT;' idle
is "$(jobs_in pending null)" 1 'and it waits'
start_program producer producer # makes the slot now: that row was announced to nobody
start_program reaper reaper
wait_ready producer
wait_ready reaper

# --- a kind adopted while the workers run; a kind paused
jobs_table crash
topics
sql "INSERT INTO crash_jobs VALUES (1, 0)" # ends well at once
sql "UPDATE job_kinds SET paused = true WHERE kind = 'hang'"
ok 'the barrier finds the row whose message came too early' wait_value 25 0 jobs_left null
is "$(metric reaper 'paceline_reannounce_total{kind="null",outcome="lost"}')" 1 'and announces it again'
ok 'both workers pause a kind' wait_for 10 \
    '[ "$(grep -h kind.pause "$TEST_DIR"/[ab].log | grep -c \"hang\")" = 2 ]'
sql "INSERT INTO hang_jobs (id) SELECT gen_random_uuid() FROM generate_series(1, 3000);
     INSERT INTO null_jobs SELECT generate_series(1000, 1999)"
ok 'another kind goes on' wait_value 20 0 jobs_left null
is "$(jobs_in pending hang)" 3000 'the paused one waits'
sql "UPDATE job_kinds SET paused = false WHERE kind = 'hang'"
ok 'until it is resumed' wait_value 30 0 jobs_left hang
ok 'the kind that came late is worked on' wait_value 20 0 jobs_left crash

# --- offsets reset to the beginning: a group that has read nothing reads all of it again
read_all=$(messages paceline.null '%o\n' | wc -l)
claims_before=$(claims null)
sql "UPDATE job_kinds SET consumer_group = 'again'"
PACELINE_CONSUMER_GROUP=again start_program c worker -j 1
wait_ready c
ok "all $read_all messages come again" wait_value 30 "$read_all" consumed c null
sql "INSERT INTO null_jobs VALUES (9999)"
ok 'and a new one' wait_value 20 0 jobs_left null
is "$(claims null)" $((claims_before + 1)) 'nothing runs twice'
is "$(jobs_wrong)" '' 'the contract holds'
ok 'verify finds nothing' program reaper verify

# --- WK20: a column that the kind reads is not there
sql 'ALTER TABLE fail_jobs DROP COLUMN times'
PACELINE_CONSUMER_GROUP=again start_program d worker -j 1
ok 'WK20: a worker refuses a kind whose table lacks a column' wait_for 20 \
    'grep kind.refused "$TEST_DIR/d.log" | grep "\"error\":\"kind fail: table public.fail_jobs has no column times\""'
ok 'and that kind alone' wait_for 30 'ready d'
done_testing
