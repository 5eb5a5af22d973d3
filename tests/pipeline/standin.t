#!/bin/bash
# standin: the stand-ins do what apis.md says the providers do.
. "$(dirname "$0")/../lib/tap.sh"
for program in curl jq; do
    command -v $program >/dev/null || skip_all "$program is not installed (deploy/setup --dev installs it)"
done
CONFIG=$TEST_DIR/paceline.conf
. "$ROOT/tests/lib/standin.sh"
standin_start --seed 7 --athletes 2 --activities 60

# get URL [CURL ARGUMENT...]: status; headers in head, the body in body
get() {
    curl -sS -m 10 -D "$TEST_DIR/head" -o "$TEST_DIR/body" -w '%{http_code}' "${@:2}" "$STANDIN$1" 2>"$TEST_DIR/curl.err"
}
body() {
    jq -r "$1" <"$TEST_DIR/body"
}
header() {
    tr -d '\r' <"$TEST_DIR/head" | sed -n "s/^$1: //p"
}
token() { # FIELD=VALUE...
    get /strava/oauth/token --data "client_id=1&client_secret=standin-secret&$1"
}
A=(-H 'Authorization: Bearer access-0-0')

# --- Strava: tokens
is "$(token 'grant_type=authorization_code&code=code-0') $(body .access_token) $(body .athlete.id)" '200 access-0-0 1000' 'a code becomes a grant'
is "$(token 'grant_type=authorization_code&code=code-0') $(body .errors[0].field)" '400 code' 'once'
is "$(token 'grant_type=refresh_token&refresh_token=refresh-0-0') $(body .access_token)" '200 access-0-0' 'with more than an hour left, the same token'
standin PUT /_clock "{\"now\":$(($(date +%s) + 18100))}" >/dev/null
is "$(token 'grant_type=refresh_token&refresh_token=refresh-0-0') $(body '.access_token + " " + .refresh_token')" '200 access-0-1 refresh-0-0' 'with less, a new one'
like "$(body .expires_in)" '^21[56][0-9][0-9]$' 'that lives six hours'
is "$(get /strava/api/v3/athlete/activities "${A[@]}") $(get /strava/api/v3/athlete/activities -H 'Authorization: Bearer access-0-1')" '200 200' 'both work until their end'
standin PUT /_clock "{\"now\":$(($(date +%s) + 36300))}" >/dev/null
is "$(get /strava/api/v3/athlete/activities "${A[@]}") $(body .errors[0].field)" '401 access_token' 'the old one then no more'
settings '{"rotates":true}'
token 'grant_type=refresh_token&refresh_token=refresh-0-0' >/dev/null
is "$(body '.access_token + " " + .refresh_token')" 'access-0-2 refresh-0-1' 'rotation'
is "$(token 'grant_type=refresh_token&refresh_token=refresh-0-0') $(body .errors[0].resource)" '400 RefreshToken' 'refuses the old refresh token at once'
is "$(get /strava/oauth/token --data 'client_id=1&client_secret=x&grant_type=refresh_token&refresh_token=refresh-0-1') $(body .errors[0].resource)" \
    '400 Application' 'a wrong client is not a wrong grant'
A=(-H 'Authorization: Bearer access-0-2')

# --- Strava: activities
limits '{"provider":"strava","windows":[900,86400],"limits":[1000,10000]}'
list() {
    get "/strava/api/v3/athlete/activities?$1" "${A[@]}"
}
list 'per_page=200' >/dev/null
all=$(body length)
ids=$(body 'map(.id) | join(" ")')
is "$(body 'map(.start_date) == (map(.start_date) | sort | reverse)')" true 'newest first'
list 'per_page=10&page=1' >/dev/null && paged=$(body 'map(.id) | join(" ")')
for page in 2 3 4 5; do
    list "per_page=10&page=$page" >/dev/null
    paged+=" $(body 'map(.id) | join(" ")')"
