#!/bin/bash
# The README's walk through a replay, by its own command lines: jobs again, messages again, letters again. The part that needs
# Kafka's own tools runs with BROKER=kafka.
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/cluster.sh"
. "$(dirname "$0")/../lib/jobs.sh"
. "$(dirname "$0")/../lib/readme.sh"
command -v jq >/dev/null || skip_all 'jq is not installed'

left() {
    sql "SELECT count(*) FROM greetings WHERE job_status IN ('pending', 'processing')"
}

# generations: how many rows have each, and how often each row was completed in it.
generations() {
    sql "SELECT generation, count(DISTINCT key), count(*) FROM witness.transitions WHERE kind = 'null' AND became = 'complete' GROUP BY 1 ORDER BY 1"
}

jobs_start fail
ok 'a table is adopted' readme_run adopt
sql "CREATE TRIGGER witness AFTER UPDATE ON greetings FOR EACH ROW
         WHEN (OLD.job_epoch <> NEW.job_epoch OR OLD.job_status <> NEW.job_status) EXECUTE FUNCTION witness.saw('null')"
producer_start
reaper_start
worker_start worker
ok 'its rows are done' wait_value 60 0 left
sql "UPDATE greetings SET job_status = 'failed' WHERE id <= 10; UPDATE greetings SET job_status = 'cancelled' WHERE id > 990"
is "$(generations)" '1|1000|1000' 'each once'

# --- jobs again
ok 'replay of the jobs' readme_run replay-jobs
is "$(tr -s ' ' <"$TEST_DIR/ok.out" | grep -E '^messages|requeue|cancelled' | paste -sd ';')" \
    'messages read 1000; to requeue, complete 980; to requeue, failed 10; left alone, cancelled 10;messages read 1000; requeued, complete 980; requeued, failed 10; left alone, cancelled 10' \
    'first counts, then requeues'
ok 'they are done again' wait_value 60 0 left
is "$(generations)" $'1|1000|1000\n2|990|990' 'those of the statuses, each once more'
ok 'the same with kcat and psql' readme_run replay-jobs-stock
ok 'they are done again' wait_value 60 0 left
is "$(generations)" $'1|1000|1000\n2|990|990\n3|990|990' 'each once more'

# --- messages again
ok 'their messages are read' wait_value 60 0 lag null
n=$(messages paceline.null '%o\n' | wc -l)
transitions=$(sql 'SELECT count(*) FROM witness.transitions')
ok 'replay of the messages' readme_run replay-messages
is "$(messages paceline.null '%o\n' | wc -l)" $((2 * (n + 1))) 'each message is there once more, and one by hand'
is "$(messages paceline.null '%k %p\n' | sort -u | wc -l)" 1000 'in the partition of its key'
ok 'they are read' wait_value 60 0 lag null
is "$(left)" 0 'nothing waits'
is "$(sql 'SELECT count(*) FROM witness.transitions')" "$transitions" 'finished rows are left alone'

# --- what nobody could read
send_raw paceline.null 1 <<<'not JSON'
ok 'a letter' wait_for 30 'messages paceline.dead | grep "not JSON"'
ok 'replay of the dead' readme_run replay-dead
like "$(cat "$TEST_DIR/ok.out")" 'from paceline.null .*1 sent again' 'lists it and sends it'
ok 'it is read again, and in vain' wait_for 30 '[ "$(messages paceline.dead | grep -c "not JSON")" = 2 ]'

# --- the group's offsets
if [ "$BROKER" = kafka ]; then
    stop worker
    ok 'reset of the offsets' wait_for 60 'readme_run replay-offsets'
    is "$(lag null)" "$(messages paceline.null '%o\n' | wc -l)" 'everything is to be read again'
    transitions=$(sql 'SELECT count(*) FROM witness.transitions')
    worker_start worker
    ok 'it is' wait_value 60 0 lag null
    is "$(sql 'SELECT count(*) FROM witness.transitions')" "$transitions" 'finished rows are left alone'
    sql "CREATE TABLE lone (id bigint PRIMARY KEY); SELECT job_adopt('lone', kind => 'lone')" >/dev/null
    OUT=$(program producer replay --topic lone --from 2026-01-01T00:00:00Z --to 2100-01-01T00:00:00Z 2>&1)
    like "$? $OUT" '^5 .*replay: kafka: paceline.lone: .*[Uu]nknown topic' 'a topic that was never made'
else
    skip 'reset of the offsets' "the embedded broker has no admin API: BROKER=kafka"
fi

# --- what the operator does with a few
generations_of="SELECT string_agg(job_generation::text, ' ' ORDER BY id) FROM greetings WHERE id IN (1, 7, 8, 9)"
sql "UPDATE greetings SET job_status = 'failed' WHERE id = 1"
is "$(sql "$generations_of")" '3 3 3 3' 'before'
ok 'the commands of the operator' readme_run operate
ok 'what was requested is done again' wait_value 60 0 left
is "$(sql "$generations_of")" '4 4 4 3' 'and nothing else'
ok 'verify agrees' program reaper verify
done_testing
