#!/bin/bash
# What the services under systemd forbid, no program does: system calls, kinds of sockets, files to write.
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/cluster.sh"
for program in strace systemd-analyze curl; do
    command -v $program >/dev/null || skip_all "$program is not installed (deploy/setup --dev)"
done
strace -qq true 2>/dev/null || skip_all 'strace may not trace here'
common=$ROOT/deploy/systemd/paceline-.service.d/paceline.conf

# calls GROUP...: the system calls of systemd's groups
calls() {
    local word
    systemd-analyze syscall-filter --no-pager "$@" | sed -nE 's/^ +([@a-z0-9_-]+)$/\1/p' | while read -r word; do
        case $word in
        @*) calls "$word" ;;
        *) echo "$word" ;;
        esac
    done | sort -u
}

# setting NAME: its words, of all lines with that name
setting() {
    sed -n "s/^$1=//p" "$common" | tr ' ' '\n'
}

# The programs as cluster.sh starts them, with strace looking over their shoulder from the first call on (-D: as a bystander).
programs=$BUILD
BUILD=$TEST_DIR/traced
mkdir "$BUILD"
for name in producer worker reaper broker; do
    ln -s "$programs/paceline-$name" "$BUILD/paceline-$name"
done
for name in producer worker reaper; do
    rm "$BUILD/paceline-$name"
    cat >"$BUILD/paceline-$name" <<END
#!/bin/sh
[ \$# -eq 0 ] || exec "$programs/paceline-$name" "\$@"
exec strace -D -f -qq -e signal=none -o "$TEST_DIR/$name.trace" "$programs/paceline-$name"
END
    chmod +x "$BUILD/paceline-$name"
done
export ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0 # which cannot be where somebody traces already

pg_start
migrate
broker_start
sql "CREATE TABLE null_jobs (id bigint PRIMARY KEY); SELECT job_adopt('null_jobs', kind => 'null')" >/dev/null
topics
producer_start
worker_start worker
reaper_start
sql 'INSERT INTO null_jobs SELECT generate_series(1, 20)'
ok 'jobs are done' wait_value 60 20 sql "SELECT count(*) FROM null_jobs WHERE job_status = 'complete'"
like "$(curl -sS -m 10 -H "Authorization: Bearer $PACELINE_SERVICE_KEY" "$HTTP_URL/workouts/1")" 'not_found|invalid' 'a request is answered'
for name in worker reaper producer; do
    ok "$name ends" stop $name
done
cat "$TEST_DIR"/*.trace >"$TEST_DIR/trace"
ok 'that took hundreds of system calls' test "$(wc -l <"$TEST_DIR/trace")" -gt 1000

# shellcheck disable=SC2046 # words
calls $(setting SystemCallFilter | grep -v '^~' | grep '@system') >"$TEST_DIR/allowed"
# shellcheck disable=SC2046 # words
calls $(setting SystemCallFilter | sed -n '/^~/,$p' | tr -d '~') >"$TEST_DIR/forbidden"
sed -nE 's/^[0-9]+ +([a-z0-9_]+)\(.*/\1/p' "$TEST_DIR/trace" | sort -u >"$TEST_DIR/made"
is "$(comm -23 "$TEST_DIR/made" <(comm -23 "$TEST_DIR/allowed" "$TEST_DIR/forbidden"))" '' 'SystemCallFilter allows every one'
is "$(grep -oE 'socket\(AF_[A-Z0-9]+' "$TEST_DIR/trace" | sed 's/.*(//' | sort -u | comm -23 - <(setting RestrictAddressFamilies | sort))" '' \
    'RestrictAddressFamilies every socket'
is "$(grep -E 'mmap\(.*PROT_WRITE\|PROT_EXEC|mprotect\(.*PROT_EXEC' "$TEST_DIR/trace")" '' 'MemoryDenyWriteExecute all of their memory'
is "$(grep -E 'open(at)?\(.*O_(WRONLY|RDWR|CREAT)' "$TEST_DIR/trace" | grep -v "\"$TEST_DIR/.*\.ports\"")" '' 'ProtectSystem every file: they write none'
done_testing