done
is "$(echo $paged)" "$ids" 'page by page, the same'
is "$(list "per_page=10&page=7") $(body length)" '200 0' 'the end is an empty page'
settings '{"short_page":2}'
list 'per_page=10&page=2' >/dev/null
is "$(body length) $(list 'per_page=10&page=3' >/dev/null; body length)" '5 10' 'a short page is not the end'
settings '{"short_page":0}'
is "$(list 'per_page=201')" 400 'no more than 200 a page'
after=$(list 'per_page=200' >/dev/null; body '.[4].start_date | fromdate')
list "after=$after&per_page=200" >/dev/null
is "$(body length)" 4 'after a time'
list "before=$after&per_page=200" >/dev/null
is "$(body length)" $((all - 5)) 'before it'
read -ra id <<<"$ids"
get "/strava/api/v3/activities/${id[0]}" "${A[@]}" >/dev/null
is "$(body .id) $(body 'has("start_latlng") and (.timezone | startswith("(GMT"))')" "${id[0]} true" 'a detail'
is "$(get "/strava/api/v3/activities/${id[0]}" -H 'Authorization: Bearer access-1-0')" 401 'of somebody else, whose token has expired'
is "$(get /strava/api/v3/activities/1 "${A[@]}")" 404 'an activity that is not there'
ride=$(list 'per_page=200' >/dev/null; body 'map(select(.type == "Ride"))[0].id')
get "/strava/api/v3/activities/$ride/streams?keys=time,watts&key_by_type=true" "${A[@]}" >/dev/null
n=$(body '.time.original_size')
is "$(body '.time.data | length') $(body '[.[] | .data | length] | unique | length')" "$n 1" 'streams, all of one length'
get "/strava/api/v3/activities/$ride/streams/time,watts?series_type=time" "${A[@]}" >/dev/null
is "$(body 'type') $(body 'map(select(.type == "time"))[0].data | length')" "array $n" 'and in the older form'
standin GET /_requests >"$TEST_DIR/log"
hand=$(list 'per_page=200' >/dev/null; body 'map(select(.manual))[0].id // empty')
if [ -n "$hand" ]; then
    is "$(get "/strava/api/v3/activities/$hand/streams" "${A[@]}")" 404 'one entered by hand has no streams'
else
    skip 'one entered by hand has no streams' 'this seed has none'
fi

# --- Strava: limits
limits '{"provider":"strava","windows":[900,86400],"limits":[2,100]}'
list x >/dev/null
is "$(header X-RateLimit-Limit) $(header X-RateLimit-Usage) $(header X-ReadRateLimit-Limit) $(header X-ReadRateLimit-Usage)" '4,200 1,1 2,100 1,1' 'four headers'
list x >/dev/null
is "$(list x) $(header X-ReadRateLimit-Usage) $(header Retry-After) $(body .errors[0].code)" '429 3,3  exceeded' 'refused calls count, too'
standin PUT /_clock "{\"now\":$(($(date +%s) + 36300 + 900))}" >/dev/null
is "$(list x) $(header X-ReadRateLimit-Usage)" '200 1,4' 'the next quarter hour'

# --- weather
limits '{"provider":"open_meteo","windows":[60,3600,86400],"limits":[1000,2000,3000]}'
standin PUT /_clock '{"now":1767225600}' >/dev/null # 2026-01-01
weather() {
    get "/$1?timeformat=unixtime&timezone=GMT&hourly=temperature_2m,wind_speed_10m,visibility&$2"
}
is "$(weather archive/v1/archive 'latitude=52.37&longitude=4.9&start_date=2025-06-01&end_date=2025-06-01') $(body 'type') $(body '.hourly.time | length')" \
    '200 object 24' 'one place: an object'
is "$(body .latitude) $(body .hourly_units.wind_speed_10m)" '52.25 km/h' 'of a grid cell; km/h unless asked'
is "$(body '.hourly.visibility | unique[0]')" null 'what the archive lacks is null'
kmh=$(body '.hourly.wind_speed_10m[3]')
weather archive/v1/archive 'latitude=52.37&longitude=4.9&start_date=2025-06-01&end_date=2025-06-01&wind_speed_unit=ms' >/dev/null
is "$(body "(.hourly.wind_speed_10m[3] * 3.6 - $kmh | fabs) < 0.3") $(body .hourly_units.wind_speed_10m)" 'true m/s' 'm/s when asked'
weather archive/v1/archive 'latitude=52.37,10&longitude=4.9,-3&start_date=2025-06-01,2025-07-01&end_date=2025-06-01,2025-07-02' >/dev/null
is "$(body 'map(.location_id // "none" | tostring) | join(" ")') $(body '.[1].hourly.time | length')" 'none 1 48' 'several: an array in their order, numbered from the second on'
weather archive/v1/archive 'latitude=52&longitude=4&start_date=2025-12-30&end_date=2025-12-30' >/dev/null
is "$(body '.hourly.temperature_2m | unique[0]')" null 'the archive is five days behind'
weather forecast/v1/forecast 'latitude=52&longitude=4&start_date=2025-12-30&end_date=2025-12-30' >/dev/null
is "$(body '[.hourly.temperature_2m[0], .hourly.visibility[0]] | map(type) | unique[0]')" number 'the other host is not, and has the rest'
is "$(weather archive/v1/archive 'latitude=91&longitude=4&start_date=2025-06-01&end_date=2025-06-01') $(body .error)" '400 true' 'a place that is none'
limits '{"provider":"open_meteo","windows":[60,3600,86400],"limits":[3,2000,3000]}'
is "$(weather archive/v1/archive 'latitude=1,2,3,4&longitude=1,2,3,4&start_date=2025-06-01&end_date=2025-06-01')" 429 'each place of a batch costs'
like "$(body .reason)" '^Minutely' 'the reason names the window'
limits '{"provider":"open_meteo","windows":[60,3600,86400],"limits":[300,2000,3]}'
weather archive/v1/archive 'latitude=1,2,3,4&longitude=1,2,3,4&start_date=2025-06-01&end_date=2025-06-01' >/dev/null
like "$(body .reason)" '^Daily' 'which may be the day'

# --- places
limits '{"provider":"nominatim","windows":[10],"limits":[100]}'
is "$(get '/nominatim/reverse?lat=52.37&lon=4.9&format=jsonv2') $(body '.lat | type') $(body .address.country)" '200 string Country' 'a place, with its coordinates as text'
is "$(get '/nominatim/reverse?lat=80&lon=4.9&format=jsonv2') $(body .error)" '200 Unable to geocode' 'nowhere is no error'
is "$(get '/nominatim/reverse?lat=x&lon=4.9&format=jsonv2') $(body .error.code)" '400 400' 'a wrong coordinate is'
is "$(get '/nominatim/reverse?lat=52&lon=4.9&format=jsonv2' -H 'User-Agent:')" 403 'who does not say who they are is blocked'
limits '{"provider":"nominatim","windows":[10],"limits":[0]}'
is "$(get '/nominatim/reverse?lat=52&lon=4.9&format=jsonv2')" 403 'and who asks too often'

# --- faults, and mistakes of a test
limits '{"provider":"nominatim","windows":[10],"limits":[100]}'
place='/nominatim/reverse?lat=52&lon=4&format=jsonv2'
fault '{"route":"lat=52&","times":2,"kind":"status","status":503,"body":"{}"}'
is "$(get "$place") $(get "$place") $(get "$place")" '503 503 200' 'so many times'
fault '{"route":"lat=52&","kind":"retry_after","seconds":7}'
is "$(get "$place") $(header Retry-After)" '429 7' 'with a time to come back'
for kind in reset drop_ack; do
    fault "{\"route\":\"lat=52&\",\"kind\":\"$kind\"}"
    is "$(get "$place")" 000 "no answer: $kind"
done
fault '{"route":"lat=52&","kind":"truncate"}'
fails 'half an answer' curl -sS -m 10 -o "$TEST_DIR/half" "$STANDIN$place"
fault '{"route":"lat=52&","kind":"not_json"}'
is "$(get "$place") $(head -c 6 "$TEST_DIR/body")" '200 <html>' 'no JSON'
fault '{"route":"lat=52&","kind":"hang"}'
fails 'no answer at all' curl -sS -m 1 -o "$TEST_DIR/half" "$STANDIN$place"
fault '{"route":"lat=52&","kind":"slow"}'
fails 'a slow one' curl -sS -m 2 -o "$TEST_DIR/half" "$STANDIN$place"
like "$(wc -c <"$TEST_DIR/half")" '^[1-5]$' 'of which a few bytes came'
fault '{"route":"lat=52&","kind":"hang"}'
standin DELETE /_faults
is "$(get "$place")" 200 'a fault that was taken back does not happen'
is "$(standin GET /_requests | jq -rs 'map(select(.fault == "hang")) | length')" 1 'it writes down what was asked'
for wrong in '/_faults {"route":"x","kind":"explode"}' '/_faults {"kind":"hang"}' '/_clock {}' '/_limits {"provider":"x"}' '/_settings {"revoke":9}' \
    '/_clock x'; do
    fails "refused: $wrong" standin PUT "${wrong%% *}" "${wrong#* }"
done
is "$("$BUILD/paceline-standin" --athletes 0 2>/dev/null; echo $?) $("$BUILD/paceline-standin" x 2>/dev/null; echo $?)" '2 2' 'wrong arguments'
done_testing
