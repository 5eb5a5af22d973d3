# shellcheck shell=bash
# process.sh - the processes of the local stack: started, watched and ended by name. Sourced, not run.
#
# STATE/pids has a line "NAME PID START" for each, START being the kernel's start time of the process, so that a
# number that was given to another process since is never signalled. STATE/log/NAME.log has its output.
# With DETACHED=1 a process outlives the script; otherwise the kernel ends it when the script ends, however that is.

# say and die speak in the name of the script.
say() {
    echo "${0##*/}: $*"
}

die() {
    echo "${0##*/}: $*" >&2
    exit 1
}

# wait_until SECONDS COMMAND...: tries the command until it succeeds; false after the deadline.
wait_until() {
    local end=$((SECONDS + $1 + 1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ $SECONDS -lt $end ] || return 1
        sleep 0.05
    done
}

# process_start_time PID: when the kernel started it, in clock ticks; nothing if it is gone or a zombie.
process_start_time() {
    [ -r "/proc/$1/stat" ] && sed 's/^.*) //' "/proc/$1/stat" 2>/dev/null | awk '$1 != "Z" { print $20 }'
}

# process_start NAME COMMAND...: in a session of its own, so that a terminal's Ctrl-C reaches the script alone, which
# then ends everything in order.
process_start() {
    local name=$1 guard=(env --default-signal=INT --default-signal=QUIT) # a shell's background process ignores these
    shift
    [ -n "${DETACHED:-}" ] || guard+=(setpriv --pdeathsig KILL) # safe at any instant, and at once
    # No lock of ours in a process that outlives us.
    setsid "${guard[@]}" "$@" >>"$STATE/log/$name.log" 2>&1 </dev/null 9>&- &
    process_note "$name" $!
    disown $! # so that bash does not report the signals that end it
}

process_note() {
    echo "$1 $2 $(process_start_time "$2")" >>"$STATE/pids"
}

process_pid() {
    awk -v name="$1" '$1 == name { pid = $2 } END { print pid }' "$STATE/pids" 2>/dev/null
}

# process_is_running NAME: the very process that was started under this name is alive.
process_is_running() {
    local pid start
    read -r pid start < <(awk -v name="$1" '$1 == name { line = $2 " " $3 } END { print line }' "$STATE/pids" 2>/dev/null) || return 1
    [ -n "${start:-}" ] && [ "$(process_start_time "$pid")" = "$start" ]
}

process_is_gone() {
    ! process_is_running "$1"
}

# process_stop SECONDS SIGNAL NAME...: signals them all, then waits for each; who is still there after the
# deadline is killed, with the process group it leads.
process_stop() {
    local seconds=$1 signal=$2 name pid
    shift 2
    for name in "$@"; do
        ! process_is_running "$name" || kill "-$signal" "$(process_pid "$name")" 2>/dev/null
    done
    for name in "$@"; do
        pid=$(process_pid "$name")
        if [ -n "$pid" ] && process_is_running "$name" && ! wait_until "$seconds" process_is_gone "$name"; then
            say "$name does not end: killed"
            kill -KILL -- "-$pid" 2>/dev/null
            wait_until 5 process_is_gone "$name"
        fi
    done
}

process_names() {
    awk '!seen[$1]++ { print $1 }' "$STATE/pids" 2>/dev/null
}

# log_tail NAME [LINES]: the end of a program's log, below a message about its failure.
log_tail() {
    echo
    tail -n "${2:-8}" "$STATE/log/$1.log" 2>/dev/null | cut -c1-300 | sed 's/^/    /'
}
