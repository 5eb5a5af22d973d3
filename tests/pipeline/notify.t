#!/bin/bash
# What systemd hears of a program: READY once, WATCHDOG while no process of it stands still, STOPPING.
. "$(dirname "$0")/../lib/tap.sh"
command -v perl >/dev/null || skip_all 'perl is not installed (deploy/setup --dev)'

# The service manager: a line for each datagram.
start manager perl -MSocket -e 'use strict; $| = 1;
    my $s; socket($s, AF_UNIX, SOCK_DGRAM, 0) && bind($s, sockaddr_un($ARGV[0])) or die "$!\n";
    print "listens\n";
    while (defined recv($s, my $state, 4096, 0)) { print "$state\n" }' "$TEST_DIR/notify"
wait_for 20 'grep -q listens "$TEST_DIR/manager.log"' || bail_out 'no service manager'
heard() { grep -cx "$1" "$TEST_DIR/manager.log"; }
pid_of_role() { sed -nE "s/.*\"event\":\"role.start\".*\"role\":\"$1\".*\"pid\":([0-9]+).*/\1/p" "$TEST_DIR/worker.log" | tail -n 1; }

start worker env NOTIFY_SOCKET="$TEST_DIR/notify" WATCHDOG_USEC=400000 PACELINE_CONFIG=/dev/null PACELINE_DATABASE="host=$TEST_DIR user=nobody" \
    PACELINE_BOOTSTRAP_SERVERS=127.0.0.1:1 PACELINE_OPS_LISTEN=127.0.0.1:0 PACELINE_HANG_TIMEOUT_S=3 PACELINE_LOG_FORMAT=json "$BUILD/paceline-worker"
ok 'READY comes without a database: an outage of that is no failed start' wait_value 30 1 heard READY=1
before=$(heard WATCHDOG=1)
ok 'WATCHDOG comes again and again' wait_for 30 '[ "$(heard WATCHDOG=1)" -ge $((before + 3)) ]'

kill -STOP "$(pid_of_role slot)"
ok 'a slot that stands still is killed by its supervisor' wait_for 60 'grep -q "\"event\":\"process.hung\"" "$TEST_DIR/worker.log"'
before=$(heard WATCHDOG=1)
ok 'for which systemd need not end the program' wait_for 30 '[ "$(heard WATCHDOG=1)" -ge $((before + 3)) ]'
is "$(heard READY=1)" 1 'READY is said once'

kill -STOP "$(pid_of worker)"
wait_for 20 '[ "$(sed "s/^.*) //; s/ .*//" "/proc/$(pid_of worker)/stat")" = T ]' || bail_out 'the supervisor does not stop'
before=$(heard WATCHDOG=1)
read -r -t 2 <>"$TEST_PAUSE" # five times the interval in which it was due
is "$(heard WATCHDOG=1)" "$before" 'a supervisor that stands still says nothing'
kill -CONT "$(pid_of worker)"
ok 'it ends' stop worker
is "$(heard STOPPING=1)" 1 'having said STOPPING'
done_testing
