# shellcheck shell=bash
# Completion for paceline-producer, paceline-worker and paceline-reaper. Everything comes from --help of the program
# that is being typed, so it knows the subcommands and options of the version that is installed.

# _paceline_words HELP SUBCOMMAND: what may stand here: the subcommands if there is none yet, else its own options;
# and the program's options.
_paceline_words() {
    awk -v subcommand="$2" '
        /^Subcommands:$/ { in_subcommands = 1; next }
        NF == 0 { in_subcommands = 0 }
        in_subcommands && /^  [a-z]/ { name = $1; if (subcommand == "") print name }
        in_subcommands && name == subcommand { for (; match($0, /--[a-z][a-z-]*/); $0 = substr($0, RSTART + RLENGTH)) print substr($0, RSTART, RLENGTH) }
        !in_subcommands && /^  -/ { for (i = 1; i <= 2; i++) if ($i ~ /^-/) { sub(/,$/, "", $i); print $i } }
    ' <<<"$1" | sort -u
}

# _paceline_value HELP OPTION: how --help names the option's value: path, conninfo, error|warn|info|debug; nothing if
# it takes none.
_paceline_value() {
    awk -v option="$2" '
        /^Subcommands:$/ { in_subcommands = 1; next }
        NF == 0 { in_subcommands = 0 }
        in_subcommands { # what a subcommand takes is in capitals, or choices
            if (match($0, "(^|[ [])" option " ([A-Z]+|[a-z]+[|][a-z|]+)")) { n = split(substr($0, RSTART, RLENGTH), part, " "); print part[n]; exit }
        }
        !in_subcommands && index($0, "  " option " ") == 1 && substr($0, length(option) + 4, 1) != " " { print $2; exit }
    ' <<<"$1"
}

_paceline() {
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} subcommand='' value='' help subcommands i
    help=$("${COMP_WORDS[0]}" --help 2>/dev/null) || return
    # "--name=value" comes as three words.
    if [ "$previous" = = ]; then
        previous=${COMP_WORDS[COMP_CWORD - 2]}
    elif [ "$current" = = ]; then
        current=''
    fi
    subcommands=$(_paceline_words "$help" '' | grep -v '^-')
    for ((i = 1; i < COMP_CWORD; i++)); do
        if [ -z "$subcommand" ] && grep -qxF -e "${COMP_WORDS[i]}" <<<"$subcommands"; then
            subcommand=${COMP_WORDS[i]}
        fi
    done
    [[ $previous != -* ]] || value=$(_paceline_value "$help" "$previous")
    COMPREPLY=()
    case $value in
    '') mapfile -t COMPREPLY < <(compgen -W "$(_paceline_words "$help" "$subcommand")" -- "$current") ;;
    *\|*) mapfile -t COMPREPLY < <(compgen -W "${value//|/ }" -- "$current") ;;
    path) mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
    *) ;; # whatever the user knows
    esac
}

complete -o filenames -F _paceline paceline-producer paceline-worker paceline-reaper
