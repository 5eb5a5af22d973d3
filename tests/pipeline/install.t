#!/bin/bash
# What is installed, and how: the RUN lines of deploy/docker/Dockerfile without a container, on the files that it copies; what
# the image must hold; the services, manual pages and completion that `make install` puts in place.
. "$(dirname "$0")/../lib/tap.sh"
[ -e /etc/debian_version ] && command -v readelf >/dev/null || skip_all 'the image is built from Debian packages'
dockerfile=$ROOT/deploy/docker/Dockerfile
export IMAGE=$TEST_DIR/image # where ENV IMAGE points in the first stage
bin=$IMAGE/usr/local/bin

# runs STAGE: the RUN lines of a stage, counted from 1, one a line.
runs() {
    sed -e ':join' -e '/\\$/{N;s/\\\n//;b join' -e '}' "$dockerfile" | awk -v wanted="$1" '/^FROM / { stage++ } stage == wanted && sub(/^RUN /, "")'
}

# context FOLDER: what COPY . . sends: what git knows and does not ignore, less .dockerignore.
context() {
    git -C "$ROOT" ls-files --cached --others --exclude-standard | awk 'NR == FNR { if (!/^#/ && NF) ignored[$0]; next }
        { for (i in ignored) if ($0 == i || index($0, i "/") == 1) next } { print }' "$ROOT/.dockerignore" - |
        (cd "$ROOT" && while read -r file; do [ ! -e "$file" ] || printf '%s\n' "$file"; done | tar -c -T - -f -) | tar -x -C "$1" -f -
}

# run_lines STAGE: each in a clean environment, as a container has.
run_lines() {
    local line
    while read -r line; do
        echo "RUN $line"
        (cd "$TEST_DIR/src" && env -i "PATH=$PATH" "HOME=$HOME" "IMAGE=$IMAGE" sh -ec "$line") </dev/null || return 1
    done < <(runs "$1")
}

# closure PACKAGE...: these and all that they depend on.
closure() {
    apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances "$@" |
        sed -nE 's/^([a-z0-9][a-z0-9.+-]*)(:.*)?$/\1/p' | sort -u
}

# providers: the packages of every library that the programs load in the end.
providers() {
    ldd "$bin"/paceline-* | awk '$2 == "=>" { print $3 }' | sort -u | while read -r path; do
        dpkg-query -S "$path" "/usr$path" 2>/dev/null | sed 's/:.*//' | head -n 1
    done | sort -u
}

# --- the packages: on a system that has none of them, all are asked for
mkdir "$TEST_DIR/fake"
for program in dpkg-query mkdir tee rm find; do
    ln -s /bin/true "$TEST_DIR/fake/$program"
done
printf '#!/bin/sh\necho "apt-get $*"\n' >"$TEST_DIR/fake/apt-get"
printf '#!/bin/sh\n[ "$1" != -n ] || shift\nexec "$@"\n' >"$TEST_DIR/fake/sudo"
chmod +x "$TEST_DIR/fake/apt-get" "$TEST_DIR/fake/sudo"
fails 'setup fails where packages cannot be had' env "PATH=$TEST_DIR/fake:$PATH" "$ROOT/deploy/setup" --build
# shellcheck disable=SC2046 # words
like "$(cat "$TEST_DIR/ok.out")" "apt-get install .* $(echo $("$ROOT/deploy/setup" --list --build | sort))" 'having asked for each'
fails 'so does an image'\''s' env "PATH=$TEST_DIR/fake:$PATH" "$ROOT/deploy/setup" --runtime libpq5 librdkafka1
like "$(cat "$TEST_DIR/ok.out")" 'apt-get install .* libpq5 librdkafka1' 'for its own packages'
fails 'setup takes no other word' "$ROOT/deploy/setup" --everything
fails 'not in a list' "$ROOT/deploy/setup" --list --everything
fails 'it wants packages for an image' "$ROOT/deploy/setup" --runtime
fails 'and programs to know what they need' "$ROOT/deploy/setup" --needed
fails 'that are there' "$ROOT/deploy/setup" --needed "$TEST_DIR/none"

