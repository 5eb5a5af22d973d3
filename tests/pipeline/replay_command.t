#!/bin/bash
# paceline-producer replay and dead: the range of messages, the rows they name, the letters that nobody could read.
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/cluster.sh"
. "$(dirname "$0")/../lib/jobs.sh"
command -v jq >/dev/null || skip_all 'jq is not installed'

# producer ARGUMENT...: runs a command; its output in OUT, its exit status in STATUS.
producer() {
    OUT=$(program producer "$@" 2>&1)
    STATUS=$?
}

# says STATUS REGEX NAME ARGUMENT...
says() {
    local status=$1 regex=$2 name=$3
    shift 3
    producer "$@"
    like "$STATUS $OUT" "^$status $regex" "$name"
}

# figures: the replay's answer with its columns one space apart, in one line.
figures() {
    echo "$OUT" | tr -s ' ' | sed 's/^ //' | paste -sd ';'
}

jobs_start null fail
past=2020-01-01T00:00:00Z future=2100-01-01T00:00:00Z
range=(--from "$past" --to "$future")

# --- what is not understood is said, and is exit status 2
says 2 '.*replay: --topic is missing' 'no topic' replay "${range[@]}"
says 2 '.*replay: --from is missing' 'no beginning' replay --topic null --to $future
says 2 '.*replay: --to is missing' 'no end' replay --topic null --from $past
says 2 '.*replay: no kind nonsense is adopted; there are: fail, null, workouts' 'an unknown kind' replay --topic nonsense "${range[@]}"
says 2 '.*replay: no kind paceline.dead is adopted' 'a topic of no kind' replay --topic paceline.dead "${range[@]}"
says 2 '.*replay: --from: yesterday is neither a time .* nor an offset' 'a time that is none' replay --topic null --from yesterday --to $future
says 2 '.*replay: --to: 2026-03-01T00:00:00 has no time zone' 'a time without a zone' replay --topic null --from $past --to 2026-03-01T00:00:00
says 2 '.*replay: --from .* is not before --to' 'the wrong way round' replay --topic null --from $future --to $past
says 2 '.*replay: .*give two times, or two offsets' 'a time and an offset' replay --topic null --from $past --to 7
says 2 '.*replay: .*--partition is missing' 'offsets without a partition' replay --topic null --from 0 --to 7
says 2 '.*replay: --partition goes with offsets' 'a partition with times' replay --topic null "${range[@]}" --partition 0
says 2 '.*replay: --partition: x is not a whole number' 'a partition that is none' replay --topic null --from 0 --to 7 --partition x
says 2 '.*replay: paceline.null has no partition 99, but 16 from 0' 'a partition that is not there' replay --topic null --from 0 --to 7 --partition 99
says 2 '.*replay: partition 0 of paceline.null ends at offset 0' 'offsets that are not there' replay --topic null --from 0 --to 7 --partition 0
says 2 '.*replay: --status: "done" is no status; there are: pending' 'an unknown status' replay --topic null "${range[@]}" --status failed,done
says 2 '.*replay: --status: "" is no status' 'no status' replay --topic null "${range[@]}" --status ''
says 2 '.*replay: --status: "" is no status' 'a comma too many' replay --topic null "${range[@]}" --status failed,
says 2 '.*replay: --nonsense: no such option' 'an unknown option' replay --nonsense
says 2 '.*replay: too many arguments' 'an argument too many' replay null "${range[@]}" --topic null
says 2 '.*dead: 7: not a letter' 'a position without a partition' dead 7
says 2 '.*dead: x:7: not a letter' 'a position that is none' dead x:7
says 2 '.*dead: 0:-1: not a letter' 'a negative offset' dead 0:-1
says 2 '.*dead: --resend: say which' 'sending again, but what' dead --resend
says 2 '.*dead: --all chooses everything' 'everything and one' dead --all 0:1 --resend
says 2 '.*topics: too many arguments' 'topics takes nothing' topics null
says 2 '.*nonsense: no such subcommand' 'an unknown command' nonsense
says 0 '.*replay --topic TOPIC .*dead \[PARTITION' 'help lists both' --help
OUT=$(PACELINE_DATABASE="host=$TEST_DIR/nowhere" "$BUILD/paceline-producer" replay --topic null "${range[@]}" 2>&1)
like "$? $OUT" '^4 .*replay: database: ' 'a database out of reach is exit status 4'
BOOTSTRAP=127.0.0.1:1 says 5 '.*replay: kafka: ' 'a broker out of reach is exit status 5' replay --topic null "${range[@]}"

# --- the rows that messages name
says 0 'messages read +0' 'an empty topic' replay --topic null "${range[@]}"
sql "INSERT INTO null_jobs (id, job_status) SELECT i, (ARRAY['complete', 'failed', 'cancelled'])[i % 3 + 1] FROM generate_series(1, 1200) AS i;
     INSERT INTO null_jobs SELECT generate_series(2001, 2010)"
