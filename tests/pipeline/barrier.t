#!/bin/bash
# Lost announcements come back, known by a barrier; a backlog is not taken for a loss.
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/cluster.sh"
. "$(dirname "$0")/../lib/jobs.sh"

# mute SQL: in a session without triggers, as a restore or a table copy has it: nothing is announced.
mute() {
    sql "SET session_replication_role = replica; $1"
}

# barriers KIND: how many have passed.
barriers() {
    local n
    n=$(metric reaper "paceline_barrier_pass_total{kind=\"$1\"}")
    echo "${n:-0}"
}

# turns_pass N: N barriers of another kind, whose topic stays empty, pass.
turns_pass() {
    local until=$(($(barriers crash) + $1))
    wait_for $(($1 * 5 + 10)) "n=\$(barriers crash); echo \"\$n\"; [ \"\$n\" -ge $until ]"
}

# again WHY [KIND]: jobs announced again.
again() {
    local n
    n=$(metric reaper "paceline_reannounce_total{kind=\"${2:-null}\",outcome=\"$1\"}")
    echo "${n:-0}"
}

in_topic() {
    messages "paceline.$1" '%k\n' | wc -l
}

jobs_start null crash
# As if a full sweep had just been: it would find what the barrier must.
sql "INSERT INTO job_ground SELECT true, s.system_identifier, c.timeline_id, now() FROM pg_control_system() AS s, pg_control_checkpoint() AS c"
producer_start
reaper_start
worker_start worker

# --- announcements that nobody sent
mute "INSERT INTO null_jobs SELECT generate_series(1, 700)"
ok 'rows that came without their announcement are done' wait_value 40 0 jobs_left null
is "$(again lost)" 700 'each was announced again once'
is "$(claims null)" 700 'and done once'
sql "UPDATE null_jobs SET job_status = 'pending', job_due_at = now() + interval '1 s' WHERE id <= 3"
mute "UPDATE null_jobs SET job_announced_at = now() + interval '2 s' WHERE id <= 3"
ok 'rows of the due index that say they were announced, and were not' wait_value 40 0 jobs_left null
is "$(claims null)" 703 'are done too'
ok 'nothing is announced in vain: a row that was just inserted' turns_pass 1
sql "INSERT INTO null_jobs VALUES (1000)"
ok 'is done' wait_value 20 0 jobs_left null
ok 'and left alone' turns_pass 3
is "$(again lost)" 703 'by the barrier'

# --- a transaction older than its row looks
session_open
session_say "BEGIN; SET session_replication_role = replica; INSERT INTO null_jobs VALUES (1001);" 'idle in transaction'
ok 'barriers pass while a transaction is open' turns_pass 3
is "$(again lost)" 703 'and see nothing of it'
session_say 'COMMIT; RESET session_replication_role;' idle
ok 'after its end, its row is found' wait_value 40 0 jobs_left null

# --- a backlog is no loss: the consumers stopped
stop worker
sql "INSERT INTO null_jobs SELECT generate_series(10001, 12000)"
ok 'two thousand messages wait' wait_for 20 '[ "$(program reaper status --json | jq ".kinds[] | select(.kind == \"null\") | .lag")" = 2000 ]'
before=$(in_topic null)
lost=$(again lost)
ok 'while barriers pass elsewhere' turns_pass 5
is "$(in_topic null)" "$before" 'no message is sent again'
is "$(again lost)" "$lost" 'nothing is taken for lost'
worker_start worker
ok 'they are done' wait_value 60 0 jobs_left null
is "$(again lost)" "$lost" 'still nothing is taken for lost'
is "$(sql "SELECT max(job_epoch) FROM null_jobs WHERE id > 10000")" 1 'each once'

# --- nor is a paused kind
program reaper pause null >/dev/null
stop worker
worker_start worker # has read that it is paused
sql "INSERT INTO null_jobs SELECT generate_series(20001, 20500)"
before_barriers=$(barriers null)
ok 'a paused kind, while barriers pass elsewhere' turns_pass 12
is "$(jobs_in pending null)" 500 'waits'
ok 'has no barrier of its own' test "$(barriers null)" -le $((before_barriers + 1))
is "$(again lost)" "$lost" 'nothing is taken for lost'