# --- the RUN lines
mkdir "$TEST_DIR/src"
ok 'the files of the image' context "$TEST_DIR/src"
is "$(runs 1 | grep -c .) $(runs 2 | grep -c .)" '3 1' 'the Dockerfile has four RUN lines'
ok 'the first stage builds and installs' run_lines 1
cp "$IMAGE/packages" "$TEST_DIR/src/packages"
ok 'the second installs what is needed to run' run_lines 2
is "$(sed -n 's/^COPY --from=build \([^ ]*\) .*/\1/p' "$dockerfile" | tail -n 1)" /image/usr/local/bin/ 'and takes over the folder'
is "$(cd "$bin" && echo *)" 'paceline-producer paceline-reaper paceline-worker' 'that holds the three programs'
for file in $(sed -nE 's/^COPY (deploy[^ ]*) .*/\1/p' "$dockerfile"); do
    ok "$file is there to be copied" test -x "$TEST_DIR/src/$file"
done
like "$(tr '\n' ' ' <"$IMAGE/packages")" '^ca-certificates .*libpq5 librdkafka1 ' 'the packages to run are found from the programs'
# shellcheck disable=SC2046 # words
is "$(comm -23 <(providers) <(closure $(cat "$IMAGE/packages") libc6))" '' 'with what they depend on, they bring every library that ldd shows'
for package in $(sed 1d "$IMAGE/packages"); do
    dpkg-query -L "$package" | grep -qFf <(readelf -d "$bin"/paceline-* | sed -nE 's/.*\(NEEDED\).*\[(.*)\]/\1/p') || echo "$package"
done >"$TEST_DIR/extra"
is "$(cat "$TEST_DIR/extra")" '' 'and each has a library that a program names'
user=$(sed -n 's/^USER //p' "$dockerfile")
like "$user" '^[1-9][0-9]+:[1-9][0-9]+$' 'its account is a number, which Kubernetes can tell from root'

for name in producer worker reaper; do
    is "$("$bin/paceline-$name" --version)" "paceline-$name $(sed -n 's/^VERSION *:= *//p' "$ROOT/Makefile")" "paceline-$name says its version"
done

# --- the services, installed under another prefix
usr=$TEST_DIR/usr units=$TEST_DIR/usr/lib/systemd/system
ok 'another prefix' env -i "PATH=$PATH" make -s -C "$TEST_DIR/src" install "PREFIX=$usr"
is "$(cd "$units" && echo *)" 'paceline-.service.d paceline-producer.service paceline-reaper.service paceline-worker.service' 'a service a program'
is "$(cd "$usr/share/bash-completion/completions" && echo *)" 'paceline-producer paceline-reaper paceline-worker' 'and its completion'
is "$(sed -n 's/^ExecStart=//p' "$units"/*.service | tr '\n' ' ')" \
    "$usr/bin/paceline-producer $usr/bin/paceline-reaper $usr/bin/paceline-worker " 'which runs the program that was installed'
if command -v systemd-analyze >/dev/null; then
    for name in producer worker reaper; do
        # It wants the pages that the unit names, so it gets to see them.
        ok "systemd takes paceline-$name.service" env "MANPATH=$usr/share/man" systemd-analyze verify "$units/paceline-$name.service"
        is "$(cat "$TEST_DIR/ok.out")" '' 'without a word'
        ok 'which may do little: an exposure of at most 1.5 of 10' systemd-analyze security --offline=true --threshold=15 --no-pager \
            "$units/paceline-$name.service"
    done
    mkdir -p "$IMAGE/etc"
    ok 'the account is made from where it was installed' systemd-sysusers --root="$IMAGE"
    is "$(cut -d: -f1 "$IMAGE/etc/passwd")" "$(sed -n 's/^User=//p' "$units"/*/paceline.conf)" 'that the services run under'
else
    skip 'systemd-analyze verify' 'systemd is not installed (deploy/setup --dev)'
fi
# setting NAME: its value in what the services have in common
setting() { sed -n "s/^$1=//p" "$units/paceline-.service.d/paceline.conf"; }
drain_s=$("$bin/paceline-worker" check-config | sed -nE 's/^drain_timeout_s = ([0-9]+);.*/\1/p')
stop_s=$(setting TimeoutStopSec)
ok "they may drain before they are killed: $stop_s for $drain_s s" test "${stop_s%s}" -ge $((drain_s + 5))
codes=$(sed -nE 's/.*EXIT_CODE_(USAGE|CONFIG) = ([0-9]+),.*/\2/p' "$ROOT/common/exit_code.h" | tr '\n' ' ')
is "$(setting RestartPreventExitStatus) " "$codes" 'they are not started again to read the same mistake'

