#!/bin/bash
# check_config: the sample file is the built-in configuration, in every program, and mistakes end the start.
. "$(dirname "$0")/../lib/tap.sh"

sample=$BUILD/paceline.conf.example
uncommented=$TEST_DIR/uncommented.conf
sed 's/^#\([a-z_]* = \)/\1/' "$sample" >"$uncommented"
unset "${!PACELINE_@}" # what the caller's shell has set is none of the test's business

# values FILE PROGRAM: what is in force, without where it came from
values() {
    "$BUILD/paceline-$2" --config "$1" check-config 2>&1 | sed 's/; # .*//'
}

touch "$TEST_DIR/empty.conf"
# A program's group must not be given twice in the file, so each program reads its own line of them.
for program in producer worker reaper; do
    if [ ! -x "$BUILD/paceline-$program" ]; then
        skip "$program" 'not built'
        continue
    fi
    sed -E "/^(producer|worker|reaper) = /{/^$program/!d}" "$uncommented" >"$TEST_DIR/$program.conf"
    values "$TEST_DIR/empty.conf" "$program" >"$TEST_DIR/built-in"
    ok "$program reads the sample file" "$BUILD/paceline-$program" --config "$sample" check-config
    ok "$program prints its options" grep -q '^log_level = "info"$' "$TEST_DIR/built-in"
    is "$(values "$TEST_DIR/$program.conf" "$program")" "$(cat "$TEST_DIR/built-in")" \
        "the sample's values are $program's built-in ones"
    echo 'log_level = "loud";' >"$TEST_DIR/wrong.conf"
    "$BUILD/paceline-$program" --config "$TEST_DIR/wrong.conf" >"$TEST_DIR/out" 2>&1
    is $? 3 "$program ends with 3 when its configuration is wrong"
    is "$(cat "$TEST_DIR/out")" \
        "paceline-$program: $TEST_DIR/wrong.conf:1: log_level: \"loud\" is not one of error|warn|info|debug" \
        "and says where and why"
    "$BUILD/paceline-$program" --no-such-option >"$TEST_DIR/out" 2>&1
    is $? 2 "$program ends with 2 when its command line is wrong"
done

PACELINE_BATCHSIZE=4 PACELINE_STATE=x "$BUILD/paceline-worker" --config "$TEST_DIR/empty.conf" check-config >"$TEST_DIR/out" 2>"$TEST_DIR/warned"
is "$? $(cat "$TEST_DIR/warned")" '0 warning: PACELINE_BATCHSIZE: no such option (did you mean batch_size?)' 'a variable that no program reads is told'

done_testing
