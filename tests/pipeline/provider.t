#!/bin/bash
# provider: what all callers of providers share, through kind call: tokens are refreshed once, budgets hold for the whole fleet, a
# breaker stops it, and every answer has its class.
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/cluster.sh"
. "$(dirname "$0")/../lib/http.sh"
. "$(dirname "$0")/../lib/jobs.sh"
. "$(dirname "$0")/../lib/standin.sh"
me=11111111-1111-4111-8111-111111111111
other=22222222-2222-4222-8222-222222222222
log_level='log_level = "debug";'
pg_start
migrate
sql "CREATE TABLE call_jobs (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text, host text, path text, user_id uuid, priority int DEFAULT 3);
     SELECT job_adopt('call_jobs', kind => 'call', backoff_base => '100 ms', backoff_cap => '200 ms', max_attempts => 3)" >/dev/null
broker_start
topics
standin_start --athletes 3 --activities 9
echo "$log_level" >>"$CONFIG"
producer_start
reaper_start
worker_start w1
worker_start w2

# connect USER ATHLETE SECONDS: a grant whose access token has so long to live
connect() {
    request -X PUT -H "Authorization: Bearer $PACELINE_SERVICE_KEY" --data-binary "{\"user_id\":\"$1\",\"provider_user_id\":\"100$2\",
        \"access_token\":\"access-$2-${4:-0}\",\"refresh_token\":\"${5:-refresh-$2-0}\",\"expires_at\":$(($(date +%s) + $3)),\"scope\":\"read,activity:read\"}" \
        "$HTTP_URL/accounts/strava" >"$TEST_DIR/connected"
}
# call NAME N [HOST [PATH [USER [PRIORITY]]]]: n calls
strava=/api/v3/athlete/activities
place='/reverse?lat=52&lon=4&format=jsonv2'
call() {
    local user=NULL
    [ -z "${5-$me}" ] || user="'${5-$me}'"
    sql "INSERT INTO call_jobs (name, host, path, user_id, priority) SELECT '$1', '${3:-strava}', '${4:-$strava}', $user, ${6:-3} FROM generate_series(1, $2)"
}
ended() { # NAME: how they ended
    sql "SELECT string_agg(s, ' ' ORDER BY s) FROM (SELECT count(*) || ' ' || job_status AS s FROM call_jobs WHERE name = '$1' GROUP BY job_status) AS t"
}
error() { # NAME [MEMBER]
    sql "SELECT DISTINCT job_error ->> '${2:-code}' FROM call_jobs WHERE name = '$1' AND job_error IS NOT NULL"
}
forget() { # what was called before
    standin DELETE /_requests >/dev/null
}
closed() {
    sql "DELETE FROM provider_breaker"
}

# --- a call
connect $me 0 20000
call plain 1
ok 'a call is made' wait_value 30 '1 complete' ended plain
is "$(called $strava 200) $(called /oauth/token)" '1 0' 'once, with the token that was stored'
like "$(standin GET /_requests)" '"user_agent":"Paceline/[0-9.]+"' 'it says who calls'
ok 'it is logged' wait_for 5 'grep -hq "\"event\":\"provider.call\".*\"key\":\"1\".*\"endpoint\":\"strava.call\".*\"status\":200,\"ms\":[0-9]*,\"try\":1,\"budget_left\":[0-9]" "$TEST_DIR"/w?.log'
is "$(($(metric w1 'paceline_provider_call_total{kind="strava.call",outcome="2xx"}') + $(metric w2 'paceline_provider_call_total{kind="strava.call",outcome="2xx"}')))" 1 'and counted'
is "$(sql "SELECT string_agg(window_s || ' ' || limit_count || ' ' || used_count, ', ' ORDER BY window_s) FROM provider_budget")" '900 100 1, 86400 1000 1' 'and paid for'

# --- refresh: the token has 5 min left; many want it at once
limits '{"provider":"strava","windows":[900,86400],"limits":[1000,10000]}'
settings '{"rotates":true}'
standin PUT /_clock "{\"now\":$(($(date +%s) + 18600))}" >/dev/null
forget
connect $me 0 300
call refresh 20
ok 'twenty calls with an old token' wait_value 60 '20 complete' ended refresh
is "$(called /oauth/token) $(called /oauth/token 200)" '1 1' 'one refresh, though two workers wanted it'
is "$(called $strava) $(called $strava 200)" '20 20' 'and no call with another token'
is "$(sql "SELECT expires_at > now() + interval '5 h' AND status = 'active' FROM provider_accounts")" t 'the new one is stored'

