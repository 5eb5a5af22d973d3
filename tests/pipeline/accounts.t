#!/bin/bash
# accounts: a user's grant at a provider over HTTP: stored encrypted, connected through Strava's pages, taken back; nobody else's.
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/cluster.sh"
. "$(dirname "$0")/../lib/http.sh"
. "$(dirname "$0")/../lib/standin.sh"
me=11111111-1111-4111-8111-111111111111
other=22222222-2222-4222-8222-222222222222
pg_start
migrate
broker_start
standin_start --athletes 3 --activities 3
echo 'public_url = "https://paceline.example/api";' >>"$CONFIG"
producer_start
A=$(token_of $me)
B=$(token_of $other)

# put BEARER PROVIDER BODY, drop BEARER PROVIDER[?QUERY]: STATUS and body
put() {
    request -X PUT -H "Authorization: Bearer $1" --data-binary "$3" "$HTTP_URL/accounts/$2"
}
drop() {
    request -X DELETE -H "Authorization: Bearer $1" "$HTTP_URL/accounts/$2"
}
grant() { # ATHLETE [MORE]
    echo "{\"provider_user_id\":\"$1\",\"access_token\":\"secret-access-$1\",\"refresh_token\":\"secret-refresh-$1\",\"expires_at\":1900000000,\"scope\":\"read,activity:read\"${2:-}}"
}
accounts() {
    sql "SELECT left(user_id::text, 1), provider, provider_user_id, status, access_token_enc IS NOT NULL FROM provider_accounts ORDER BY user_id, provider"
}

# --- a grant
is "$(put "$A" strava "$(grant 1000)")" '200 {"provider":"strava","scope":"read,activity:read","status":"active"}' 'a user stores a grant'
is "$(accounts)" '1|strava|1000|active|t' 'it is theirs'
is "$(sql "SELECT count(*) FROM provider_accounts WHERE position('secret'::bytea IN access_token_enc) > 0 OR position('secret'::bytea IN refresh_token_enc) > 0")" 0 \
    'its tokens are encrypted'
is "$(sql "SELECT expires_at FROM provider_accounts")" '2030-03-17 17:46:40+00' 'until when'
like "$(put "$PACELINE_SERVICE_KEY" strava "$(grant 1001 ",\"user_id\":\"$other\"")")" '^200 ' 'the service key stores anybody'\''s'
like "$(put "$A" strava "$(grant 1001)")" '^409 .*account_taken' 'an account that another user has connected'
like "$(put "$B" gmail "$(grant b@example.org)")" '^200 ' 'another provider'
is "$(accounts | paste -sd' ')" '1|strava|1000|active|t 2|gmail|b@example.org|active|t 2|strava|1001|active|t' 'each has their own'

# --- refused, and nothing stored
before=$(sql 'SELECT md5(string_agg(a::text, chr(10) ORDER BY a.id)) FROM provider_accounts AS a')
refused() { # WHAT STATUS FIELD BODY
    local answer
    answer=$(put "$A" strava "$4")
    is "${answer%% *} $(field error.field)" "$2 $3" "$1"
}
refused 'no JSON' 400 '' '{"scope":'
refused 'no object' 400 '' '[]'
refused 'no account' 400 provider_user_id '{"access_token":"a","refresh_token":"b","expires_at":1900000000,"scope":"read"}'
refused 'an empty one' 400 provider_user_id "$(grant '')"
refused 'no refresh token' 400 refresh_token '{"provider_user_id":"1","access_token":"a","expires_at":1900000000,"scope":"read"}'
refused 'a number for a token' 400 access_token '{"provider_user_id":"1","access_token":5,"refresh_token":"b","expires_at":1900000000,"scope":"read"}'
refused 'a token without end' 400 access_token "{\"provider_user_id\":\"1\",\"access_token\":\"$(printf 'x%.0s' {1..4097})\",\"refresh_token\":\"b\",\"expires_at\":1900000000,\"scope\":\"read\"}"
refused 'no time' 400 expires_at '{"provider_user_id":"1","access_token":"a","refresh_token":"b","scope":"read"}'
refused 'a time in milliseconds' 400 expires_at '{"provider_user_id":"1","access_token":"a","refresh_token":"b","expires_at":1900000000000,"scope":"read"}'
refused 'what is no part of a grant' 400 status "$(grant 1000 ',"status":"active"')"
refused 'no user' 400 user_id "$(grant 1000 ',"user_id":"me"')"
refused 'somebody else' 403 user_id "$(grant 1002 ",\"user_id\":\"$other\"")"
is "$(put "$PACELINE_SERVICE_KEY" strava "$(grant 1002)" | cut -c1-3) $(field error.field)" '400 user_id' 'the service key says whose it is'
is "$(put x strava "$(grant 1002)" | cut -c1-3) $(put "$A" myspace "$(grant 1)" | cut -c1-3)" '401 404' 'a stranger, and a provider we do not know'
is "$(sql 'SELECT md5(string_agg(a::text, chr(10) ORDER BY a.id)) FROM provider_accounts AS a')" "$before" 'nothing of it is stored'
ok 'no token in any log' bash -c "! grep -q secret- '$TEST_DIR/producer.log'"

