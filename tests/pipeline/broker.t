#!/bin/bash
# The embedded broker: topics, messages, control socket, faults, the same port after a restart.
. "$(dirname "$0")/../lib/tap.sh"
command -v kcat >/dev/null || skip_all 'kcat is not installed'
broker=$BUILD/paceline-broker
control=$TEST_DIR/control

broker_up() {
    rm -f "$TEST_DIR/ports"
    start broker "$broker" --port-file "$TEST_DIR/ports" --control "$control" "$@"
    wait_for 10 'test -s "$TEST_DIR/ports"'
}

say() {
    "$broker" say "$control" "$@"
}

# partitions TOPIC, as a client sees them
partitions() {
    kcat -b "$bootstrap" -L -m 5 2>&1 | sed -n "s/^  topic \"$1\" with \([0-9]*\) partitions:.*/\1/p"
}

send() { # TOPIC KEY:VALUE...
    local topic=$1
    shift
    printf '%s\n' "$@" | timeout 20 kcat -q -b "$bootstrap" -P -t "$topic" -K: -X topic.partitioner=murmur2_random "${send_options[@]}"
}
send_options=()

receive() { # TOPIC
    timeout 20 kcat -q -b "$bootstrap" -C -t "$1" -o beginning -e -K: 2>&1 | sort
}

# raw BYTES: to the socket as they are; prints the answers until the broker closes, or the half-open end.
raw() {
    perl -MIO::Socket::UNIX -e '
        my $s = IO::Socket::UNIX->new(Peer => $ARGV[0]) or die "connect: $!";
        local $SIG{PIPE} = "IGNORE"; local $SIG{ALRM} = sub { die "no answer in 10 s\n" }; alarm 10;
        syswrite $s, $ARGV[1]; shutdown $s, 1; print while <$s>;' "$control" "$1"
}

ok 'starts on a free port' broker_up --topic given:7
bootstrap=$(cat "$TEST_DIR/ports")
like "$bootstrap" '^127\.0\.0\.1:[0-9]+$' 'writes where it listens'
is "$(head -1 "$TEST_DIR/broker.log")" "$bootstrap" 'and prints it'
is "$(partitions given)" 7 'a topic of the command line'

ok 'create makes a topic' say create jobs 64
is "$(partitions jobs)" 64 'with as many partitions as asked for'
ok 'create again, the same' say create jobs 64
fails 'create again, other partitions' say create jobs 8
like "$(cat "$TEST_DIR/ok.out")" 'topic jobs has 64 partitions' 'says what is there'

ok 'a client may make a topic by asking about it' send asked x:1
fails 'create of it' say create asked 64
like "$(cat "$TEST_DIR/ok.out")" 'topic asked has 4 partitions' 'says what is there'

ok 'kcat produces' send jobs a:1 b:2 c:3
is "$(receive jobs | tr '\n' ' ')" 'a:1 b:2 c:3 ' 'and reads back'

ok 'ping' say ping
is "$(raw $'ping\nping\ncreate two 2\n')" $'ok\nok\nok' 'several lines at once'
is "$(raw $'nonsense\n')" 'error unknown command: nonsense' 'unknown command'
is "$(raw $'\n')" 'error empty line' 'empty line'
is "$(raw $'create\n')" 'error usage: create TOPIC PARTITIONS' 'missing words'
is "$(raw $'rtt 1 2 3 4 5 6\n')" 'error usage: rtt ID MS' 'too many words'
is "$(raw $'create x 0\n')" 'error partitions of x: 0 is not in 1 to 1024' 'no partitions'
is "$(raw $'create x many\n')" 'error not a number: many; usage: create TOPIC PARTITIONS' 'not a number'
is "$(raw $'create a/b 1\n')" 'error not a topic name: a/b' 'not a topic name'
is "$(raw $'down 2\n')" 'error no broker 2, they are 1 to 1' 'unknown broker'
is "$(raw $'error 0 19 100001\n')" 'error count 100001 is not in 1 to 10000' 'too many errors'
is "$(raw $'rtt 1 -1\n')" 'error round trip of -1 ms is not in 0 to 600000' 'negative delay'
is "$(raw "$(printf '%02000d' 0)")" 'error line too long' 'line too long'
is "$(raw 'pin')" '' 'half a line is not obeyed'
is "$(raw $'\377\001\n' | head -c 22)" 'error unknown command:' 'bytes that are no text'
ok 'still there' say ping
fails 'a second broker does not take the socket' "$broker" --control "$control"
like "$(cat "$TEST_DIR/ok.out")" 'another broker listens' 'and says why'

ok 'down refuses connections' say down 1
fails 'a client sees it' timeout 20 kcat -b "$bootstrap" -L -m 1
ok 'up' say up 1
ok 'a client comes back at the same port' wait_for 10 'kcat -b "$bootstrap" -L -m 2'
is "$(receive jobs | tr '\n' ' ')" 'a:1 b:2 c:3 ' 'and the messages are still there'
ok 'an error is given once' say error 0 19 1
ok 'and the client tries again' send jobs d:4
is "$(receive jobs | wc -l)" 4 'so that nothing is lost'
ok 'a refusal for good' say error 0 29 1
send_options=(-X retries=0)
fails 'reaches the client' send jobs e:5
ok 'delay of answers' say rtt 1 300
fails 'is seen by an impatient client' timeout 20 kcat -b "$bootstrap" -L -m 0.1
ok 'delay ends' say rtt 1 0

port=${bootstrap#*:}
ok 'SIGTERM ends it' stop broker
ok 'its socket is gone' test ! -e "$control"
ok 'starts again' broker_up --port "$port" --topic given:7
is "$(cat "$TEST_DIR/ports")" "127.0.0.1:$port" 'on the same port'
ok 'and works there' send given z:26
fails 'a taken port is refused' "$broker" --port "$port"
like "$(cat "$TEST_DIR/ok.out")" "cannot listen on 127.0.0.1:$port: Address already in use" 'and says why'
ok 'kill -9' stop broker KILL
ok 'starts over the socket that was left' broker_up --port "$port,0" --topic given:7
like "$(cat "$TEST_DIR/ports")" "^127\.0\.0\.1:$port,127\.0\.0\.1:[0-9]+\$" 'two brokers, one port chosen'
is "$(partitions given)" 7 'which know the topic'

for arguments in '--port x' '--port 70000' '--port 1,2 --brokers 1' '--brokers 0' '--brokers 99' '--topic a:b' \
    '--topic a:0' '--topic ../a:1' 'surplus' '--unknown' '--port' "--control $TEST_DIR/$(printf '%0200d' 0)" \
    "--control $TEST_DIR/none/x" "--port-file $TEST_DIR/none/x"; do
    # shellcheck disable=SC2086
    fails "refused: ${arguments:0:60}" timeout 20 "$broker" $arguments
done
ok 'help' "$broker" --help
is "$("$broker" --version)" "paceline-broker $(sed -n 's/^VERSION *:= *//p' "$ROOT/Makefile")" 'version'

# A parent that is killed takes its broker along.
start parent bash -c "$(printf '%q ' "$broker") --with-parent --port-file $TEST_DIR/child.ports & echo \$! >$TEST_DIR/child; wait"
ok 'a broker with a parent' wait_for 10 'test -s "$TEST_DIR/child.ports"'
child=$(cat "$TEST_DIR/child")
kill -KILL "$(pid_of parent)"
ok 'ends with it' wait_for 10 '! kill -0 "$child"'
done_testing
