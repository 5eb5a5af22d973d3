# shellcheck shell=bash
# workouts.sh - workouts, plans and samples for pipeline tests, written straight into the database.
#
#   . tap.sh; . cluster.sh; . workouts.sh
#   pg_start; migrate
#   id=$(workout_add 'sport, moving_time_s' "'run', 3600")
#   run_one "$id"

export ATHLETE=11111111-1111-4111-8111-111111111111
DAY=2026-03-14

# workout_add COLUMNS VALUES: one workout of ATHLETE on DAY; prints its id. DAY=... before it chooses another day.
workout_add() {
    sql "INSERT INTO workouts (user_id, local_date, source, $1) VALUES ('$ATHLETE', '$DAY', 'manual', $2) RETURNING id"
}

# plan_add COLUMNS VALUES: one plan of ATHLETE on DAY; prints its id.
plan_add() {
    sql "INSERT INTO planned_workouts (user_id, local_date, $1) VALUES ('$ATHLETE', '$DAY', $2) RETURNING id"
}

# samples_add ID N EXPRESSIONS: n samples, one a second; EXPRESSIONS is a list of "column = SQL over i (0...)".
#   samples_add "$id" 600 'distance_m = i * 3.0' 'speed_mps = 3.0' 'hr_bpm = 140'
samples_add() {
    local id=$1 n=$2 item columns='' values=''
    shift 2
    for item in "$@"; do
        columns+=", ${item%% = *}"
        values+=", array_agg(${item#* = } ORDER BY i)"
    done
    sql "INSERT INTO workout_streams (workout_id, user_id, version, n, time_s $columns)
         SELECT '$id', '$ATHLETE', 1, $n, array_agg(i ORDER BY i) $values FROM generate_series(0, $n - 1) AS i;
         UPDATE workouts SET streams_version = 1 WHERE id = '$id'"
}

# ride_add FOLDER: a ride of PACELINE_DATA with its samples, as Strava's streams answer; prints its id. A copy of the file is read
# by psql itself: it does not fit on a command line.
ride_add() {
    local id
    id=$(workout_add 'sport' "'ride'")
    psql -XAtq -v ON_ERROR_STOP=1 -v id="$id" -v athlete="$ATHLETE" <<END >/dev/null
\\set json \`cat "$1/streams.json"\`
CREATE TEMP TABLE stream AS SELECT key AS name, value -> 'data' AS data FROM jsonb_each(:'json');
CREATE FUNCTION pg_temp.ints(wanted text) RETURNS int[] LANGUAGE sql AS
    \$\$ SELECT array_agg(CASE e.v #>> '{}' WHEN 'true' THEN 1 WHEN 'false' THEN 0 ELSE round((e.v #>> '{}')::numeric)::int END ORDER BY e.n)
          FROM stream, jsonb_array_elements(data) WITH ORDINALITY AS e (v, n) WHERE name = wanted \$\$;
CREATE FUNCTION pg_temp.reals(wanted text) RETURNS real[] LANGUAGE sql AS
    \$\$ SELECT array_agg((e.v #>> '{}')::real ORDER BY e.n)
          FROM stream, jsonb_array_elements(data) WITH ORDINALITY AS e (v, n) WHERE name = wanted \$\$;
CREATE FUNCTION pg_temp.degrees_e7(which int) RETURNS int[] LANGUAGE sql AS
    \$\$ SELECT array_agg(round((e.v ->> which)::numeric * 10000000)::int ORDER BY e.n)
          FROM stream, jsonb_array_elements(data) WITH ORDINALITY AS e (v, n) WHERE name = 'latlng' \$\$;
INSERT INTO workout_streams (workout_id, user_id, version, n, time_s, distance_m, lat_e7, lng_e7, altitude_m, speed_mps, hr_bpm,
                             cadence_per_min, power_w, temperature_c, grade_pct, moving)
SELECT :'id', :'athlete', 1, cardinality(pg_temp.ints('time')), pg_temp.ints('time'), pg_temp.reals('distance'), pg_temp.degrees_e7(0),
       pg_temp.degrees_e7(1), pg_temp.reals('altitude'), pg_temp.reals('velocity_smooth'), pg_temp.ints('heartrate'),
       pg_temp.ints('cadence'), pg_temp.ints('watts'), pg_temp.ints('temp'), pg_temp.reals('grade_smooth'), pg_temp.ints('moving');
UPDATE workouts SET streams_version = 1 WHERE id = :'id';
END
    echo "$id"
}

# laps_add ID FILE: the laps of an activity.json.
laps_add() {
    psql -XAtq -v ON_ERROR_STOP=1 -v id="$1" <<END >/dev/null
\\set json \`cat "$2"\`
UPDATE workouts
   SET laps = (SELECT jsonb_agg(jsonb_build_object('name', lap -> 'name', 'start_index', lap -> 'start_index', 'end_index', lap -> 'end_index',
                                                   'distance_m', lap -> 'distance', 'elapsed_time_s', lap -> 'elapsed_time',
                                                   'moving_time_s', lap -> 'moving_time') ORDER BY n)
                 FROM jsonb_array_elements((:'json')::jsonb -> 'laps') WITH ORDINALITY AS l (lap, n))
 WHERE id = :'id';
END
}

# thresholds_add COLUMNS VALUES: the athlete's thresholds since long ago.
thresholds_add() {
    sql "INSERT INTO athlete_thresholds (user_id, valid_from, $1) VALUES ('$ATHLETE', '2020-01-01', $2)"
}

# run_one ID: the worker does this one job, here. Its log is in $TEST_DIR/run-one.log.
run_one() {
    program worker run-one workouts "$1" >>"$TEST_DIR/run-one.log" 2>&1
}

# computed ID PATH: one value of `computed`, by a JSON path such as metrics.trimp or intervals.0.pass_state.
computed() {
    sql "SELECT computed #>> '{${2//./,}}' FROM workouts WHERE id = '$1'"
}

# stages ID: the six statuses, in order, by their first letters: cccccc.
stages() {
    sql "SELECT left(streams_status, 1) || left(attach_status, 1) || left(summary_status, 1) || left(analysis_status, 1)
              || left(metrics_status, 1) || left(execution_status, 1) FROM workouts WHERE id = '$1'"
}

# status ID: of the job.
status() {
    sql "SELECT job_status FROM workouts WHERE id = '$1'"
}
