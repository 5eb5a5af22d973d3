#!/bin/bash
# paceline-worker run-one --file: a file's figures without database and Kafka; the same activity in every format has
# the same figures, but for what a format cannot hold.
. "$(dirname "$0")/../lib/tap.sh"

WORKER=("$BUILD/paceline-worker" --config /dev/null run-one)
SETTINGS=(--ftp 250 --cp 250 --w-prime 20000 --lthr 165 --max-hr 190 --rest-hr 50 --threshold-speed 4)

report() { # FILE [OPTION...]
    "${WORKER[@]}" --file "$@" "${SETTINGS[@]}" 2>&1
}

# figures FILE [OPTION...]: the document without its stages, whose times differ
figures() {
    "${WORKER[@]}" --json "${SETTINGS[@]}" --file "$@" | jq -S 'del(.stages)'
}

for format in streams fit tcx gpx; do
    "$BUILD/paceline-athletes" --seed 3 --athletes 2 --activities 6 --format $format --out "$TEST_DIR/$format" ||
        bail_out "no simulated $format"
done
body() { # FORMAT NUMBER
    case $1 in streams) echo "$TEST_DIR/streams/bodies/0000$2.json" ;; *) echo "$TEST_DIR/$1/bodies/0000$2.$1" ;; esac
}

# --- the report
OUT=$(report "$(body fit 2)")
like "$OUT" '^ride \(cycling\), 20[0-9-]+T[0-9:]+Z, [0-9]+ samples, [0-9]+ laps' 'a ride says what it is'
like "$OUT" 'Distance +[0-9.]+ km +Average +[0-9.]+ km/h' 'summary'
like "$OUT" 'Normalized power +[0-9]+ W' 'power'
like "$OUT" 'Power.* W \|.*#.*   0 W \|####' 'a chart in plain text when piped'
like "$OUT" 'Splits.* 1 +1\.0[0-9] +[0-9]+:[0-9]+ +[0-9.]+ km/h' 'splits'
like "$OUT" 'Heart rate zones.*Power zones \(W\).* 1  below 1[0-9]+ +[0-9:]+ +[0-9]+ %' 'zones'
like "$OUT" 'Power curve.* 5 s +[0-9]+ W.* 20 min +[0-9]+ W' 'the curve'
is "$(LC_ALL=C grep -c $'[\x80-\xff]' <<<"$OUT")" 0 'plain, as it is piped'
is "$(awk 'length > 80' <<<"$OUT")" '' 'within 80 columns'
is "$(grep -c ' $' <<<"$OUT" | awk '{ print ($1 < 12) }')" 1 'without spaces at the ends of tables'
if command -v script >/dev/null; then
    like "$(LC_ALL=C.UTF-8 script -qec "$(printf '%q ' "${WORKER[@]}" --file "$(body fit 2)")" /dev/null)" '│.*█.*▁|▁.*█' 'blocks on a terminal that shows them'
else
    skip 'blocks on a terminal that shows them' 'script is not installed'
fi
OUT=$(report "$(body tcx 4)")
like "$OUT" '^run \(Running\).*Average +[0-9]+:[0-9][0-9] /km.*Pace'$'\n''.* /km \|.*pace.*Pace zones.*Best times.* 1 km +[0-9]+:[0-9][0-9]' 'a run speaks of pace'
like "$(report "$(body gpx 2)")" '^ride \(cycling\).*Distance +[0-9.]+ km' 'GPX: distance from the positions'
like "$(report "$(body gpx 2)" --sport walk)" '^walk,.*/km' '--sport names it anew'
like "$(report - <"$(body fit 2)")" '^ride \(cycling\)' 'standard input'
like "$(report "$(body streams 2)")" '^[A-Z].*ride, 20' 'a body of POST /workouts'
echo '{"time":{"data":[0,1,2,40]},"watts":{"data":[200,210,null,220]},"cadence":{"data":[80,81,82,83]}}' >"$TEST_DIR/strava.json"
like "$(report "$TEST_DIR/strava.json" --sport ride)" '^ride, 4 samples, 0 laps' 'the streams of Strava alone'
is "$(figures "$TEST_DIR/strava.json" --sport ride | jq -c '[.overall.power_max_w, .overall.elapsed_time_s, .analysis.power.intensity_factor != null, .metrics.load != null]')" \
    '[220,40,true,true]' '--json prints the computed document'
is "$("${WORKER[@]}" --json --file "$TEST_DIR/strava.json" --sport ride | jq -c '.analysis.power.intensity_factor')" null 'without FTP no intensity'

# --- the same activity in every format
#   streams -> FIT   FIT keeps no `moving`: what moves is judged by speed
#   streams -> TCX   nor grade, temperature, nor the moving time of laps and whole
#   streams -> GPX   nor laps, distance and speed: those come from positions that are noisy
bare='del(.streams.moving)'
barer='del(.streams.moving, .streams.grade_pct, .streams.temperature_c, .activity.moving_time_s, .activity.elapsed_time_s) |
       .laps |= map(del(.moving_time_s, .elapsed_time_s))'
