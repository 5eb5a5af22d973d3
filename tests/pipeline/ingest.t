#!/bin/bash
# POST /workouts and GET /workouts/:id: one transaction, once per activity, and only one's own.
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/cluster.sh"
. "$(dirname "$0")/../lib/http.sh"
command -v kcat >/dev/null || skip_all 'kcat is not installed'

ada=0ada0000-0000-4000-8000-000000000001
bob=0b0b0000-0000-4000-8000-000000000002

# token_rs256 CLAIMS: signed by the key of the JWKS
token_rs256() {
    local signed
    signed=$(printf '%s' '{"alg":"RS256","kid":"rsa-1"}' | base64url).$(printf '%s' "$1" | base64url)
    printf '%s.%s' "$signed" "$(printf '%s' "$signed" | openssl dgst -sha256 -sign "$TEST_DIR/rsa.pem" -binary | base64url)"
}

# post BEARER BODY [CURL ARGUMENT...]
post() {
    local bearer=$1 body=$2
    shift 2
    request -H "Authorization: Bearer $bearer" -H 'Content-Type: application/json' "$@" --data-binary "$body" "$HTTP_URL/workouts"
}

get() { # BEARER ID [QUERY]
    request -H "Authorization: Bearer $1" "$HTTP_URL/workouts/$2${3:-}"
}

messages() {
    timeout 30 kcat -q -b "$BOOTSTRAP" -C -t paceline.workouts -o beginning -e -f "${1:-%k %s\n}" 2>/dev/null
}

counted() {
    metric producer "paceline_workout_ingest_total{outcome=\"$1\"}"
}

ride() { # ID [NAME [DISTANCE]]
    printf '{"provider":"strava","activity":{"id":%s,"name":"%s","sport_type":"Ride","start_date":"2020-06-01T13:03:45Z","start_date_local":"2020-06-01T15:03:45Z","distance":%s,"moving_time":5400,"elapsed_time":5500,"average_heartrate":141.5},"streams":{"time":{"data":[0,1,2,4]},"heartrate":{"data":[100,null,102,103]},"distance":{"data":[0,2.5,5,10]},"latlng":{"data":[[51.5,-0.12],[51.50001,-0.12],[51.50002,-0.12],[51.50004,-0.12]]}}}' \
        "$1" "${2:-Morning}" "${3:-52000}"
}

manual='{"provider":"manual","activity":{"sport":"run","start_at":"2024-05-01T06:00:00Z","utc_offset_s":7200,"distance_m":10000,"moving_time_s":3000,"name":"Easy"}'

openssl genrsa -out "$TEST_DIR/rsa.pem" 2048 2>/dev/null
modulus=$(openssl rsa -in "$TEST_DIR/rsa.pem" -noout -modulus | sed 's/Modulus=//' | perl -ne 'chomp; print pack("H*", $_)' | base64url)
echo "{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"rsa-1\",\"n\":\"$modulus\",\"e\":\"AQAB\"}]}" >"$TEST_DIR/jwks"
chmod 644 "$TEST_DIR/jwks"
cat >>"$CONFIG" <<END
jwks = "$TEST_DIR/jwks";
http_body_max_bytes = 2097152;
END
pg_start
migrate
broker_start
topics
producer_start
A=$(token_of $ada)
B=$(token_of $bob)

# --- stored, once
trace=00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01
like "$(post "$A" "$(ride 9000000001)" -H "traceparent: $trace")" \
    '^202 \{"id":"[0-9a-f-]{36}","created":true,"changed":true,"job":\{"status":"pending","epoch":0\}\}$' 'a ride is taken'
id=$(field id)
is "$(sql "SELECT user_id, sport, source, name, strava_activity_id, local_date, distance_m, moving_time_s, hr_avg_bpm, streams_version, job_status FROM workouts WHERE id = '$id'")" \
    "$ada|ride|strava|Morning|9000000001|2020-06-01|52000|5400|141.5|1|pending" 'as a row, pending'
is "$(sql "SELECT start_at AT TIME ZONE 'UTC', utc_offset_s FROM workouts WHERE id = '$id'")" '2020-06-01 13:03:45|7200' 'its time'
is "$(sql "SELECT user_id, version, n, time_s, distance_m, hr_bpm, lat_e7, altitude_m FROM workout_streams WHERE workout_id = '$id'")" \
    "$ada|1|4|{0,1,2,4}|{0,2.5,5,10}|{100,NULL,102,103}|{515000000,515000100,515000200,515000400}|" 'its samples, what is missing NULL'
