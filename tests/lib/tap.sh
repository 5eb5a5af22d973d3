# shellcheck shell=bash
# tap.sh - what a pipeline test stands on: TAP, waiting for conditions, programs that end with it.
#
#   . "$(dirname "$0")/../lib/tap.sh"
#   start broker "$BUILD/paceline-broker" --port-file "$TEST_DIR/ports"
#   ok 'the broker says where it listens' wait_for 5 'test -s "$TEST_DIR/ports"'
#   is "$(cat "$TEST_DIR/ports")" 127.0.0.1:9092 'at the port of its choice'
#   done_testing
#
# A test gets a folder of its own, TEST_DIR, removed at the end; whatever `start` started is killed with
# its process group, also when the test dies. KEEP=1 keeps the folder. Nothing here sleeps: it waits for conditions.

set -u
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
BUILD=${BUILD:-$ROOT/build}
case $BUILD in /*) ;; *) BUILD=$ROOT/$BUILD ;; esac
TEST_DIR=$(mktemp -d "${TMPDIR:-/tmp}/paceline-test.XXXXXX")
chmod 711 "$TEST_DIR" # the database's account must get through to its own folder
TEST_COUNT=0
TEST_FAILED=0
TEST_PLANNED=
declare -A TEST_PIDS=()
# librdkafka and libjwt keep what they allocated once; the suppressions name them. cmocka's handler
# would hide the stack of a crash.
export ASAN_OPTIONS=${ASAN_OPTIONS:-allow_user_segv_handler=0:detect_leaks=1}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1}

diag() {
    printf '%s\n' "$@" | sed 's/^/# /' >&2
}

# bail_out WHY: this file cannot go on; the others do.
bail_out() {
    fail "can go on: $(echo "$*" | head -n 1)" "$@"
    plan $TEST_COUNT
    exit 255
}

plan() {
    TEST_PLANNED=$1
    echo "1..$1"
}

# skip_all REASON: the whole file does not apply here.
skip_all() {
    echo "1..0 # SKIP $*"
    TEST_PLANNED=0
    exit 0
}

# pass NAME, fail NAME [DIAGNOSIS...]
pass() {
    TEST_COUNT=$((TEST_COUNT + 1))
    echo "ok $TEST_COUNT - $1"
}

fail() {
    TEST_COUNT=$((TEST_COUNT + 1))
    TEST_FAILED=$((TEST_FAILED + 1))
    echo "not ok $TEST_COUNT - $1"
    shift
    [ $# -eq 0 ] || diag "$@"
    return 0
}

skip() {
    TEST_COUNT=$((TEST_COUNT + 1))
    echo "ok $TEST_COUNT - $1 # SKIP ${2:-}"
}

# ok NAME COMMAND [ARG...]: passes if the command succeeds; says what it printed if not.
ok() {
    local name=$1 status=0
    shift
    "$@" >"$TEST_DIR/ok.out" 2>&1 || status=$?
    if [ $status -eq 0 ]; then
        pass "$name"
    else
        fail "$name" "exit status $status: $*" "$(tail -n 20 "$TEST_DIR/ok.out")"
    fi
}

# fails NAME COMMAND [ARG...]: passes if the command does not succeed. Its output is left in $TEST_DIR/ok.out.
fails() {
    local name=$1 status=0
    shift
    "$@" >"$TEST_DIR/ok.out" 2>&1 || status=$?
    # A signal (a crash) or a sanitizer's report is not the failure that was meant.
    if [ $status -eq 0 ] || [ $status -ge 126 ] || grep -q 'ERROR: .*Sanitizer' "$TEST_DIR/ok.out"; then
        fail "$name" "exit status $status: $*" "$(tail -n 20 "$TEST_DIR/ok.out")"
    else
        pass "$name"
    fi
}

# is GOT WANTED NAME
is() {
    if [ "$1" = "$2" ]; then
        pass "$3"
    else
        fail "$3" "got:    $1" "wanted: $2"
    fi
}

# like GOT REGEX NAME (extended regular expression of bash)
like() {
    if [[ $1 =~ $2 ]]; then
        pass "$3"
    else
        fail "$3" "got:     $1" "no match: $2"
    fi
}

# wait_for SECONDS CONDITION: evaluates CONDITION (a string of shell) until it succeeds. After the deadline it
# fails and prints what the condition said last.
wait_for() {
    local end=$((SECONDS + $1 + 1)) seen=
    while :; do
        if seen=$(eval "$2" 2>&1); then
            return 0
        fi
        [ $SECONDS -lt $end ] || break
        read -r -t 0.05 <>"$TEST_PAUSE" || true
    done
    diag "not within $1 s: $2" "last seen: ${seen:-(nothing)}"
    return 1
}

# wait_value SECONDS WANTED COMMAND...: waits until the command prints WANTED.
wait_value() {
    local seconds=$1 wanted=$2
    shift 2
    wait_for "$seconds" "seen=\$($(printf '%q ' "$@")); echo \"\$seen\"; [ \"\$seen\" = $(printf '%q' "$wanted") ]"
}

# start NAME COMMAND [ARG...]: in the background, in a process group of its own, with its output in
# $TEST_DIR/NAME.log. It gets SIGTERM if the test is killed.
start() {
    local name=$1
    shift
    # A shell's background process ignores SIGINT, which nothing could undo in a script; so undo it here.
    setsid env --default-signal=INT,QUIT setpriv --pdeathsig TERM "$@" >>"$TEST_DIR/$name.log" 2>&1 &
    TEST_PIDS[$name]=$!
    disown $! # so that bash does not report the signals that end it
}

pid_of() {
    echo "${TEST_PIDS[$1]:-}"
}

is_running() {
    local pid=${TEST_PIDS[$1]:-} state
    [ -n "$pid" ] && state=$(sed 's/^.*) //; s/ .*//' "/proc/$pid/stat" 2>/dev/null) && [ "$state" != Z ]
}

