#!/bin/bash
# workouts_locks: users who plan, link and unlink, devices that send again, and workers that attach, all at once on the same few
# workouts: nobody deadlocks, and both ends of every link agree.
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/cluster.sh"
. "$(dirname "$0")/../lib/workouts.sh"
pg_start
migrate

sql "INSERT INTO planned_workouts (id, user_id, local_date, sport, total_duration_s)
     SELECT ('bbbbbbbb-0000-4000-8000-00000000000' || i)::uuid, '$ATHLETE', '$DAY', 'run', 3000 + i * 500 FROM generate_series(0, 3) AS i;
     INSERT INTO workouts (id, user_id, local_date, sport, source, moving_time_s)
     SELECT ('aaaaaaaa-0000-4000-8000-00000000000' || i)::uuid, '$ATHLETE', '$DAY', 'run', 'manual', 3000 + i * 500 FROM generate_series(0, 5) AS i"
WORKOUT="('aaaaaaaa-0000-4000-8000-00000000000' || :a)::uuid"
PLAN="('bbbbbbbb-0000-4000-8000-00000000000' || :p)::uuid"

# The worker's own statement, with the values where its parameters are.
link=$(sed -e 's/--.*//' -e "s/\\\$1/$WORKOUT/g" -e "s/\\\$2/$PLAN/g" "$ROOT/sql/queries/workout_link.sql" | tr '\n' ' ')
cat >"$TEST_DIR/crowd.sql" <<END
\\set a random(0, 5)
\\set p random(0, 3)
\\set turn random(1, 6)
\\if :turn = 1
UPDATE planned_workouts SET total_duration_s = 3000 + (random() * 1000)::int WHERE id = $PLAN;
\\elif :turn = 2
SELECT workout_attach($WORKOUT, $PLAN);
\\elif :turn = 3
SELECT workout_detach($WORKOUT);
\\elif :turn = 4
UPDATE workouts SET distance_m = (random() * 1000)::int WHERE id = $WORKOUT;
\\elif :turn = 5
INSERT INTO planned_workouts (user_id, local_date, sport, total_duration_s) VALUES ('$ATHLETE', '$DAY', 'ride', 5);
\\else
UPDATE workouts SET job_status = 'processing', job_epoch = job_epoch + 1, job_worker = 1, job_due_at = NULL WHERE id = $WORKOUT AND job_status = 'pending';
SELECT same_day FROM plan_candidates($WORKOUT);
BEGIN;
SELECT 1 FROM workouts WHERE id = $WORKOUT FOR NO KEY UPDATE;
$link
UPDATE workouts SET job_status = 'complete', job_worker = NULL WHERE id = $WORKOUT AND job_status = 'processing';
COMMIT;
\\endif
END
ok 'a crowd of eight' "$PG_BIN/pgbench" -n -c 8 -j 2 -t 150 -f "$TEST_DIR/crowd.sql"
is "$(grep -c 'deadlock detected' "$TEST_DIR/postgres.log")" 0 'nobody deadlocks'
is "$(grep -cE '(ERROR|FATAL): ' "$TEST_DIR/postgres.log")" "$(grep -cE 'FATAL: .*(starting up|does not exist)' "$TEST_DIR/postgres.log")" 'and nothing else fails'
is "$(sql "SELECT count(*) FROM planned_workouts AS p LEFT JOIN workouts AS w ON w.planned_id = p.id
            WHERE p.completed_workout_id IS DISTINCT FROM w.id OR (p.workout_status = 'completed') <> (w.id IS NOT NULL)")" 0 \
    'WK23: both ends of every link agree'
is "$(sql "SELECT count(*) FROM workouts WHERE job_status = 'processing'")" 0 'nothing is left in work'
done_testing