ok 'announced' wait_for 10 "messages | grep -q '^$id '"
like "$(messages '%h\n')" "ce_source=wal.*traceparent=$trace\$" 'with the trace of the request'

before=$(sql "SELECT xmin, ctid FROM workouts WHERE id = '$id'")
is "$(post "$A" "$(ride 9000000001)")" "202 {\"id\":\"$id\",\"created\":false,\"changed\":false,\"job\":{\"status\":\"pending\",\"epoch\":0}}" 'WK26: the same again'
is "$(sql "SELECT xmin, ctid FROM workouts WHERE id = '$id'")" "$before" 'nothing is written'
sql "UPDATE workouts SET job_status = 'complete' WHERE id = '$id'"
is "$(post "$A" "$(ride 9000000001 Evening)")" "202 {\"id\":\"$id\",\"created\":false,\"changed\":true,\"job\":{\"status\":\"complete\",\"epoch\":1}}" 'another name is no work'
is "$(sql "SELECT name, job_status FROM workouts WHERE id = '$id'")" 'Evening|complete' 'and is stored'
like "$(post "$A" "$(ride 9000000001 Evening 51000)")" "^202 .*\"id\":\"$id\",\"created\":false,\"changed\":true,\"job\":\{\"status\":\"pending\",\"epoch\":[1-9]" 'another distance is'
is "$(sql "SELECT distance_m, job_status, streams_version FROM workouts WHERE id = '$id'")" '51000|pending|2' 'pending again'
ok 'and announced again' wait_for 10 "[ \$(messages | grep -c '^$id ') = 2 ]"
like "$(post "$B" "$(ride 9000000001)")" '^202 .*"created":true' 'the same activity of another user is another workout'
is "$(sql 'SELECT count(*) FROM workouts')" 2 'two rows'

like "$(post "$A" "$manual,\"external_id\":\"e-1\"}")" '^202 .*"created":true' 'a manual run with an external id'
run=$(field id)
like "$(post "$A" "$manual,\"external_id\":\"e-1\"}")" "^202 .*\"id\":\"$run\",\"created\":false,\"changed\":false" 'is itself'
like "$(post "$A" "$manual}")" '^202 .*"created":true' 'without one each is another'
like "$(post "$A" "$manual}")" '^202 .*"created":true' 'WK22: two runs of one day'
is "$(sql "SELECT count(*) FROM workouts WHERE source = 'manual'")" 3 'three rows'
is "$(sql "SELECT streams_version FROM workouts WHERE id = '$run'")" 0 'without samples'

# Ten at once: one row, one creation.
for i in 1 2 3 4 5 6 7 8 9 10; do
    curl -sS -m 30 -H "Authorization: Bearer $A" -H 'Content-Type: application/json' --data-binary "$(ride 9000000777)" "$HTTP_URL/workouts" >"$TEST_DIR/racer.$i" &
    racers[i]=$!
done
wait "${racers[@]}"
is "$(cat "$TEST_DIR"/racer.* | grep -o '"created":true' | wc -l)" 1 'the same activity ten times at once is created once'
is "$(sql "SELECT count(*) FROM workouts WHERE strava_activity_id = 9000000777")" 1 'one row'

