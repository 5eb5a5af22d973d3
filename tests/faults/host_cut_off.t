#!/bin/bash
# A worker's host loses its network: no packet comes or goes, and no connection is closed. What it held is done elsewhere,
# and when the network is back it goes on, fenced.
#
# The host is a network namespace of its own, and so is the test's: nothing outside is touched. A switch connects
# the two. The broker listens on loopback, so a forwarder on each side brings
# the host to it.
if [ -z "${IN_NAMESPACE:-}" ] && unshare --net true 2>/dev/null; then
    IN_NAMESPACE=1 exec unshare --net "$0"
fi
. "$(dirname "$0")/../lib/tap.sh"
[ -n "${IN_NAMESPACE:-}" ] || skip_all 'no right to make a network namespace (needs root)'
for program in ip socat nsenter; do
    command -v $program >/dev/null || skip_all "$program is not installed (deploy/setup --dev installs it)"
done
. "$(dirname "$0")/../lib/cluster.sh"
. "$(dirname "$0")/../lib/jobs.sh"
. "$(dirname "$0")/../lib/faults.sh"
HERE=192.0.2.1
THERE=192.0.2.2

# on_host COMMAND...: in the worker's host.
on_host() {
    nsenter --net="/proc/$(pid_of host)/ns/net" -- "$@"
}

network_make() {
    start host unshare --net tail -f /dev/null
    wait_for 10 '[ "$(readlink "/proc/$(pid_of host)/ns/net")" != "$(readlink /proc/$$/ns/net)" ]' &&
        ip link set lo up && ip link add switch type bridge && ip link add cable type veth peer name eth0 netns "$(pid_of host)" &&
        ip link set cable master switch && ip address add $HERE/24 dev switch && ip link set switch up && ip link set cable up &&
        on_host ip link set lo up && on_host ip address add $THERE/24 dev eth0 && on_host ip link set eth0 up
}

# network_cut: the switch's port goes down, and packets vanish in both directions. (Out of the switch, the cable would still
# bring what comes from the host.)
network_cut() {
    ip link set cable down
}

network_heal() {
    ip link set cable up
}

host_is_cut_off() {
    ! on_host timeout 1 bash -c "</dev/tcp/$HERE/5432"
}

# host_worker_start: worker two, in its host: the database by its address, the broker where it says that it listens.
host_worker_start() {
    local port=${BOOTSTRAP##*:}
    start forward-in socat "TCP-LISTEN:$port,bind=$HERE,fork,reuseaddr" "TCP:127.0.0.1:$port"
    start forward-out nsenter --net="/proc/$(pid_of host)/ns/net" -- socat "TCP-LISTEN:$port,bind=127.0.0.1,fork,reuseaddr" "TCP:$HERE:$port"
    start two nsenter --net="/proc/$(pid_of host)/ns/net" -- env PACELINE_DATABASE="host=$HERE user=paceline_worker dbname=paceline" \
        PACELINE_BOOTSTRAP_SERVERS="$BOOTSTRAP" PACELINE_CONFIG="$CONFIG" PACELINE_PORT_FILE="$TEST_DIR/two.ports" \
        "$BUILD/paceline-worker" -j 2
    wait_for 150 'on_host curl -fsS -m 5 "http://127.0.0.1:$(port_of two ops)/readyz"' || bail_out "the worker is not ready: $(tail -n 5 "$TEST_DIR/two.log")"
}

network_make >"$TEST_DIR/network.log" 2>&1 || skip_all "no network to cut: $(tail -n 1 "$TEST_DIR/network.log")"
fault_database listen_addresses=$HERE
echo "host all all $THERE/32 trust" >>"$PG_FOLDER/data/pg_hba.conf"
sql 'SELECT pg_reload_conf()' >/dev/null
fault_programs one
host_worker_start
wait_for 60 load_flows || bail_out 'the load does not flow'
for _ in 1 2 3 4 5 6 7 8; do
    hold_long false # its session is idle, so that only keepalives can tell
    [ $HOLDER = one ] || break
    wait_for 30 '[ "$(sql "SELECT count(*) FROM hang_jobs WHERE seconds = 10 AND job_status = '\''processing'\''")" = 0 ]'
done
network_cut
fault_since
fault_over
long_jobs_end
ok 'nothing comes through' host_is_cut_off
claimed_again "$HOLDER_IDS"
promise 'host cut off: what it held' 30 "$RECOVERY_S"
recovered
promise 'host cut off: all that came before' 30 "$RECOVERY_S"
network_heal
ok 'the network back, its worker is ready' wait_for 90 'on_host curl -fsS -m 5 "http://127.0.0.1:$(port_of two ops)/readyz"'
ok 'and works' wait_for 60 load_flows
fault_done
