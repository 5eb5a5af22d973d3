# shellcheck shell=bash
# http.sh - requests to the producer's HTTP interface, and users' tokens for them.
#
#   . tap.sh; . cluster.sh; . http.sh
#   like "$(request -H "Authorization: Bearer $(token_of "$user")" "$HTTP_URL/workouts/$id")" '^200 ' 'is shown'
command -v openssl >/dev/null || skip_all 'openssl is not installed'

base64url() {
    openssl base64 -A | tr '+/' '-_' | tr -d '='
}

# token CLAIMS [HEADER [SECRET]]: signed by HS256
token() {
    local header=${2:-'{"alg":"HS256","typ":"JWT"}'} secret=${3:-$PACELINE_JWT_SECRET} signed
    signed=$(printf '%s' "$header" | base64url).$(printf '%s' "$1" | base64url)
    printf '%s.%s' "$signed" "$(printf '%s' "$signed" | openssl dgst -sha256 -binary -hmac "$secret" | base64url)"
}

# token_of USER [SECONDS [ROLE]]
token_of() {
    token "{\"sub\":\"$1\",\"role\":\"${3:-authenticated}\",\"aud\":\"authenticated\",\"exp\":$(($(date +%s) + ${2:-3600}))}"
}

# request [CURL ARGUMENT...]: "STATUS BODY"; the body stays in $TEST_DIR/body
request() {
    rm -f "$TEST_DIR/body"
    curl -sS -m 30 -o "$TEST_DIR/body" -w '%{http_code}' "$@" 2>"$TEST_DIR/curl.err"
    printf ' %s' "$(cat "$TEST_DIR/body" 2>/dev/null)"
}

# field NAME: a member of the last answer, by PostgreSQL's reading of it; a.0.b for b in the first element of a
field() {
    sql "SELECT (\$body\$$(cat "$TEST_DIR/body")\$body\$::jsonb) #>> '{${1//./,}}'"
}