# stop NAME [SIGNAL [SECONDS]]: signals the program (TERM) and waits until it is gone; after the deadline
# (20 s) its group is killed and stop fails.
stop() {
    local name=$1 pid=${TEST_PIDS[$1]:-} result=0
    [ -n "$pid" ] || return 0
    kill "-${2:-TERM}" "$pid" 2>/dev/null
    wait_for "${3:-20}" "! is_running $name" || result=1
    kill -KILL -- "-$pid" 2>/dev/null # what it left behind
    unset "TEST_PIDS[$name]"
    return $result
}

test_end() {
    local status=$? pid log
    trap - EXIT
    for pid in "${TEST_PIDS[@]}"; do
        kill -TERM -- "-$pid" 2>/dev/null
    done
    for pid in "${TEST_PIDS[@]}"; do
        TEST_PIDS[last]=$pid
        wait_for 5 '! is_running last' 2>/dev/null
        kill -KILL -- "-$pid" 2>/dev/null
    done
    for log in "$TEST_DIR"/*.log; do # a sanitizer's report in any program fails the test
        if [ -f "$log" ] && grep -q 'Sanitizer' "$log"; then
            fail "no sanitizer report in $(basename "$log")" "$(grep -m1 -A25 'Sanitizer' "$log")"
        fi
    done
    if [ -z "$TEST_PLANNED" ]; then
        fail "the test ran to its end (exit status $status)"
        echo "1..$TEST_COUNT"
    fi
    if [ $TEST_FAILED -gt 0 ]; then
        for log in "$TEST_DIR"/*.log; do
            [ ! -s "$log" ] || diag "--- end of $(basename "$log")" "$(tail -n "${LOG_LINES:-15}" "$log" | cut -c1-400)"
        done
    fi
    if [ -n "${KEEP:-}" ]; then
        diag "kept: $TEST_DIR"
    else
        rm -rf "$TEST_DIR"
    fi
    [ "$status" -ne 0 ] || [ $TEST_FAILED -eq 0 ] || status=1
    exit "$status"
}

done_testing() {
    [ -n "$TEST_PLANNED" ] || plan $TEST_COUNT
    exit 0
}

TEST_PAUSE=$TEST_DIR/pause # a pipe nobody writes to: read -t on it waits without starting a process
mkfifo "$TEST_PAUSE"
trap test_end EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
