#!/bin/bash
# The shell completes what the programs take: subcommands, their options, the table's options, choices and paths.
. "$(dirname "$0")/../lib/tap.sh"
. "$ROOT/deploy/completion/paceline.bash"
PATH=$BUILD:$PATH

# completes WORD...: what is offered for the last word, which may be empty.
completes() {
    COMP_WORDS=("$@")
    COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
    _paceline
    printf '%s\n' "${COMPREPLY[@]}" | sed '/^$/d' | tr '\n' ' '
}

for name in producer worker reaper; do
    program=paceline-$name
    is "$(complete -p "$program" 2>/dev/null | grep -c _paceline)" 1 "$program is completed"
    "$program" --help >"$TEST_DIR/help"
    for option in $("$program" --config /dev/null check-config | sed -nE 's/^([a-z_]+) = .*/--\1/p' | tr _ -); do
        [ "$(completes "$program" "$option")" ] || echo "$option"
    done >"$TEST_DIR/missing"
    is "$(cat "$TEST_DIR/missing")" '' "with every option of the table"
    is "$(completes "$program" '' | tr ' ' '\n' | grep -v '^-')" \
        "$(sed -n '/^Subcommands:/,/^$/s/^  \([a-z][a-z-]*\).*/\1/p' "$TEST_DIR/help" | sort -u)" 'and every subcommand'
    is "$(completes "$program" --log-level '')" 'error warn info debug ' 'choices are offered'
    is "$(completes "$program" --log-level = de)" 'debug ' 'behind = too'
    is "$(completes "$program" --database '')" '' 'what only the user knows is not'
    like " $(completes "$program" --version '')" ' run ' 'an option without a value is followed by anything'
done
is "$(completes paceline-reaper req)" 'requeue ' 'a subcommand is completed'
is "$(completes paceline-reaper requeue workouts --f)" '--failed --force ' 'and then its own options'
is "$(completes paceline-reaper adopt public.x --existing '')" 'complete pending ' 'whose choices are known'
is "$(completes paceline-reaper adopt public.x --lease '')" '' 'whose values are not'
is "$(completes paceline-reaper --count)" '' 'they are not offered before it'
is "$(completes paceline-reaper status --co | tr ' ' '\n' | grep -c '^--count$')" 1 'but behind it'
like " $(completes paceline-reaper status --count '')" ' --json ' '--count takes no value'
cd "$TEST_DIR" || exit 1
touch 'my paceline.conf'
is "$(completes paceline-worker --config my)" 'my paceline.conf ' 'a path is completed with files'
done_testing