# --- who may
is "$(request --data-binary "$(ride 1)" "$HTTP_URL/workouts")" '401 {"error":{"code":"no_token","message":"a bearer token is needed","field":null}}' 'no token'
like "$(post "$(token_of $ada -120)" "$(ride 1)")" '^401 .*expired_token' 'an expired token'
like "$(post "$(token_of $ada -30)" "$(ride 9000000002)")" '^202 ' 'a minute of leeway'
like "$(post "$(token "{\"sub\":\"$ada\",\"role\":\"authenticated\"}")" "$(ride 1)")" '^401 .*bad_token' 'a token that never expires'
like "$(post "$(token "{\"sub\":\"$ada\",\"role\":\"authenticated\",\"exp\":99999999999,\"nbf\":99999999990}")" "$(ride 1)")" '^401 .*bad_token' 'a token of the future'
like "$(post "$(token "{\"sub\":\"$ada\",\"role\":\"authenticated\",\"exp\":99999999999}" '' 'another-secret-of-32-bytes-or-more')" "$(ride 1)")" '^401 .*bad_token' 'another secret'
like "$(post "$(token "{\"sub\":\"$ada\",\"role\":\"authenticated\",\"exp\":99999999999}" '{"alg":"HS512"}')" "$(ride 1)")" '^401 .*bad_token' 'another algorithm'
none=$(printf '{"alg":"none"}' | base64url).$(printf '{"sub":"%s","role":"authenticated","exp":99999999999}' $ada | base64url).
like "$(post "$none" "$(ride 1)")" '^401 .*bad_token' 'algorithm none'
like "$(post "${A%?????}AAAAA" "$(ride 1)")" '^401 .*bad_token' 'a changed signature'
like "$(post "${A#?}" "$(ride 1)")" '^401 .*bad_token' 'a damaged header'
like "$(post "x.y.z" "$(ride 1)")" '^401 .*bad_token' 'no token at all'
like "$(post "$(token '{"role":"authenticated","exp":99999999999}')" "$(ride 1)")" '^401 .*bad_token' 'a token without a user'
like "$(post "$(token_of "x' OR true --")" "$(ride 1)")" '^401 .*bad_token' 'a user that is no uuid'
like "$(post "$(token_of $ada 3600 anon)" "$(ride 1)")" '^403 .*role_refused' 'the role anon'
like "$(post "${PACELINE_SERVICE_KEY}x" "$(ride 1)")" '^401 .*bad_token' 'a wrong service key'
like "$(post "$(token_rs256 "{\"sub\":\"$bob\",\"role\":\"authenticated\",\"exp\":99999999999}")" "$(ride 9000000003)")" '^202 ' 'RS256 by the JWKS'
# The public key as an HMAC secret, the classical confusion of algorithms.
openssl rsa -in "$TEST_DIR/rsa.pem" -pubout -out "$TEST_DIR/public.pem" 2>/dev/null
like "$(post "$(token "{\"sub\":\"$ada\",\"role\":\"authenticated\",\"exp\":99999999999}" '{"alg":"HS256","kid":"rsa-1"}' "$(cat "$TEST_DIR/public.pem")")" "$(ride 1)")" '^401 .*bad_token' 'HS256 with the public key'

other=$(ride 5 | sed "s/^{/{\"user_id\":\"$bob\",/")
like "$(post "$A" "$other")" '^403 .*"code":"other_user".*"field":"user_id"' 'another user’s id'
like "$(post "$PACELINE_SERVICE_KEY" "$other")" '^202 .*"created":true' 'which the service key may name'
is "$(sql "SELECT user_id FROM workouts WHERE strava_activity_id = 5")" "$bob" 'and which is stored'
like "$(post "$PACELINE_SERVICE_KEY" "$(ride 6)")" '^400 .*"field":"user_id"' 'and must'
like "$(post "$(token_of $ada 3600 service_role)" "$other")" '^202 .*"changed":false' 'a token with the role service_role'

# --- bad input stores nothing
rows=$(sql 'SELECT count(*) FROM workouts')
for body in '' 'x' '[]' '{}' '{"provider":"polar","activity":{}}' '{"provider":"strava"}' '{"provider":"strava","activity":7}' \
    "${manual}," "$manual,\"external_id\":\"\"}" "$(ride 0)" "$(ride -5)" "$(ride 7 x 1e400)" "$(ride 7 x -1)" \
    "$(ride 7 | sed 's/\[0,1,2,4\]/[0,2,2,4]/')" "$(ride 7 | sed 's/\[0,1,2,4\]/[0,1,2]/')" \
    "$(ride 7 | sed 's/"average_heartrate":141.5/"average_heartrate":20/')" "$(ride 7 | sed 's/2020-06-01T13/2020-13-01T13/')"; do
    like "$(post "$A" "$body")" '^400 \{"error":\{"code":"[a-z_]+","message":".+","field":.+\}\}$' "refused: ${body:0:60}"
done
like "$(post "$A" "$(ride 7 | sed 's/"average_heartrate":141.5/"average_heartrate":20/')")" '"field":"activity.average_heartrate"' 'names the field'
printf '%s,"note":"%02100000d"}' "$manual" 0 >"$TEST_DIR/large"
like "$(post "$A" "@$TEST_DIR/large")" '^413 .*body_too_large' 'a body that is too large'
is "$(sql 'SELECT count(*) FROM workouts')" "$rows" 'none of it is stored'
is "$(grep -c -e "$PACELINE_SERVICE_KEY" -e "$PACELINE_JWT_SECRET" -e "$A" "$TEST_DIR/producer.log")" 0 'no secret and no token in the log'

# --- what the client reads
like "$(get "$A" "$run")" '^200 ' 'one’s own workout'
is "$(field sport) $(field local_date) $(field start_at) $(field distance_m) $(field job.status) $(field stages.summary.status) $(field 'done')" \
    'run 2024-05-01 2024-05-01T06:00:00Z 10000 pending pending false' 'what was stored'
is "$(field weather)/$(field planned_id)" / 'null where nothing is known'
is "$(sql "SELECT count(*) FROM jsonb_object_keys((\$b\$$(cat "$TEST_DIR/body")\$b\$::jsonb) -> 'stages')")" 6 'six stages'
like "$(get "$B" "$run")" '^404 ' 'hidden from others'
like "$(get "$PACELINE_SERVICE_KEY" "$run")" '^200 ' 'not from the service key'
like "$(request "$HTTP_URL/workouts/$run")" '^401 ' 'nor for nobody'
for bad in 00000000-0000-0000-0000-000000000000 x "$run'" "$run%00" ..; do
    like "$(get "$A" "$bad")" '^404 ' "no workout: $bad"
done
sql "UPDATE workouts SET speed_avg_mps = 3.3333333, job_status = 'complete', computed_version = 1, temperature_c = 12.5,
            computed = '{\"overall\":{\"speed_avg_mps\":4,\"speed_gap_mps\":0.4,\"speed_max_mps\":null},
                         \"analysis\":{\"series\":{\"time_s\":[0,1,2],\"speed_mps\":[2,0.1,null]}},
                         \"intervals\":[{\"executed\":{\"speed_mps\":5}}]}'
      WHERE id = '$run'"
get "$A" "$run" >/dev/null
is "$(field computed.overall.pace_avg_s_per_km) $(field computed.overall.pace_gap_s_per_km)/$(field computed.overall.pace_max_s_per_km) $(field computed.intervals.0.executed.pace_s_per_km) $(field pace_avg_s_per_km)" \
    '250 / 200 300' 'pace beside each speed, null below 0.5 m/s'
is "$(field computed.analysis.series.pace_s_per_km)" '[500, null, null]' 'in the series, too'
is "$(field computed.version) $(field weather.temperature_c)" '1 12.5' 'version and weather'
get "$A" "$id" >/dev/null
sql "UPDATE workouts SET speed_avg_mps = 9 WHERE id = '$id'"
get "$A" "$id" '?series=full' >/dev/null
is "$(field computed.analysis.series.index) $(field computed.analysis.series.time_s) $(field computed.analysis.series.hr_bpm) $(field computed.analysis.series.elevation_m)" \
    '[0, 1, 2, 3] [0, 1, 2, 4] [100, null, 102, 103] ' 'series=full: all samples'
is "$(field pace_avg_s_per_km)" '' 'a ride has no pace'
like "$(get "$A" "$id" '?series=half')" '^400 ' 'series=half'
sql "UPDATE workouts SET job_status = 'complete' WHERE id = '$id'"
get "$A" "$id" >/dev/null
is "$(field 'done')" true 'done when complete'
like "$(request -X DELETE -H "Authorization: Bearer $A" "$HTTP_URL/workouts/$id")" '^405 ' 'DELETE is not offered'

# --- the database away
pg_kill QUIT
is "$(post "$A" "$(ride 9000000100)")" '503 {"error":{"code":"unavailable","message":"not possible right now; nothing was stored","field":null}}' 'the database away: 503'
like "$(get "$A" "$id")" '^503 ' 'for reading, too'
pg_run
ok 'back: taken' wait_for 20 '[[ $(post "$A" "$(ride 9000000100)") = 202* ]]'
pg_kill QUIT
pg_run
ok 'an idle connection that broke unseen costs nobody an answer' wait_for 20 '[[ $(post "$A" "$(ride 9000000101)") = 202* ]]'
like "$(counted created)" '^[0-9]+$' 'counted'
done_testing
