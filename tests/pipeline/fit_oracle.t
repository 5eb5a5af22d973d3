#!/bin/bash
# Our FIT decoder against an independent one: what POST /workouts stores of a file is what @garmin/fitsdk reads in it.
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/cluster.sh"

PACKAGE=@garmin/fitsdk
VERSION=21.217.0
NPM=$BUILD/npm
SDK=$NPM/node_modules/$PACKAGE
command -v node >/dev/null && command -v npm >/dev/null || skip_all 'node and npm are not installed'
if ! grep -qs "\"version\": *\"$VERSION\"" "$SDK/package.json"; then
    timeout 120 npm install --prefix "$NPM" --no-save --no-audit --no-fund --ignore-scripts "$PACKAGE@$VERSION" >"$TEST_DIR/npm.out" 2>&1 ||
        skip_all "npm cannot install $PACKAGE@$VERSION: $(grep -m1 -i err "$TEST_DIR/npm.out")"
fi

ada=0ada0000-0000-4000-8000-000000000001
"$BUILD/paceline-athletes" --seed 11 --athletes 4 --activities 12 --format fit --out "$TEST_DIR/fit" || bail_out 'no simulated FIT'
{
    find "$TEST_DIR/fit/bodies" -name '*.fit' | sort
    [ ! -d "${PACELINE_DATA:-}" ] || find "$PACELINE_DATA" -name '*.fit' | sort
} >"$TEST_DIR/files"

pg_start
migrate
broker_start
topics
producer_start

store() { # FILE
    curl -fsS -m 30 -o "$TEST_DIR/answer" -H "Authorization: Bearer $PACELINE_SERVICE_KEY" -H 'Content-Type: application/vnd.ant.fit' \
        --data-binary "@$1" "$HTTP_URL/workouts?user_id=$ada" &&
        sql "SELECT jsonb_build_object('workout', to_jsonb(w), 'streams', to_jsonb(s))
               FROM workouts AS w JOIN workout_streams AS s ON s.workout_id = w.id
              WHERE w.id = '$(jq -r .id "$TEST_DIR/answer")'" >"$TEST_DIR/ours.json"
}
while read -r file; do
    ok "$(basename "$file") is stored" store "$file"
    ok "$(basename "$file"): as the oracle reads it" node "$ROOT/tests/lib/fit_oracle.mjs" "$SDK" "$file" "$TEST_DIR/ours.json"
    diag "$(tail -n 1 "$TEST_DIR/ok.out")"
done <"$TEST_DIR/files"
# The comparison itself fails where it should.
last=$(tail -n 1 "$TEST_DIR/files")
jq '.streams.distance_m[3] += 1' "$TEST_DIR/ours.json" >"$TEST_DIR/other.json"
fails 'a metre more is noticed' node "$ROOT/tests/lib/fit_oracle.mjs" "$SDK" "$last" "$TEST_DIR/other.json"
done_testing
