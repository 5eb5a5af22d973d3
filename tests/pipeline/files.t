#!/bin/bash
# POST /workouts with files of devices: FIT, GPX and TCX become workouts, the same file once; what cannot be read is
# refused with the byte, and nothing of it is stored.
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/cluster.sh"

ada=0ada0000-0000-4000-8000-000000000001

# post TYPE FILE [QUERY [CURL ARGUMENT...]]: "STATUS BODY", with the service key for ada
post() {
    local type=$1 file=$2 query=${3-?user_id=$ada}
    shift $(($# < 3 ? $# : 3))
    rm -f "$TEST_DIR/body"
    curl -sS -m 30 -o "$TEST_DIR/body" -w '%{http_code}' -H "Authorization: Bearer $PACELINE_SERVICE_KEY" \
        -H "Content-Type: $type" "$@" --data-binary "@$file" "$HTTP_URL/workouts$query" 2>"$TEST_DIR/curl.err"
    printf ' %s' "$(cat "$TEST_DIR/body" 2>/dev/null)"
}

error() { # MEMBER of the last answer's error
    jq -r ".error.$1" "$TEST_DIR/body"
}

base64url() {
    openssl base64 -A | tr '+/' '-_' | tr -d '='
}

token_of() { # USER
    local signed
    signed=$(printf '{"alg":"HS256","typ":"JWT"}' | base64url).$(printf '{"sub":"%s","role":"authenticated","exp":%d}' "$1" $(($(date +%s) + 3600)) | base64url)
    printf '%s.%s' "$signed" "$(printf '%s' "$signed" | openssl dgst -sha256 -binary -hmac "$PACELINE_JWT_SECRET" | base64url)"
}

for format in fit tcx gpx; do
    "$BUILD/paceline-athletes" --seed 3 --athletes 2 --activities 6 --format $format --out "$TEST_DIR/$format" ||
        bail_out "no simulated $format"
done
ride=00002 # a ride with power, positions and laps
fit=$TEST_DIR/fit/bodies/$ride.fit
tcx=$TEST_DIR/tcx/bodies/$ride.tcx
gpx=$TEST_DIR/gpx/bodies/$ride.gpx

echo 'http_body_max_bytes = 2097152;' >>"$CONFIG"
pg_start
migrate
broker_start
topics
producer_start

# --- taken
like "$(post application/vnd.ant.fit "$fit")" '^202 .*"created":true' 'a FIT file is taken'
id=$(jq -r .id "$TEST_DIR/body")
is "$(sql "SELECT user_id, source, sport, job_status, streams_version, provider_data ->> 'format' FROM workouts WHERE id = '$id'")" \
    "$ada|file|ride|pending|1|fit" 'as a workout, pending'
is "$(sql "SELECT external_id FROM workouts WHERE id = '$id'")" "$(b2sum -l 256 "$fit" | cut -d' ' -f1)" 'external_id is the hash of the file'
is "$(sql "SELECT n > 500 AND power_w IS NOT NULL AND lat_e7 IS NOT NULL FROM workout_streams WHERE workout_id = '$id'")" t 'its samples are there'
is "$(sql "SELECT jsonb_array_length(laps) > 1 AND (laps #> '{0,end_index}')::int > 0 FROM workouts WHERE id = '$id'")" t 'and its laps'
rows=$(sql "SELECT xmin, ctid FROM workouts WHERE id = '$id'")
like "$(post application/vnd.ant.fit "$fit")" "^202 .*\"id\":\"$id\",\"created\":false,\"changed\":false" 'the same file again is the same workout'
like "$(post application/octet-stream "$fit")" "^202 .*\"id\":\"$id\",\"created\":false" 'under other names of the type, too'
like "$(post 'Application/FIT; charset=binary' "$fit")" "^202 .*\"id\":\"$id\",\"created\":false" 'with parameters and capitals'
is "$(sql "SELECT xmin, ctid FROM workouts WHERE id = '$id'")" "$rows" 'nothing is written'

like "$(post application/vnd.garmin.tcx+xml "$tcx")" '^202 .*"created":true' 'a TCX file is taken'
tcx_id=$(jq -r .id "$TEST_DIR/body")
like "$(post 'application/gpx+xml; charset=utf-8' "$gpx")" '^202 .*"created":true' 'a GPX file is taken'
gpx_id=$(jq -r .id "$TEST_DIR/body")
is "$(sql "SELECT sport, start_at = (SELECT start_at FROM workouts WHERE id = '$id') FROM workouts WHERE id = '$tcx_id'")" 'ride|t' 'the ride of the FIT file'
same_arrays() { # ID COLUMN...
    local other=$1 column
    shift
    for column; do
        [ "$(sql "SELECT a.$column IS NOT DISTINCT FROM b.$column AND a.$column IS NOT NULL FROM workout_streams AS a, workout_streams AS b
                   WHERE a.workout_id = '$id' AND b.workout_id = '$other'")" = t ] || { echo "$column differs"; return 1; }
    done
}
ok 'with the same samples' same_arrays "$tcx_id" time_s distance_m speed_mps hr_bpm power_w cadence_per_min
is "$(sql "SELECT s.distance_m IS NULL AND s.speed_mps IS NULL AND laps IS NULL FROM workout_streams AS s, workouts WHERE workout_id = '$gpx_id' AND id = '$gpx_id'" | tail -1)" t \
    'GPX has neither distance nor laps'
like "$(post application/gpx+xml "$gpx" "?user_id=$ada&sport=walk")" "^202 .*\"id\":\"$gpx_id\",\"created\":false,\"changed\":true" 'the client may name the sport'
is "$(sql "SELECT sport, provider_sport FROM workouts WHERE id = '$gpx_id'")" 'walk|walk' 'and it is stored'

# --- whose
like "$(post application/vnd.ant.fit "$fit" '')" '^400 .*"field":"user_id"' 'the service key must name a user'
like "$(post application/vnd.ant.fit "$fit" '?user_id=me')" '^400 .*user_id: not a uuid.*"field":"user_id"' 'by a uuid'
like "$(post application/vnd.ant.fit "$fit" "?user_id=$ada&sport=chess")" '^400 .*sport: none of run, .*"field":"sport"' 'a sport must be one'
bob=0b0b0000-0000-4000-8000-000000000002
as_bob() { # QUERY
    curl -sS -m 30 -o "$TEST_DIR/body" -w '%{http_code}' -H "Authorization: Bearer $(token_of $bob)" -H 'Content-Type: application/vnd.ant.fit' \
        --data-binary "@$fit" "$HTTP_URL/workouts$1"
}
is "$(as_bob '')" 202 'a user’s own token says whose it is'
is "$(sql "SELECT count(*) FROM workouts WHERE user_id = '$bob' AND external_id = (SELECT external_id FROM workouts WHERE id = '$id')")" 1 'the same file of two users is two workouts'
is "$(as_bob "?user_id=$ada")" 403 'and nobody else'
is "$(error code)" other_user 'which is said'

# --- refused, and nothing stored
count=$(sql 'SELECT count(*) FROM workouts')
bad=$TEST_DIR/bad
refused() { # TYPE NAME REASON [OFFSET]: $bad
    like "$(post "$1" "$bad")" '^422 ' "$2: 422"
    like "$(error message)" "$3" "says why: $3"
    is "$(error code) $(error 'offset | type') $(error field)" 'invalid_file number null' 'in the shape of every error, with the byte'
    [ -z "${4:-}" ] || is "$(error offset)" "$4" "byte $4"
}
head -c 1000 "$fit" >"$bad"
refused application/vnd.ant.fit 'a truncated FIT file' 'fit: byte 1000: truncated' 1000
cp "$fit" "$bad"
printf 'X' | dd of="$bad" bs=1 seek=2000 conv=notrunc status=none
refused application/vnd.ant.fit 'a corrupt one' 'the checksum of the file is wrong' $(($(stat -c %s "$fit") - 2))
cat "$fit" "$fit" >"$bad"
refused application/vnd.ant.fit 'two chained' 'a second FIT file' "$(stat -c %s "$fit")"
cp "$gpx" "$bad"
refused application/vnd.ant.fit 'GPX called FIT' 'no FIT file' 0
: >"$bad"
refused application/vnd.ant.fit 'an empty one' 'no FIT file' 0
head -c 3000 "$gpx" >"$bad"
refused application/gpx+xml 'a truncated GPX file' 'not well-formed XML'
printf '<!DOCTYPE gpx [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><gpx><trk><name>&b;</name></trk></gpx>' >"$bad"
refused application/gpx+xml 'a bomb of entities' 'a document type declaration is not taken'
printf '<!DOCTYPE gpx SYSTEM "file:///etc/passwd"><gpx/>' >"$bad"
refused application/gpx+xml 'an external entity' 'a document type declaration is not taken'
printf '<gpx>%s' "$(printf '<a>%.0s' {1..5000})" >"$bad"
refused application/gpx+xml 'a thousand levels' 'deeper than 32'
sed 's/<DistanceMeters>[0-9.]*/<DistanceMeters>far/' "$tcx" >"$bad"
refused application/vnd.garmin.tcx+xml 'a TCX file with words for numbers' '"far" is no number'
cp "$gpx" "$bad"
refused application/tcx+xml 'GPX called TCX' 'the root is <gpx>'
for type in text/plain application/xml application/x-www-form-urlencoded multipart/form-data application/gpx; do
    like "$(post "$type" "$gpx")" '^415 .*"code":"unsupported_media_type"' "415: $type"
done
head -c 2100000 /dev/zero >"$bad"
like "$(post application/vnd.ant.fit "$bad")" '^413 ' 'too large: 413'
is "$(sql 'SELECT count(*) FROM workouts')" "$count" 'none of it is stored'
like "$(metric producer 'paceline_workout_ingest_total{outcome="refused"}')" '^[1-9]' 'counted'
done_testing
