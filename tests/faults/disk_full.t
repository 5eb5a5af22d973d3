#!/bin/bash
# The disk is full for 20 s: the database's and that of every log. Processes may end, PostgreSQL too; what looks after them
# starts them again, and when there is space, the work goes on.
#
# The disk is a small file system in memory, in a mount namespace of the test's own.
if [ -z "${IN_NAMESPACE:-}" ] && unshare --mount true 2>/dev/null; then
    folder=$(mktemp -d "${TMPDIR:-/tmp}/paceline-disk.XXXXXX")
    IN_NAMESPACE=1 TMPDIR=$folder unshare --mount bash -c 'mount -t tmpfs -o size=200m,mode=755 paceline "$TMPDIR" && exec "$0"' "$0"
    status=$?
    rmdir "$folder"
    exit $status
fi
. "$(dirname "$0")/../lib/tap.sh"
[ -n "${IN_NAMESPACE:-}" ] || skip_all 'no right to mount a file system (needs root)'
. "$(dirname "$0")/../lib/cluster.sh"
. "$(dirname "$0")/../lib/jobs.sh"
. "$(dirname "$0")/../lib/faults.sh"

# disk_fill: to the last byte; whoever wrote meanwhile may have left some.
disk_fill() {
    dd if=/dev/zero of="$TEST_DIR/filler" bs=64k conv=notrunc oflag=append status=none 2>/dev/null
}

# postgres_watch starts the server again when it has ended, as its service manager would. A real Kafka ends, too.
postgres_watch() {
    is_running postgres || start postgres "${PG_COMMAND[@]}" "${PG_ARGS[@]}"
}

fault_stack max_wal_size=32MB min_wal_size=32MB
for ((second = 0; second < 20; second++)); do
    disk_fill
    postgres_watch
    elapse 1
done
is "$(df --output=avail "$TEST_DIR" | tail -n 1 | tr -d ' ')" 0 'the disk was full'
grep -hoE 'could not (extend|write)[^:]*|No space left on device|terminating any other active' "$TEST_DIR/postgres.log" | sort | uniq -c | sort -rn | head -n 3 | sed 's/^/# /' >&2
rm "$TEST_DIR/filler"
fault_since
wait_for 60 'postgres_watch; pg_answers "$PG_FOLDER" 5432' || bail_out "PostgreSQL does not come back: $(tail -n 3 "$TEST_DIR/postgres.log")"
is_running broker || broker_start
fault_over
recovered
promise 'disk full for 20 s, then space' 30 "$RECOVERY_S"
for name in producer reaper one two; do
    ok "$name is ready again" wait_for 60 "ready $name"
done
fault_done
