#!/bin/bash
# deploy/docker/Dockerfile without a container: its RUN lines on the files that it copies, and what the image must hold.
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

# needed: the libraries that the three programs name, without those of the C library.
needed() {
    readelf -d "$bin"/paceline-* | sed -nE 's/.*\(NEEDED\).*\[(.*)\]/\1/p' | grep -vE '^(libc|libm|ld-linux.*)\.so\.' | sort -u
}

# package_of LIBRARY, at the path where the loader finds it.
package_of() {
    local path
    path=$(ldd "$bin"/paceline-* | awk -v l="$1" '$1 == l { print $3; exit }')
    dpkg-query -S "$path" "/usr$path" "$(realpath "$path")" 2>/dev/null | sed 's/:.*//' | head -n 1
}

mkdir "$TEST_DIR/src"
ok 'the files of the image' context "$TEST_DIR/src"
is "$(runs 1 | grep -c .) $(runs 2 | grep -c .)" '2 1' 'the Dockerfile has three RUN lines'
ok 'the first stage builds and installs' run_lines 1
ok 'the second installs what is needed to run' run_lines 2
is "$(sed -n 's/^COPY --from=build \([^ ]*\) .*/\1/p' "$dockerfile")" /image/usr/local/bin/ 'and takes over the folder'
is "$(cd "$bin" && echo *)" 'paceline-producer paceline-reaper paceline-worker' 'that holds the three programs'
for file in $(sed -nE 's/^COPY (deploy[^ ]*) .*/\1/p' "$dockerfile"); do
    ok "$file is there to be copied" test -x "$TEST_DIR/src/$file"
done
is "$(for library in $(needed); do package_of "$library"; done | sort -u)" "$("$ROOT/deploy/setup" --list --runtime | grep -v '^ca-certificates$')" \
    'the packages to run are those of the libraries that the programs name'
user=$(sed -n 's/^USER //p' "$dockerfile")
like "$user" '^[1-9][0-9]+:[1-9][0-9]+$' 'its account is a number, which Kubernetes can tell from root'

for name in producer worker reaper; do
    is "$("$bin/paceline-$name" --version)" "paceline-$name $(sed -n 's/^VERSION *:= *//p' "$ROOT/Makefile")" "paceline-$name says its version"
done

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