# --- the broker forgets everything, while they wait
broker_wipe
is "$(in_topic null)" 0 'the broker has forgotten them'
program reaper resume null >/dev/null
ok 'all that it had forgotten is announced again and done' wait_value 90 0 jobs_left null
is "$(sql "SELECT max(job_epoch), max(job_generation) FROM null_jobs WHERE id > 20000")" '1|1' 'each once'

# --- the slot is dropped, with what it had to tell
stop producer
sql "INSERT INTO null_jobs SELECT generate_series(30001, 30100)"
sql "SELECT pg_drop_replication_slot('paceline')" >/dev/null
producer_start
ok 'what a dropped slot had to tell is announced again' wait_value 60 0 jobs_left null
is "$(sql "SELECT max(job_epoch) FROM null_jobs WHERE id > 30000")" 1 'each done once'

# --- swept_to
swept() {
    sql "SELECT swept_to > now() - interval '11 min' FROM job_kinds WHERE kind = 'null'"
}
sql "UPDATE job_kinds SET swept_to = now() - interval '2 h' WHERE kind = 'null'"
ok 'swept_to moves up to ten minutes ago' wait_value 20 t swept
ok 'and no further' test "$(sql "SELECT swept_to <= now() - interval '10 min' FROM job_kinds WHERE kind = 'null'")" = t
mute "INSERT INTO null_jobs (id, job_inserted_at, job_announced_at) VALUES (40000, now() - interval '30 min', now() - interval '30 min')"
session_say 'BEGIN; SELECT id FROM null_jobs WHERE id = 40000 FOR UPDATE;' 'idle in transaction'
sql "UPDATE job_kinds SET swept_to = now() - interval '2 h' WHERE kind = 'null'"
held() {
    sql "SELECT k.swept_to = t.job_inserted_at FROM job_kinds AS k, null_jobs AS t WHERE k.kind = 'null' AND t.id = 40000"
}
ok 'never past a row that somebody has locked' wait_value 20 t held
ok 'for as long as it is' turns_pass 2
is "$(held)" t 'it stays there'
session_say 'COMMIT;' idle
ok 'then the row is done' wait_value 40 0 jobs_left null
ok 'and swept_to moves on' wait_value 20 t swept

# --- a kind of another consumer group
sql "CREATE TABLE others (id bigint PRIMARY KEY, ending text, times int);
     SELECT job_adopt('others', kind => 'fail', consumer_group => 'others')" >/dev/null
topics
worker_start other --consumer-group others
mute "INSERT INTO others VALUES (1, 'done')"
ok 'a kind of another group has its barrier too' wait_value 60 complete sql "SELECT job_status FROM others"
stop other
sql "SELECT job_abandon('fail')" >/dev/null

# --- the full sweep
mute "INSERT INTO null_jobs (id, job_inserted_at) VALUES (50001, now() - interval '1 day');
      INSERT INTO null_jobs (id, job_status, job_worker, job_attempts, job_epoch, job_changed_at)
      VALUES (50002, 'processing', 9999, 1, 1, now() - interval '1 day')"
ok 'what no index tells' turns_pass 2
is "$(sql "SELECT count(*) FROM null_jobs WHERE id > 50000 AND job_status <> 'complete'")" 2 'the barrier does not find'
swept_at=$(sql "SELECT swept_at FROM job_ground")
sql "UPDATE job_ground SET swept_at = now() - interval '25 h'"
ok 'a full sweep does, once a day' wait_value 60 0 jobs_left null
is "$(sql "SELECT job_epoch, job_attempts FROM null_jobs WHERE id = 50002")" '3|2' 'a job in work that no holding names is given back'
ok 'and says when it was' wait_for 20 '[ "$(sql "SELECT swept_at > now() - interval '\''1 h'\'' FROM job_ground")" = t ]'
mute "INSERT INTO null_jobs (id, job_inserted_at) VALUES (50003, now() - interval '1 day')"
sql "UPDATE job_ground SET timeline = timeline + 1"
ok 'another timeline is swept too' wait_value 60 0 jobs_left null
mute "INSERT INTO null_jobs (id, job_inserted_at) VALUES (50004, now() - interval '1 day')"
sql "UPDATE job_kinds SET swept_to = now() + interval '1 h' WHERE kind = 'null'"
ok 'and a clock behind swept_to' wait_value 60 0 jobs_left null
is "$(jobs_wrong)" '' 'nothing was done twice'
done_testing
