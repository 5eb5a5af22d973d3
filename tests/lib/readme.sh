# shellcheck shell=bash
# readme.sh - the README's own command lines, for tests that do what it says.
#
#   . tap.sh; . cluster.sh; . readme.sh
#   ok 'as the README says' readme_run replay-jobs
#
# A block of the README that is tested stands below a line <!-- tested: NAME -->, indented by four spaces.

# readme_block NAME: the commands, with the programs of this build.
readme_block() {
    awk -v name="<!-- tested: $1 -->" '
        $0 == name { is_on = 1; next }
        is_on && /^    / { print substr($0, 5); has_begun = 1; next }
        is_on && has_begun { exit }' "$ROOT/README.md" | sed "s#build/paceline-#$BUILD/paceline-#; s#^deploy/#$ROOT/deploy/#"
}

# readme_run NAME: runs the block in TEST_DIR, as one script that ends at the first command that fails.
readme_run() {
    readme_block "$1" >"$TEST_DIR/readme-$1.sh"
    [ -s "$TEST_DIR/readme-$1.sh" ] || { echo "the README has no block $1"; return 1; }
    (
        cd "$TEST_DIR" || exit
        export BOOTSTRAP PACELINE_BOOTSTRAP_SERVERS=$BOOTSTRAP PACELINE_DATABASE=$DATABASE PACELINE_CONFIG=$CONFIG \
            PACELINE_BROKER_CONTROL=$CONTROL PATH="$PG_BIN:$PATH"
        bash -e -o pipefail "$TEST_DIR/readme-$1.sh"
    )
}