# --- manual pages: clean, and true
if command -v man >/dev/null; then
    # rendered PAGE: the page as plain text, what groff has to say about it on standard error
    rendered() { LC_ALL=C MANWIDTH=200 man --warnings -l "$usr/share/man/man${1##*.}/$1" 2>"$TEST_DIR/warnings" | col -bx; }
    for page in paceline-producer.1 paceline-worker.1 paceline-reaper.1 paceline.conf.5; do
        rendered $page >"$TEST_DIR/$page.txt"
        is "$(cat "$TEST_DIR/warnings")" '' "$page has no mistake"
    done
    for name in producer worker reaper; do
        awk '/^[A-Z]/ { is_in = $0 == "COMMANDS" } is_in' "$TEST_DIR/paceline-$name.1.txt" >"$TEST_DIR/page"
        "$bin/paceline-$name" --help | sed -n '/^Subcommands:/,/^$/p' >"$TEST_DIR/help"
        # A term of the page stands in column 8, one of the help in column 3; "pause, resume KIND" are two.
        is "$(sed -nE 's/^ {7}([a-z].*)/\1/p' "$TEST_DIR/page" | grep -v ^paceline- | grep -oE '^[a-z-]+(, [a-z-]+)*' | tr -d ' ' | tr , '\n' | sort -u)" \
            "$(sed -nE 's/^  ([a-z-]+).*/\1/p' "$TEST_DIR/help" | sort -u)" "paceline-$name(1) has every command of --help, and no other"
        is "$(grep -oE -- '--[a-z-]+' "$TEST_DIR/page" | grep -v '^--help$' | sort -u)" "$(grep -oE -- '--[a-z-]+' "$TEST_DIR/help" | sort -u)" \
            'and every option of the commands'
    done
    for option in $("$bin/paceline-worker" check-config | sed -nE 's/^([a-z_]+) = .*/\1/p'); do
        grep -qE "^ {7}$option( |\$)" "$TEST_DIR/paceline.conf.5.txt" || echo "$option"
    done >"$TEST_DIR/missing"
    is "$(cat "$TEST_DIR/missing")" '' 'paceline.conf(5) has every option of the worker'
else
    skip 'the manual pages' 'man is not installed (deploy/setup --dev)'
fi

# --- as the container runs it: another account, no rights, nothing that could be written
cat >"$TEST_DIR/contain" <<'END'
root=$1 account=$2
shift 2
mount --rbind / "$root" && mount -o remount,bind,ro "$root" || exit 1
exec chroot "$root" setpriv --reuid "$account" --regid "$account" --clear-groups --no-new-privs --bounding-set=-all --pdeathsig TERM -- "$@"
END
in_image=(unshare -m sh "$TEST_DIR/contain" "$TEST_DIR/root" "${user%%:*}")
mkdir "$TEST_DIR/root"
if [ "$(id -u)" -ne 0 ] || ! "${in_image[@]}" true; then
    skip 'it runs on a read-only root file system' 'needs root and a mount namespace of its own'
    done_testing
fi
fails 'there is nothing to write' "${in_image[@]}" touch "$IMAGE/written"
for program in producer worker reaper; do
    # The port is the kernel's choice; nothing may be written, so the log says which.
    start "$program" env "PACELINE_DATABASE=host=$TEST_DIR user=paceline dbname=none" PACELINE_BOOTSTRAP_SERVERS=127.0.0.1:1 \
        PACELINE_OPS_LISTEN=127.0.0.1:0 PACELINE_HTTP_LISTEN=127.0.0.1:0 PACELINE_LOG_FORMAT=json "${in_image[@]}" "$bin/paceline-$program"
    port() { sed -nE 's/.*"event":"listen.open".*"name":"ops".*"port":([0-9]+).*/\1/p' "$TEST_DIR/$program.log"; }
    ok "paceline-$program runs on a read-only root file system, without rights" wait_for 30 '"$ROOT/deploy/docker/probe" "$(port)" /livez'
    ok 'and ends when it is told to' stop "$program"
done
done_testing
