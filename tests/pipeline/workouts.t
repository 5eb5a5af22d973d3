#!/bin/bash
# workouts: from a row to its computed figures, by a real worker on a real database. Each known failure of the systems
# before that concerns the kind (workouts.md, section 9) is named where it is tested.
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/cluster.sh"
. "$(dirname "$0")/../lib/workouts.sh"
pg_start
migrate

STEPS='[{"id":"w","kind":"warmup","duration_s":600},{"id":"a","kind":"work","duration_s":1800,"speed_min_mps":2.8,"speed_max_mps":3.2},{"id":"c","kind":"cooldown","duration_s":600}]'
STEADY=('distance_m = i * 3.0' 'speed_mps = 3.0' 'hr_bpm = 140' 'altitude_m = 100')

# --- a run with a plan, in one go ---
plan=$(plan_add 'sport, steps' "'run', '$STEPS'")
run=$(workout_add 'sport, moving_time_s, distance_m' "'run', 3000, 9000")
samples_add "$run" 3001 "${STEADY[@]}"
ok 'a run is computed' run_one "$run"
is "$(status "$run") $(stages "$run")" 'complete cccccc' 'every stage is complete'
is "$(computed "$run" stages.attach.reason)" attached 'WK1: the plan is attached'
is "$(computed "$run" execution.intervals.1.type)" tempo 'WK1: before what reads it: execution has its targets'
is "$(sql "SELECT planned_id = '$plan' AND planned_by = 'auto' FROM workouts WHERE id = '$run'")" t 'the link is stored'
is "$(sql "SELECT workout_status, completed_workout_id = '$run' FROM planned_workouts")" 'completed|t' 'WK23: and the plan follows'
is "$(sql "SELECT job_epoch, job_attempts FROM workouts WHERE id = '$run'")" '1|1' 'WK2: by one job in one attempt: attaching starts nothing'
is "$(sql "SELECT count(DISTINCT t) FROM workouts, unnest(ARRAY[streams_updated_at, attach_updated_at, summary_updated_at, analysis_updated_at,
       metrics_updated_at, execution_updated_at, computed_at, job_changed_at]) AS t WHERE id = '$run'")" 1 'WK3: everything is of one transaction'
