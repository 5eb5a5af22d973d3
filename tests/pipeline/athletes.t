#!/bin/bash
# athletes.t - what paceline-athletes writes is taken by the database as it is, twice without harm.
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/cluster.sh"

OUT=$TEST_DIR/out

pg_start
migrate

ok 'athletes are simulated' "$BUILD/paceline-athletes" --seed 5 --athletes 3 --activities 40 --out "$OUT" --sql "$TEST_DIR/world.sql"
is "$(find "$OUT/bodies" -name '*.json' | wc -l)" 40 'one body an activity'
ok 'the SQL runs' psql -XAtq -v ON_ERROR_STOP=1 -1 -f "$TEST_DIR/world.sql"
is "$(sql 'SELECT count(*) FROM athletes')" 3 'athletes are there'
is "$(sql 'SELECT count(*) FROM athlete_thresholds')" 6 'with two rows of thresholds each'
is "$(sql 'SELECT count(*) FROM planned_workouts')" "$(jq length "$OUT/planned.json")" 'and every plan of planned.json'
is "$(sql "SELECT count(*) FROM planned_workouts WHERE steps IS NULL AND steps_preset IS NULL")" 0 'each with steps or tokens'
is "$(sql "SELECT count(*) > 0 FROM planned_workouts WHERE steps IS NULL")" t 'some by tokens only'
is "$(sql "SELECT count(*) > 0 FROM planned_workouts AS a JOIN planned_workouts AS b USING (user_id, local_date, sport) WHERE a.id < b.id")" \
    t 'some ambiguous'
ok 'the SQL runs again' psql -XAtq -v ON_ERROR_STOP=1 -1 -f "$TEST_DIR/world.sql"
is "$(sql 'SELECT count(*) FROM athlete_thresholds')" 6 'and changes nothing'

mkdir -p "$TEST_DIR/recorded/tempo-run"
echo '{"time":{"data":[0,1]},"heartrate":{"data":[120,121]}}' >"$TEST_DIR/recorded/tempo-run/streams.json"
ok 'recorded streams become bodies' "$BUILD/paceline-athletes" --from "$TEST_DIR/recorded" --out "$TEST_DIR/from" --sql "$TEST_DIR/from.sql"
is "$(jq -r '.provider, .activity.sport, .external_id' "$TEST_DIR/from/bodies/00001.json" | tr '\n' ' ')" 'manual run tempo-run ' 'of one manual activity'
ok 'their athlete is taken, too' psql -XAtq -v ON_ERROR_STOP=1 -1 -f "$TEST_DIR/from.sql"
is "$(sql "SELECT ftp_w, w_prime_j, lthr_bpm, rest_hr_bpm, max_hr_bpm, threshold_speed_mps FROM athlete_thresholds ORDER BY valid_from LIMIT 1")" \
    '250|20000|165|50|190|4' 'with the settings of the reference rides'
is "$(jq 'map(.thresholds | length)' -c "$TEST_DIR/from/athletes.json")" '[1]' 'in athletes.json as well'

ok 'a folder that is not there is named' grep -q '/nowhere: No such file' <("$BUILD/paceline-athletes" --from /nowhere --out "$TEST_DIR/from" 2>&1)

done_testing