sql "UPDATE null_jobs SET job_status = 'processing', job_epoch = 1, job_attempts = 1, job_worker = 7 WHERE id > 2005"
send null $(seq 1 1200) $(seq 2001 2010)
send null 1 1 1 01 +2 99999 # +2 is no number as PostgreSQL writes it
send_raw paceline.null 5 <<<'not JSON'
send_raw paceline.null 5 <<<'{"kind":"fail","key":"5"}'
send_raw paceline.null 5 <<<'{"kind":"null","key":"x"}'
printf '5\t\n' | kcat -q -b "$BOOTSTRAP" -P -t paceline.null -K $'\t' -Z
producer replay --topic paceline.null "${range[@]}" --status failed --dry-run
is "$STATUS $(figures)" '0 messages read 1220;tombstones 1;unreadable 4;distinct jobs 1211;left alone, pending 5;left alone, processing 5;left alone, complete 400;to requeue, failed 400;left alone, cancelled 400;no such row 1' \
    'a dry run reads everything, knows each row once and says what would be'
is "$(sql 'SELECT count(*) FROM null_jobs WHERE job_generation > 1')" 0 'and changes nothing'
producer replay --topic null "${range[@]}" --status failed
is "$STATUS $(figures)" '0 messages read 1220;tombstones 1;unreadable 4;distinct jobs 1211;left alone, pending 5;left alone, processing 5;left alone, complete 400;requeued, failed 400;left alone, cancelled 400;no such row 1' \
    'the run requeues those'
is "$(sql "SELECT job_status, job_generation, job_attempts, count(*) FROM null_jobs WHERE id <= 1200 GROUP BY 1, 2, 3 ORDER BY 1")" \
    $'cancelled|1|0|400\ncomplete|1|0|400\npending|2|0|400' 'as new generations, the others untouched'
producer replay --topic null "${range[@]}" --status failed
like "$STATUS $(figures)" '^0 .*left alone, pending 405;.*requeued, failed 0;' 'a second time there is nothing left to do'
producer replay --topic null "${range[@]}"
like "$STATUS $(figures)" '^0 .*left alone, pending 405;left alone, processing 5;requeued, complete 400;requeued, failed 0;requeued, cancelled 400;' \
    'without --status: whatever has finished; what waits or is in work is left alone'
is "$(sql "SELECT job_status, count(*) FROM null_jobs WHERE id > 2000 GROUP BY 1 ORDER BY 1")" $'pending|5\nprocessing|5' 'indeed'
producer replay --topic null "${range[@]}" --status processing,pending
like "$STATUS $(figures)" '^0 .*;requeued, pending 1205;requeued, processing 5;left alone, complete 0;' 'unless said'
is "$(sql "SELECT job_status, job_epoch, job_generation, job_attempts, job_worker FROM null_jobs WHERE id IN (2001, 2010)")" \
    $'pending|1|2|0|\npending|2|2|0|' 'then they begin anew, and who worked on them is fenced'

# --- ranges
send -p 3 fail a b c d e
sql "INSERT INTO fail_jobs (id, ending, job_status) SELECT k, 'done', 'complete' FROM unnest('{a,b,c,d,e}'::text[]) AS k"
producer replay --topic fail --partition 3 --from 1 --to 3 --dry-run
like "$STATUS $(figures)" '^0 messages read 2;.*distinct jobs 2;.*to requeue, complete 2;' 'offsets: from the first up to, not including, the last'
producer replay --topic fail --partition 3 --from 3 --to 1000 --dry-run
like "$STATUS $(figures)" '^0 messages read 2;' 'as far as there are any'
messages paceline.fail '%T %k\n' >"$TEST_DIR/times"
# time_of MS: as the command line has it.
time_of() {
    date -u -d "@$(($1 / 1000)).$(printf %03d $(($1 % 1000)))" +%Y-%m-%dT%H:%M:%S.%3NZ
}
first=$(sort -n "$TEST_DIR/times" | head -n 1 | cut -d' ' -f1)
last=$(sort -n "$TEST_DIR/times" | tail -n 1 | cut -d' ' -f1)
producer replay --topic fail --from "$(time_of "$first")" --to "$(time_of $((last + 1)))" --dry-run
like "$(figures)" 'messages read 5;' 'times: the first is in it'
producer replay --topic fail --from $past --to "$(time_of "$first")" --dry-run
like "$(figures)" 'messages read 0;' 'the last is not'
producer replay --topic fail --from "$(time_of $((last + 1)))" --to $future --dry-run
like "$(figures)" 'messages read 0;' 'what came before is not'