# --- nobody else's
is "$(drop "$A" "strava?user_id=$other" | cut -c1-3) $(drop "$A" gmail | cut -c1-3) $(drop x strava | cut -c1-3)" '403 404 401' 'a user takes back no grant but their own'
is "$(accounts | wc -l) $(sql "SELECT count(*) FROM provider_accounts WHERE status = 'active'")" '3 3' 'all stay'
as_user() { # USER QUERY
    sql "SET request.jwt.claims = '{\"sub\": \"$1\"}'; SET ROLE authenticated; $2" 2>&1
}
is "$(as_user $me 'SELECT provider, scope, status FROM provider_accounts')" 'strava|read,activity:read|active' 'and through SQL sees their own alone'
like "$(as_user $me 'SELECT access_token_enc FROM provider_accounts')" 'permission denied' 'without tokens'
like "$(as_user $me "UPDATE provider_accounts SET status = 'revoked'")" 'permission denied' 'and changes nothing'

# --- while a worker refreshes its token
psql -XAtq -c "BEGIN; SELECT FROM provider_accounts WHERE provider_user_id = '1000' FOR UPDATE; SELECT pg_sleep(60)" >/dev/null 2>&1 &
holder=$!
ok 'a token is being refreshed' wait_value 10 1 sql "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
is "$(put "$A" strava "$(grant 1000)" | cut -c1-3) $(drop "$A" strava | cut -c1-3)" '503 503' 'who stores or disconnects does not wait for that'
sql "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'" >/dev/null
wait $holder

# --- taken back
is "$(drop "$A" strava)" '200 {"provider":"strava","scope":"read,activity:read","status":"revoked"}' 'a user disconnects'
is "$(accounts | head -1) $(drop "$A" strava | cut -c1-3)" '1|strava|1000|revoked|f 200' 'the tokens are gone; again is no error'
like "$(drop "$PACELINE_SERVICE_KEY" "strava?user_id=$other")" '^200 ' 'the service key disconnects anybody'
is "$(drop "$PACELINE_SERVICE_KEY" strava | cut -c1-3)" 400 'whom it has to name'

# --- connected through Strava's pages
begin() { # BEARER: sets state
    request -H "Authorization: Bearer $1" "$HTTP_URL/connect/strava" >"$TEST_DIR/answer"
    state=$(field url | sed -n 's/.*&state=//p')
}
back() { # QUERY
    request "$HTTP_URL/connect/strava/callback?$1"
}
begin "$A"
like "$(field url)" "^$STANDIN/strava/oauth/authorize\?response_type=code&approval_prompt=auto&client_id=1&scope=read,activity:read_all&redirect_uri=https%3A%2F%2Fpaceline\.example%2Fapi%2Fconnect%2Fstrava%2Fcallback&state=$me\.[0-9]+\.[0-9a-f]{64}$" \
    'the page to send the user to'
is "$(request "$HTTP_URL/connect/strava" | cut -c1-3)" 401 'for users alone'
scope='scope=read,activity:read_all'
is "$(back "state=$state&code=code-2&$scope")" '200 Strava is connected. You can close this window.' 'they come back'
is "$(accounts | head -1)" '1|strava|1002|active|t' 'and are connected'
is "$(sql "SELECT expires_at BETWEEN now() + interval '5 h' AND now() + interval '7 h' FROM provider_accounts WHERE provider_user_id = '1002'")" t 'for the six hours of a token'
like "$(back "state=$state&code=code-2&$scope")" '^400 .*bad_code' 'a code is good once'
like "$(back "code=code-1&$scope")" '^400 .*bad_state' 'no state'
like "$(back "state=${state/$me/$other}&code=code-1&$scope")" '^400 .*bad_state' 'a state that somebody changed'
like "$(back "state=${state%?}&code=code-1&$scope")" '^400 .*bad_state' 'half a state'
like "$(back "state=$state&code=code-1&scope=read")" '^403 .*grant_scope' 'without the right to read activities'
like "$(back "state=$state&error=access_denied")" '^400 .*access_denied' 'who said no'
like "$(back "state=$state&$scope")" '^400 .*bad_code' 'no code'
is "$(called /oauth/token)" 2 'of all these, Strava heard of two'
fault '{"route":"/oauth/token","kind":"status","status":502}'
like "$(back "state=$state&code=code-0&$scope")" '^503 .*strava_unavailable' 'Strava is away'
fault '{"route":"/oauth/token","kind":"reset"}'
like "$(back "state=$state&code=code-0&$scope")" '^503 .*strava_unavailable' 'does not answer'
fault '{"route":"/oauth/token","kind":"not_json"}'
like "$(back "state=$state&code=code-0&$scope")" '^503 .*strava_unavailable' 'or answers something else'
begin "$B"
like "$(back "state=$state&code=code-2&$scope")" '^400 ' 'a used code of somebody else'
fault '{"route":"/oauth/token","kind":"hang"}'
start hanging curl -sS -m 60 -o "$TEST_DIR/hang" -w '%{http_code}' "$HTTP_URL/connect/strava/callback?state=$state&code=code-1&$scope"
ok 'while Strava thinks' wait_for 10 '[ "$(called /oauth/token)" = 7 ]'
ok 'others are answered' curl -sS -m 2 --fail "$HTTP_URL/livez"
ok 'and a stop does not wait for it' stop producer TERM 20
ok 'who waited is told' wait_value 10 503 cat "$TEST_DIR/hanging.log"
done_testing