same() { # A B: documents in files
    diff "$1" "$2" | head -n 20
    cmp -s "$1" "$2"
}
near() { # A B SHARE: numbers
    jq -en --argjson a "${1:-null}" --argjson b "${2:-null}" --argjson share "$3" '$a > 0 and (($a - $b) | fabs) <= $share * $a'
}
for i in 1 2 3 4 5 6; do
    what=$(jq -r '"\(.activity.sport) \(.activity.distance_m) m"' "$(body streams $i)")
    jq -c "$bare" "$(body streams $i)" >"$TEST_DIR/bare.json"
    jq -c "$barer" "$(body streams $i)" >"$TEST_DIR/barer.json"
    figures "$TEST_DIR/bare.json" >"$TEST_DIR/bare.out"
    figures "$TEST_DIR/barer.json" >"$TEST_DIR/barer.out"
    figures "$(body fit $i)" >"$TEST_DIR/fit.out"
    figures "$(body tcx $i)" >"$TEST_DIR/tcx.out"
    figures "$(body streams $i)" >"$TEST_DIR/streams.out"
    ok "$what: FIT has every figure of the streams" same "$TEST_DIR/bare.out" "$TEST_DIR/fit.out"
    ok "$what: TCX too" same "$TEST_DIR/barer.out" "$TEST_DIR/tcx.out"
    for path in overall.distance_m overall.elapsed_time_s overall.moving_time_s overall.hr_max_bpm; do
        ok "$what: $path with the device's own moving" near "$(jq ".$path // 1" "$TEST_DIR/streams.out")" "$(jq ".$path // 1" "$TEST_DIR/fit.out")" 0
    done
    if [ -f "$(body gpx $i)" ]; then
        figures "$(body gpx $i)" >"$TEST_DIR/gpx.out"
        ok "$what: GPX has the distance within 15 %" near "$(jq .overall.distance_m "$TEST_DIR/tcx.out")" "$(jq .overall.distance_m "$TEST_DIR/gpx.out")" 0.15
        ok "$what: GPX has the heart rate within 5 %" near "$(jq '.overall.hr_avg_bpm // 1' "$TEST_DIR/tcx.out")" "$(jq '.overall.hr_avg_bpm // 1' "$TEST_DIR/gpx.out")" 0.05
    fi
done

# --- recorded activities, should there be any
if [ -d "${PACELINE_DATA:-}" ]; then
    OUT=$(report "$PACELINE_DATA/strava-ride-52km/streams.json" --sport ride)
    like "$OUT" 'Moving time +2:00:09.*Normalized power +212 W.*Intensity factor +0\.85' 'the reference ride'
    find "$PACELINE_DATA" -name '*.fit' -o -name '*.tcx' -o -name '*.gpx' >"$TEST_DIR/recorded"
    while read -r file; do
        ok "$(basename "$file")" figures "$file"
    done <"$TEST_DIR/recorded"
else
    skip 'the reference ride' 'PACELINE_DATA is not set'
fi

# --- wrong
refused() { # STATUS MESSAGE OPTION...
    local status=$1 message=$2 out code
    shift 2
    out=$("${WORKER[@]}" "$@" 2>&1 >/dev/null)
    code=$?
    like "$code $out" "^$status paceline-worker: .*$message" "refused: $*"
}
FIT=$(body fit 2)
refused 2 'run-one: takes a kind and a key, or --file FILE'
refused 2 'no --file' --json
refused 2 '--file: no value' --file
refused 2 '--colour: no such option' --file "$FIT" --colour
refused 2 'more.fit: one file, named by --file' --file "$FIT" more.fit
for option in ftp cp w-prime lthr max-hr rest-hr threshold-speed; do
    refused 2 "--$option: \"x\" is no number from" --file "$FIT" "--$option" x
    refused 2 "--$option: \"-1\" is no number from" --file "$FIT" "--$option=-1"
    refused 2 "--$option: \"nan\" is no number from" --file "$FIT" "--$option" nan
done
refused 2 '--sport: "chess" is none of run, ride' --file "$FIT" --sport chess
refused 1 '/nowhere.fit: No such file' --file /nowhere.fit
refused 1 ': cannot be read' --file "$TEST_DIR"
head -c 500 "$FIT" >"$TEST_DIR/cut.fit"
refused 1 'fit: byte 500: truncated' --file "$TEST_DIR/cut.fit"
echo '<gpx><trk>' >"$TEST_DIR/cut.gpx"
refused 1 'gpx: byte [0-9]+: not well-formed' --file "$TEST_DIR/cut.gpx"
echo 'hello' >"$TEST_DIR/hello"
refused 1 'at byte 0 of' --file "$TEST_DIR/hello"
echo '{"time":{"data":[0,0]}}' >"$TEST_DIR/time.json"
refused 1 'streams.time\[1\]: time does not increase' --file "$TEST_DIR/time.json"
like "$("$BUILD/paceline-worker" --help)" 'run-one --file FILE.*--ftp' '--help names it'
fails 'a full disk is noticed' sh -c '"$@" >/dev/full' -- "${WORKER[@]}" --file "$FIT"
done_testing