# --- done once more, and no more than that
producer_start
reaper_start
worker_start worker -j 2
producer replay --topic fail "${range[@]}"
like "$STATUS $(figures)" '^0 .*requeued, complete 5;' 'with the fleet at work'
ok 'they are done' wait_value 60 0 jobs_left fail
is "$(sql "SELECT key, count(*), max(generation) FROM witness.transitions WHERE kind = 'fail' AND became = 'complete' GROUP BY 1 ORDER BY 1")" $'a|1|2\nb|1|2\nc|1|2\nd|1|2\ne|1|2' \
    'each once, in its new generation'
ok 'so are the others' wait_value 60 0 jobs_left null

# --- interrupted
sql "INSERT INTO null_jobs (id, job_status) SELECT i, 'complete' FROM generate_series(10001, 40000) AS i"
seq 10001 40000 | jq -jR '. + "\u0001{\"kind\":\"null\",\"key\":" + . + "}\u0002"' | kcat -q -b "$BOOTSTRAP" -P -t paceline.null -K $'\001' -D $'\002'
session_open
session_say 'BEGIN; SELECT FROM null_jobs WHERE id = 29000 FOR UPDATE;' 'idle in transaction'
start replay env PACELINE_DATABASE="$(database_of producer) options='-c lock_timeout=60s'" PACELINE_BOOTSTRAP_SERVERS="$BOOTSTRAP" PACELINE_CONFIG="$CONFIG" \
    "$BUILD/paceline-producer" replay --topic null "${range[@]}"
ok 'a replay waits for a row that somebody holds' wait_value 60 1 \
    sql "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'paceline-producer replay' AND wait_event_type = 'Lock'"
kill -INT "$(pid_of replay)"
session_say 'COMMIT;' idle
ok 'interrupted, it ends' wait_for 30 '! is_running replay'
like "$(cat "$TEST_DIR/replay.log")" 'requeued, complete +[1-9].*interrupted: [0-9]+ of the jobs were not looked at' 'and says how far it came'
n=$(sed -nE 's/.*requeued, complete +//p' "$TEST_DIR/replay.log")
ok 'what it requeued is done' wait_value 60 0 jobs_left null
ok 'and nothing else' test "$(sql "SELECT count(*) FROM null_jobs WHERE id > 10000 AND job_generation = 2")" -le "$n"

# --- dead letters
letters() {
    messages paceline.dead '%o\n' | wc -l
}
printf nonsense | send_raw paceline.null dead-1 -H trace=abc -H 'note=kept'
send_raw paceline.fail 'dead 2' <<<'{"kind":"fail"}'
ok 'letters come' wait_for 30 '[ "$(letters)" -ge 6 ]'
producer dead
is "$STATUS $(echo "$OUT" | wc -l)" "0 $(letters)" 'dead lists each, one a line'
like "$OUT" '[0-9]+:[0-9]+  20..-..-..T..:..:..Z  from paceline.fail [0-9]+:[0-9]+  key "dead 2"  "key: missing"' 'with place, time, origin, key and reason'
producer dead --topic fail
is "$STATUS $(echo "$OUT" | grep -c 'from paceline.fail')$(echo "$OUT" | wc -l)" '0 11' 'of one topic'
producer dead --reason 'not the topic'
like "$STATUS $OUT" '^0 .*"kind: not the topic.s"$' 'of one reason'
at=$(program producer dead | awk '/"dead-1"/ { print $1 }')
producer dead "$at"
is "$STATUS $(echo "$OUT" | grep -c dead-1)" '0 1' 'one'
says 1 '.*dead: 0:999: no such letter' 'one that is not there' dead 0:999

stop worker
n=$(messages paceline.null '%k\n' | grep -c dead-1)
producer dead "$at" --resend
like "$STATUS $OUT" '^0 .*1 sent again$' 'sent again'
is "$(messages paceline.null '%k\n' | grep -c dead-1)" $((n + 1)) 'to the topic it came from'
is "$(messages paceline.null '%k|%s|%h\n' | grep '^dead-1' | sort | uniq -c | awk '{ $1 = $1 } 1')" '2 dead-1|nonsense|trace=abc,note=kept' \
    'with its key, value and headers, and no others'
is "$(letters)" "$(program producer dead | wc -l)" 'the letter stays where it is'
send_raw paceline.dead odd <<<'by hand'
send_raw paceline.dead odd -H paceline-topic=paceline.secret <<<'by hand'
send_raw paceline.dead odd -H paceline-topic=paceline.null -H paceline-cut-from-bytes=9000000 <<<'by hand'
producer dead --resend --all
is "$STATUS" 1 'what cannot be sent again is exit status 1'
like "$OUT" 'is not sent again: it does not say which topic' 'one without an origin'
like "$OUT" 'is not sent again: no adopted kind has the topic it came from' 'one that would go to a topic of its own choice'
like "$OUT" 'is not sent again: only its beginning was kept' 'one that was cut'
like "$OUT" "$(($(letters) - 3)) sent again" 'the others are'
is "$(jobs_wrong)" '' 'the contract holds'
done_testing