# --- a 401 is answered by a refresh; a token that is refused after all is an error
forget
sql "UPDATE provider_accounts SET expires_at = now() + interval '6 h'"
fault "{\"route\":\"$strava\",\"kind\":\"status\",\"status\":401}"
call unauthorized 1
ok 'a token that the provider does not know' wait_value 30 '1 complete' ended unauthorized
is "$(called $strava) $(called /oauth/token)" '2 1' 'is refreshed, and the call made again'
fault "{\"route\":\"$strava\",\"times\":2,\"kind\":\"status\",\"status\":401}"
call unauthorized2 1
ok 'one that is refused again' wait_value 30 '1 failed' ended unauthorized2
is "$(error unauthorized2 class)" authentication_error 'is an error for the user'

# --- a refresh that fails
connect $me 0 60 9 refresh-0-9
fault '{"route":"/oauth/token","kind":"status","status":503}'
forget
call away 1
ok 'the token endpoint is away, then refuses the grant' wait_value 30 '1 failed' ended away
is "$(error away class) $(error away)" 'authentication_error account_revoked' 'the user has to connect again'
is "$(sql "SELECT status, access_token_enc IS NULL, refresh_token_enc IS NULL FROM provider_accounts")" 'revoked|t|t' 'the account says so, and keeps no token'
forget
call revoked 1
ok 'another call' wait_value 30 '1 failed' ended revoked
is "$(wc -l < <(standin GET /_requests))" 0 'asks nobody'
call stranger 1 strava $strava $other
ok 'who has not connected' wait_value 30 '1 failed' ended stranger
is "$(error stranger)" not_connected 'is told'

# --- the holder of the lock dies between answer and commit: unless the provider rotates, nothing is lost
forget
settings '{"rotates":false}'
stop w1 && stop w2
request -X DELETE -H "Authorization: Bearer $PACELINE_SERVICE_KEY" "$HTTP_URL/accounts/strava?user_id=$me" >/dev/null
standin PUT /_clock "{\"now\":$(($(date +%s) + 18600))}" >/dev/null
connect $other 1 60
if grep -qF 'account.refreshed' "$BUILD/paceline-worker"; then
    PACELINE_FAILPOINTS=account.refreshed=wait:$TEST_DIR/go start_program w3 worker
    call killed 1 strava $strava $other
    ok 'a worker that has the answer' wait_for 60 'test -s "$TEST_DIR/go.reached"'
    is "$(called /oauth/token 200)" 1 'which the provider gave'
    kill -KILL "$(cat "$TEST_DIR/go.reached")"
    touch "$TEST_DIR/go"
    ok 'is killed before it is stored: another asks again' wait_value 90 '1 complete' ended killed
    is "$(called /oauth/token 200)" 2 'and nothing is lost'
    stop w3
else
    skip 'a worker is killed while it refreshes' 'no failpoints in this build'
fi
worker_start w1
worker_start w2
connect $other 1 20000 1

# --- budget: fifty want it, thirty may
limits '{"provider":"nominatim","windows":[10],"limits":[1000]}'
sql "INSERT INTO provider_windows (provider, window_s, limit_count) VALUES ('nominatim', 86400, 40);
     DELETE FROM provider_windows WHERE provider = 'nominatim' AND window_s = 1; DELETE FROM provider_budget"
forget
call budget 50 nominatim "$place" '' 3
ok 'fifty calls on a budget of 38' wait_value 60 '12 pending 38 complete' ended budget
is "$(called /reverse)" 38 'no call more than the fleet may make'
is "$(error budget class)" quota_exceeded 'the others are given back until tomorrow'
is "$(sql "SELECT count(*) FROM call_jobs WHERE name = 'budget' AND job_status = 'pending' AND job_attempts = 0 AND job_due_at > now()")" 12 'which is no attempt'
is "$(sql "SELECT used_count FROM provider_budget WHERE provider = 'nominatim'")" 38 'what is left is for nobody'
sql "DELETE FROM call_jobs WHERE name = 'budget'; UPDATE provider_windows SET limit_count = 4, window_s = 2 WHERE provider = 'nominatim'; DELETE FROM provider_budget"
forget
call short 9 nominatim "$place" '' 3
ok 'a short window: they come back by themselves' wait_value 60 '9 complete' ended short
is "$(called /reverse)" 9 'each called once'
is "$(standin GET /_requests | jq -s 'group_by(.at / 2 | floor) | map(length) | max <= 6')" true 'never many more in a window than it holds'

