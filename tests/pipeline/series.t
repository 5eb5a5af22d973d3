#!/bin/bash
# series: the thinned chart and the full samples of one workout, as a client reads them: aligned, and the same at the same index.
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/cluster.sh"
. "$(dirname "$0")/../lib/http.sh"
. "$(dirname "$0")/../lib/workouts.sh"
command -v jq >/dev/null || skip_all 'jq is not installed'
pg_start
migrate
broker_start
topics
producer_start
A=$(token_of $ATHLETE)

get() { # ID [QUERY]: the answer in $TEST_DIR/body
    request -H "Authorization: Bearer $A" "$HTTP_URL/workouts/$1${2:-}" | cut -c1-3
}
# series FILTER: of the thinned series as $thin and the full one as $full
series() {
    jq -c -n --slurpfile t "$TEST_DIR/thin" --slurpfile f "$TEST_DIR/full" \
        "(\$t[0].computed.analysis.series) as \$thin | (\$f[0].computed.analysis.series) as \$full | $1"
}

# A run of 5,000 rows: intervals, hills, a gap of 20 s and a pause of 300 s, a heart rate that is missing at times.
run=$(workout_add sport "'run'")
sql "INSERT INTO workout_streams (workout_id, user_id, version, n, time_s, distance_m, altitude_m, speed_mps, hr_bpm, cadence_per_min)
     SELECT '$run', '$ATHLETE', 1, 5000, array_agg(t ORDER BY i), array_agg((i * 3.0)::real ORDER BY i), array_agg((100 + 20 * sin(i / 200.0))::real ORDER BY i),
            array_agg((3 + CASE WHEN i % 400 < 100 THEN 1.5 ELSE 0 END + sin(i / 7.0) / 5)::real ORDER BY i),
            array_agg(CASE WHEN i % 50 = 3 THEN NULL ELSE 140 + i % 20 END ORDER BY i), array_agg(170 + i % 5 ORDER BY i)
       FROM (SELECT i, i + CASE WHEN i >= 1000 THEN 19 ELSE 0 END + CASE WHEN i >= 3000 THEN 299 ELSE 0 END AS t FROM generate_series(0, 4999) AS i) AS r;
     UPDATE workouts SET streams_version = 1 WHERE id = '$run'"
ok 'a run is computed' run_one "$run"
is "$(get "$run")" 200 'its chart'
cp "$TEST_DIR/body" "$TEST_DIR/thin"
is "$(get "$run" '?series=full')" 200 'its samples'
cp "$TEST_DIR/body" "$TEST_DIR/full"

is "$(series '$thin.index | length, .[0], .[-1], (. == (sort | unique))' | paste -sd' ')" '2000 0 4999 true' '2,000 points, the first and the last among them, ascending'
is "$(series '[$thin[] | arrays | length] | unique')" '[2000]' 'every array of the chart is as long'
is "$(series '[$full[] | arrays | length] | unique')" '[5000]' 'and every array of the samples'
is "$(series '($thin | keys) - ($full | keys)')" '[]' 'the samples have every channel of the chart'
is "$(series '[$thin.index[] as $i | $full.time_s[$i]] == $thin.time_s')" true 'the times are those of the chosen rows'
for channel in hr_bpm cadence_spm; do
    is "$(series "[\$thin.index[] as \$i | \$full.${channel}[\$i]] == \$thin.$channel")" true "$channel, too"
done
for channel in distance_m elevation_m; do
    is "$(series "[range(2000) as \$k | \$thin.${channel}[\$k] - \$full.${channel}[\$thin.index[\$k]] | select(. > 0.056 or . < -0.056)]")" '[]' "$channel within a decimetre"
done
is "$(series '[$thin.hr_bpm[] | select(. == null)] | length > 0')" true 'a missing heart rate is null'
is "$(series '$thin.power_w, $thin.cadence_rpm, $full.cadence_rpm' | paste -sd' ')" 'null null null' 'no power, no revolutions'
is "$(series '[$thin, $full | (.pace_s_per_km | length) == (.speed_mps | length)] | all')" true 'with a pace beside each speed'
is "$(series '[$thin.time_s[] | select(. > 3018 and . < 3318)]')" '[]' 'nothing is invented in a pause'
# What the eye follows is kept: each of the intervals has points of both kinds.
is "$(series '[range(12) as $k | [$thin.index[] | select(. >= $k * 400 and . < ($k + 1) * 400)] | length | select(. < 100)]')" '[]' 'no part of the run is thinned away'

is "$(get "$run" '?series=half')" 400 'another series there is not'
is "$(field error.field)" series 'which is said'
bare=$(DAY=2026-01-01 workout_add 'sport, moving_time_s' "'run', 600")
ok 'a run without samples' run_one "$bare"
is "$(get "$bare" '?series=full') $(jq -c .computed.analysis.series "$TEST_DIR/body")" '200 null' 'has no series'
done_testing