is "$(computed "$run" overall.distance_m) $(computed "$run" overall.moving_time_s) $(computed "$run" overall.speed_avg_mps)" '9000 3000 3' 'distance, time, speed'
is "$(computed "$run" overall.execution_score) $(computed "$run" execution.pace_adherence_pct)" '100 100' 'as planned: 100'
is "$(computed "$run" intervals.1.sample_start) $(computed "$run" intervals.1.sample_end)" '600 2400' 'WK19: sample indices refer to the stored rows'
is "$(computed "$run" intervals.1.pass_state) $(computed "$run" intervals.1.executed.duration_s)" 'pass 1800' 'the step was carried out'
is "$(computed "$run" planned_steps_light.2.planned_step_id)" c 'the plan in short'
is "$(sql "SELECT jsonb_array_length(computed #> '{analysis,series,time_s}') FROM workouts WHERE id = '$run'")" 2000 'the chart has at most 2,000 points'
is "$(sql "SELECT count(DISTINCT jsonb_array_length(v)) FROM workouts, jsonb_each(computed #> '{analysis,series}') AS s (k, v)
           WHERE id = '$run' AND jsonb_typeof(v) = 'array'")" 1 'in arrays of one length'
like "$(computed "$run" execution.explanation)" 'Moved for 50 of 50 planned minutes \(100 %\)\.' 'and says so in words'

# --- again: the same, without work ---
before=$(sql "SELECT computed FROM workouts WHERE id = '$run'")
sql "UPDATE workouts SET job_status = 'pending' WHERE id = '$run'"
ok 'asked for again' run_one "$run"
is "$(sql "SELECT computed FROM workouts WHERE id = '$run'")" "$before" 'WK26: nothing runs whose inputs are the same'
sql "UPDATE workouts SET computed = computed #- '{stages}', job_status = 'pending' WHERE id = '$run'"
ok 'every stage again' run_one "$run"
is "$(sql "SELECT computed - 'stages' FROM workouts WHERE id = '$run'" | sha256sum)" "$(sql "SELECT '$before'::jsonb - 'stages'" | sha256sum)" \
    'the same result for the same inputs'
is "$(computed "$run" stages.attach.reason)" already_linked 'the link stands'

# --- other clients' keys ---
sql "SELECT merge_computed('$run', '{\"coach\": {\"note\": \"well done\"}, \"metrics\": {\"theirs\": 1}}')" >/dev/null
sql "UPDATE workouts SET session_rpe = 5 WHERE id = '$run'"
ok 'computed anew after an input changed' run_one "$run"
is "$(computed "$run" coach.note) $(computed "$run" metrics.theirs)" 'well done ' 'WK8: own paths are replaced, every other key is left alone'

# --- nothing there: every stage ends, with a reason ---
bare=$(DAY=2026-01-01 workout_add sport "'other'")
ok 'a workout without anything' run_one "$bare"
is "$(status "$bare") $(stages "$bare")" 'complete cccccc' 'WK11: no samples, no plan: no stage stays open'
is "$(computed "$bare" stages.streams.reason) $(computed "$bare" stages.attach.reason) $(computed "$bare" stages.summary.reason) $(computed "$bare" stages.execution.reason)" \
    'not_requested no_candidates no_samples unplanned' 'WK11: each says why'
is "$(sql "SELECT computed #> '{overall,distance_m}', computed #> '{metrics,trimp}', computed #> '{metrics,load}' FROM workouts WHERE id = '$bare'")" \
    'null|null|null' 'WK14: missing is null, not 0'
is "$(computed "$bare" metrics.reasons.trimp)" no_hr 'WK14: with the reason'

# --- scalars only ---
manual=$(DAY=2026-01-02 workout_add 'sport, moving_time_s, distance_m, hr_avg_bpm' "'run', 1800, 5000, 150")
ok 'a workout from its scalars' run_one "$manual"
is "$(computed "$manual" overall.distance_m) $(computed "$manual" overall.hr_avg_bpm) $(computed "$manual" stages.summary.basis)" '5000 150 scalars' 'has the provider'\''s figures'
is "$(computed "$manual" metrics.load) $(computed "$manual" metrics.load_basis)" '28.125 duration' 'and a load by time'

# --- a slow walk stays slow ---
walk=$(DAY=2026-05-01 workout_add 'sport, moving_time_s, distance_m' "'walk', 600, 300")
samples_add "$walk" 601 'distance_m = i * 0.5' 'speed_mps = 0.5'
ok 'a slow walk' run_one "$walk"
is "$(computed "$walk" overall.speed_avg_mps) $(computed "$walk" overall.moving_time_s)" '0.5 600' 'WK18: 2,000 s a km are 2,000 s a km'

# --- two runs and one plan; an equal pair of plans ---
plan2=$(DAY=2026-04-01 plan_add 'sport, total_duration_s' "'run', 3600")
first=$(DAY=2026-04-01 workout_add 'sport, moving_time_s' "'run', 3500")
second=$(DAY=2026-04-01 workout_add 'sport, moving_time_s' "'run', 3600")
ok 'WK22: a first run of the day' run_one "$first"
ok 'WK22: and a second one' run_one "$second"
is "$(computed "$first" stages.attach.reason) $(computed "$second" stages.attach.reason)" 'attached plan_taken' 'WK24: the plan is not taken away from the first'
sql "INSERT INTO planned_workouts (user_id, local_date, sport, total_duration_s) SELECT '$ATHLETE', '2026-04-02', 'run', 3600 + i FROM generate_series(0, 1) AS i"
pair=$(DAY=2026-04-02 workout_add 'sport, moving_time_s' "'run', 3500")
ok 'a run between two plans' run_one "$pair"
is "$(computed "$pair" stages.attach.reason) $(sql "SELECT planned_id IS NULL FROM workouts WHERE id = '$pair'")" 'ambiguous t' 'WK24: a close runner-up leaves the choice to the user'
chosen=$(sql "SELECT id FROM planned_workouts WHERE local_date = '2026-04-02' AND total_duration_s = 3600")
sql "SELECT workout_attach('$pair', '$chosen')" >/dev/null
is "$(status "$pair")" pending 'WK1: the user chooses, and the workout is done anew'
ok 'and is' run_one "$pair"
is "$(computed "$pair" stages.attach.reason) $(computed "$pair" execution.duration_adherence_pct)" 'already_linked 97.22' 'WK1: with what reads the plan'
sql "SELECT workout_detach('$pair')" >/dev/null
ok 'the user wants none' run_one "$pair"
is "$(computed "$pair" stages.attach.reason) $(computed "$pair" stages.execution.reason) $(sql "SELECT computed #> '{overall,execution_score}' FROM workouts WHERE id = '$pair'")" \
    'detached_by_user unplanned null' 'and the score is gone'
is "$plan2" "$(sql "SELECT planned_id FROM workouts WHERE id = '$first'")" 'the first run keeps its plan through all this'

# --- a plan that comes after ---
late=$(DAY=2026-04-03 workout_add 'sport, moving_time_s' "'ride', 3600")
ok 'a ride before its plan' run_one "$late"
analysed=$(sql "SELECT analysis_updated_at FROM workouts WHERE id = '$late'")
sql "INSERT INTO planned_workouts (user_id, local_date, sport, total_duration_s) VALUES ('$ATHLETE', '2026-04-03', 'ride', 3600)"
is "$(status "$late") $(stages "$late")" 'pending cpcccc' 'the plan comes: attach is pending'
ok 'and the ride is done anew' run_one "$late"
is "$(computed "$late" overall.execution_score)" 100 'with its score'
is "$(sql "SELECT analysis_updated_at FROM workouts WHERE id = '$late'")" "$analysed" 'what does not read the plan did not run again'

# --- plan and execution do not fit ---
long=$(DAY=2026-04-04 plan_add 'sport, steps' "'run', '$STEPS'")
short=$(DAY=2026-04-04 workout_add 'sport, moving_time_s' "'run', 600")
samples_add "$short" 601 "${STEADY[@]}"
ok 'a short run on the day of a long plan' run_one "$short"
is "$(computed "$short" stages.attach.reason)" duration_out_of_range 'is another workout'
sql "SELECT workout_attach('$short', '$long')" >/dev/null
ok 'attached by its user all the same' run_one "$short"
is "$(computed "$short" stages.summary.reason) $(computed "$short" intervals) $(computed "$short" overall.distance_m)" 'plan_mismatch [] 1800' \
    'WK25: overall only, no nonsense intervals'

# --- one stage fails for good ---
lifts=$(DAY=2026-05-02 workout_add 'sport, moving_time_s, exercises' "'strength', 3600, '[5]'")
run_one "$lifts" || true
is "$(status "$lifts") $(stages "$lifts")" 'failed ccccfc' 'a stage that fails for good fails alone'
like "$(sql "SELECT metrics_error FROM workouts WHERE id = '$lifts'")" '^invalid_data: .*exercise' 'WK12: the failure is on record'
is "$(sql "SELECT job_error ->> 'class', job_error ->> 'stage' FROM workouts WHERE id = '$lifts'")" 'invalid_data|metrics' 'WK15: the outcome is on the row'
is "$(computed "$lifts" overall.moving_time_s) $(computed "$lifts" execution.pace_confidence)" '3600 ' 'WK13: the others are complete and written, each with its own status'
sql "UPDATE workouts SET exercises = '[{\"name\": \"squat\", \"sets\": [{\"weight_kg\": 100, \"reps\": 5, \"rir\": 2}]}]' WHERE id = '$lifts'"
ok 'mended' run_one "$lifts"
is "$(status "$lifts") $(stages "$lifts") $(computed "$lifts" metrics.load_basis) $(computed "$lifts" metrics.load)" 'complete cccccc volume 8.9285714' 'and complete'
is "$(sql "SELECT metrics_error IS NULL, job_error IS NULL FROM workouts WHERE id = '$lifts'")" 't|t' 'without its error'

# --- samples that cannot be computed: the rest goes on from the scalars ---
broken=$(DAY=2026-05-03 workout_add 'sport, moving_time_s, distance_m, streams_version' "'run', 600, 2000, 1")
sql "INSERT INTO workout_streams (workout_id, user_id, version, n, time_s) VALUES ('$broken', '$ATHLETE', 1, 3, '{0,5,5}')"
run_one "$broken" || true
is "$(status "$broken") $(stages "$broken") $(computed "$broken" overall.distance_m) $(computed "$broken" stages.summary.basis)" 'failed fccccc 2000 scalars' \
    'unreadable samples fail the streams stage; the others run on scalars'

# --- thresholds: unknown stays unknown ---
ride=$(DAY=2026-05-04 workout_add 'sport, moving_time_s' "'ride', 1200")
samples_add "$ride" 1201 'distance_m = i * 8.0' 'power_w = 200' 'hr_bpm = 150'
ok 'a ride of an athlete without thresholds' run_one "$ride"
is "$(sql "SELECT computed #> '{analysis,power,intensity_factor}', computed #> '{metrics,tss}', computed #> '{analysis,zones,power}', computed #> '{analysis,zones,hr}',
       computed #> '{metrics,trimp}', computed #>> '{metrics,reasons,tss}' FROM workouts WHERE id = '$ride'")" 'null|null|null|null|null|no_ftp' \
    'WK28: no FTP, no maximum: none is invented'
thresholds_add 'ftp_w, max_hr_bpm, lthr_bpm' '250, 190, 165'
sql "UPDATE workouts SET job_status = 'pending' WHERE id = '$ride'"
ok 'with thresholds' run_one "$ride"
is "$(computed "$ride" metrics.load_basis) $(computed "$ride" analysis.zones.power.threshold)" 'tss 250' 'they re-run what depends on them, with nothing but a request'

# --- the model of slopes is an option of the worker ---
hill=$(DAY=2026-05-05 workout_add sport "'run'")
samples_add "$hill" 1801 'distance_m = i * 3.0' 'speed_mps = 3.0' 'altitude_m = 100 + i * 0.15'
ok 'a run up a hill' run_one "$hill"
minetti=$(computed "$hill" overall.speed_gap_mps)
sql "UPDATE workouts SET job_status = 'pending' WHERE id = '$hill'"
by_strava() {
    PACELINE_GAP_MODEL=strava run_one "$1"
}
ok 'by the other model' by_strava "$hill"
is "$(sql "SELECT $minetti BETWEEN 3.8 AND 4, $(computed "$hill" overall.speed_gap_mps) BETWEEN 3.5 AND 3.65")" 't|t' 'each weighs 5 % its own way'
fails 'a model that there is not' env PACELINE_GAP_MODEL=daniels "$BUILD/paceline-worker" check-config

# --- what the kind computed is clean ---
is "$(sql "SELECT count(*) FROM workouts WHERE computed::text ~ '(NaN|Infinity)'")" 0 'nothing is NaN or infinite'
is "$(sql "SELECT count(*) FROM workouts WHERE job_status IN ('complete', 'failed') AND 'pending' IN (streams_status, attach_status, summary_status,
       analysis_status, metrics_status, execution_status)")" 0 'WK11: no finished job has an open stage'
is "$(sql 'SELECT count(*) FROM holdings')" 0 'and nothing is held'

# --- WK6: a thousand merges in parallel lose no key ---
keep=$(workout_add sport "'other'")
echo "SELECT merge_computed('$keep', jsonb_build_object('merge', jsonb_build_object('c' || :client_id || '-' || nextval('merged'), 1)));" >"$TEST_DIR/merge.sql"
sql 'CREATE SEQUENCE merged'
ok 'WK6: 1,000 merges in 8 sessions' "$PG_BIN/pgbench" -n -c 8 -j 2 -t 125 -f "$TEST_DIR/merge.sql"
is "$(sql "SELECT count(*) FROM workouts, jsonb_object_keys(computed -> 'merge') WHERE id = '$keep'")" 1000 'WK6: no key is lost'
done_testing