# --- breaker
sql "UPDATE provider_windows SET limit_count = 1000, window_s = 86400 WHERE provider = 'nominatim'; DELETE FROM provider_budget"
forget
fault '{"route":"/reverse","times":5,"kind":"status","status":500}'
call breaker 10 nominatim "$place" ''
ok 'five failures' wait_value 60 500 sql "SELECT 100 * failures FROM provider_breaker WHERE provider = 'nominatim'"
ok 'open the breaker' wait_value 60 0 sql "SELECT count(*) FROM call_jobs WHERE name = 'breaker' AND job_status <> 'complete' AND (job_due_at IS NULL OR job_due_at < now() + interval '20 s')"
is "$(called /reverse 500)" 5 'nobody calls'
is "$(sql "SELECT DISTINCT job_error ->> 'code' FROM call_jobs WHERE name = 'breaker' AND job_status = 'pending'")" breaker_open 'the jobs wait until it closes'
before=$(called /reverse)
fault '{"route":"/reverse","times":1,"kind":"hang"}'
sql "UPDATE provider_breaker SET open_until = now(); UPDATE call_jobs SET job_due_at = now(), job_epoch = job_epoch + 1, job_status = 'pending' WHERE name = 'breaker' AND job_status = 'pending'"
ok 'then one probe goes' wait_for 30 "[ \$(called /reverse) -gt $before ]; called /reverse" || true
ok 'and the others wait for it' wait_value 30 1 sql "SELECT count(*) FROM provider_breaker WHERE probe_worker IS NOT NULL AND open_until > now()"
stop w1 KILL
stop w2 KILL
closed
sql "UPDATE call_jobs SET job_due_at = now(), job_epoch = job_epoch + 1, job_status = 'pending' WHERE name = 'breaker' AND job_status = 'pending'"
worker_start w1
worker_start w2
ok 'it closes, and all is done' wait_value 90 '10 complete' ended breaker

# --- each answer has its class
answer() { # WHAT FAULT STATUS CLASS CODE
    fault "{\"route\":\"/reverse\",\"times\":9,$2}"
    call "$1" 1 nominatim "$place" ''
    ok "$1" wait_value 60 "1 $3" ended "$1"
    like "$(error "$1" class) $(error "$1")" "^$4 ($5)$" 'has its class'
    standin DELETE /_faults
    closed
}
answer 'a bad request' '"kind":"status","status":400,"body":"{\"error\":\"no\"}"' failed invalid_data http_400
answer 'not there' '"kind":"status","status":404' failed invalid_data http_404
answer 'a redirect' '"kind":"status","status":302' failed invalid_data http_302
answer 'an error of theirs' '"kind":"status","status":503' failed temporary_api_error http_503
answer 'no JSON' '"kind":"not_json"' failed temporary_api_error not_json
answer 'half an answer' '"kind":"truncate"' failed network_error truncated
answer 'no answer' '"kind":"reset"' failed network_error 'truncated|network'
fault '{"route":"/reverse","kind":"retry_after","seconds":3600}'
call later 1 nominatim "$place" ''
ok 'a time to come back' wait_value 30 rate_limit error later class
is "$(sql "SELECT job_status, job_attempts, job_due_at BETWEEN now() + interval '59 min' AND now() + interval '61 min' FROM call_jobs WHERE name = 'later'")" 'pending|0|t' 'is kept to'
sql "DELETE FROM provider_budget"
fault '{"route":"/reverse","kind":"status","status":403}'
call blocked 1 nominatim "$place" ''
ok 'who blocks us' wait_value 30 '1 failed' ended blocked
is "$(sql "SELECT open_until > now() + interval '59 min' FROM provider_breaker WHERE provider = 'nominatim'")" t 'is left alone for an hour'
closed

# --- Strava's headers correct the fleet's budget
sql "DELETE FROM provider_budget"
limits '{"provider":"strava","windows":[900,86400],"limits":[7,5000]}'
standin PUT /_clock "{\"now\":$(date +%s)}" >/dev/null
sql "UPDATE provider_windows SET window_s = 43200 WHERE provider = 'strava' AND window_s = 900" # not in its first moments, most of the day
call headers 9 strava $strava $other
ok 'the limit that the provider names' wait_value 60 7 sql "SELECT limit_count FROM provider_budget WHERE provider = 'strava' AND window_s = 43200"
ok 'holds' wait_value 60 0 sql "SELECT count(*) FROM call_jobs WHERE name = 'headers' AND job_status = 'processing' OR (name = 'headers' AND job_status = 'pending' AND job_due_at < now() + interval '1 min')"
is "$(called "$strava" 429)" 0 'before it has to refuse'

# --- a job that names nothing
call nothing 1 nobody
ok 'a host that we do not know' wait_value 30 '1 failed' ended nothing
is "$(error nothing)" invalid_field 'is refused'
done_testing
