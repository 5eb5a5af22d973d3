#!/bin/bash
# workouts_plan_race: two workouts of a day and one plan that fits both, computed at the same time by two workers: exactly one gets it.
# Then plans are taken away and given back, and those who lost look again.
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/cluster.sh"
. "$(dirname "$0")/../lib/jobs.sh"
. "$(dirname "$0")/../lib/workouts.sh"
DAYS=40
stack_start
worker_start second -j 2

# rest: every workout has been computed.
rest() {
    wait_value 60 0 sql "SELECT count(*) FROM workouts WHERE job_status NOT IN ('complete', 'failed')"
}
# ends_disagree: plans whose side of the link does not say what the workouts' side does.
ends_disagree() {
    sql "SELECT count(*) FROM planned_workouts AS p LEFT JOIN workouts AS w ON w.planned_id = p.id
          WHERE p.completed_workout_id IS DISTINCT FROM w.id OR (p.workout_status = 'completed') <> (w.id IS NOT NULL)"
}
reasons() { # how many workouts have which reason: "attached 40, plan_taken 40"
    sql "SELECT string_agg(reason || ' ' || n, ', ' ORDER BY reason)
           FROM (SELECT computed #>> '{stages,attach,reason}' AS reason, count(*) AS n FROM workouts GROUP BY 1) AS r"
}

# The plans are there before; both workouts of each day come in one transaction, so that they are claimed together.
sql "INSERT INTO planned_workouts (user_id, local_date, sport, total_duration_s)
     SELECT '$ATHLETE', '2026-01-01'::date + i, 'run', 3600 FROM generate_series(1, $DAYS) AS i;
     INSERT INTO workouts (user_id, local_date, source, sport, moving_time_s)
     SELECT '$ATHLETE', '2026-01-01'::date + i, 'manual', 'run', 3500 + 100 * j FROM generate_series(1, $DAYS) AS i, generate_series(0, 1) AS j"
ok 'two runs a day are computed by two workers' rest
is "$(sql 'SELECT count(DISTINCT planned_id), count(planned_id), count(*) FROM workouts')" "$DAYS|$DAYS|$((2 * DAYS))" 'each plan went to exactly one of them'
is "$(reasons)" "attached $DAYS, plan_taken $DAYS" 'the other says why it has none'
is "$(ends_disagree)" 0 'both ends of every link agree'
is "$(sql "SELECT count(*) FROM workouts WHERE (planned_id IS NULL) <> (computed #> '{overall,execution_score}' = 'null')")" 0 'who has a plan has a score'
is "$(sql "SELECT count(*) FROM workouts WHERE job_attempts <> 1 OR job_status <> 'complete'")" 0 'losing a race is no attempt'

# --- the user takes a plan away: the other one gets it
winner=$(sql "SELECT id FROM workouts WHERE planned_id IS NOT NULL AND local_date = '2026-01-05'")
loser=$(sql "SELECT id FROM workouts WHERE planned_id IS NULL AND local_date = '2026-01-05'")
plan=$(sql "SELECT planned_id FROM workouts WHERE id = '$winner'")
sql "SELECT workout_detach('$winner')" >/dev/null
ok 'a run is detached, and the other of its day looks again' rest
is "$(sql "SELECT planned_id FROM workouts WHERE id = '$loser'") $(computed "$winner" stages.attach.reason)" "$plan detached_by_user" 'and has the plan now'
sql "SELECT workout_attach('$winner', '$plan')" >/dev/null
ok 'and attached again' rest
is "$(sql "SELECT planned_id FROM workouts WHERE id = '$winner'") $(computed "$loser" stages.attach.reason)" "$plan plan_taken" 'the user decides'
is "$(ends_disagree)" 0 'both ends agree'

# --- the winner goes: the plan is free again
sql "DELETE FROM workouts WHERE id = '$winner'"
ok 'a run is deleted' rest
is "$(sql "SELECT planned_id FROM workouts WHERE id = '$loser'")" "$plan" 'its plan goes to the other'

# --- the plan goes, another comes
before=$(sql "SELECT streams_updated_at, analysis_updated_at FROM workouts WHERE id = '$loser'")
sql "DELETE FROM planned_workouts WHERE id = '$plan'"
ok 'the plan is deleted' rest
is "$(computed "$loser" stages.attach.reason) $(computed "$loser" stages.execution.reason)" 'no_candidates unplanned' 'nothing is left to compare with'
sql "INSERT INTO planned_workouts (user_id, local_date, sport, total_duration_s) VALUES ('$ATHLETE', '2026-01-05', 'run', 3550)"
ok 'another plan comes after the computation' rest
is "$(computed "$loser" stages.attach.reason)" attached 'and is found'
is "$(sql "SELECT streams_updated_at, analysis_updated_at FROM workouts WHERE id = '$loser'")" "$before" 'what does not read plans did not run again'

# --- two plans for two runs at once: each takes the one that is nearer, nobody takes two
sql "INSERT INTO planned_workouts (user_id, local_date, sport, total_duration_s)
     SELECT '$ATHLETE', '2026-06-01'::date + i, 'run', CASE j WHEN 0 THEN 2400 ELSE 4200 END FROM generate_series(1, 10) AS i, generate_series(0, 1) AS j;
     INSERT INTO workouts (user_id, local_date, source, sport, moving_time_s)
     SELECT '$ATHLETE', '2026-06-01'::date + i, 'manual', 'run', CASE j WHEN 0 THEN 2500 ELSE 4100 END FROM generate_series(1, 10) AS i, generate_series(0, 1) AS j"
ok 'two runs and two plans a day' rest
is "$(sql "SELECT count(*) FROM workouts AS w JOIN planned_workouts AS p ON p.id = w.planned_id
            WHERE w.local_date > '2026-06-01' AND abs(w.moving_time_s - p.total_duration_s) = 100")" 20 'each has its own'
is "$(ends_disagree)" 0 'both ends agree'
is "$(sql 'SELECT count(*) FROM holdings')" 0 'nothing is held'
done_testing
