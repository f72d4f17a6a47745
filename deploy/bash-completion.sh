# shellcheck shell=bash
# Completion of iris-fcgi(8) for bash. All it knows comes from the program's own help, so that the two cannot disagree.

# The commands of a program, one per line: "check", "user add".
_iris_fcgi_commands() {
    "$1" help 2>/dev/null | sed -n '/^Commands:/,/^$/s/^  \([^ ]\+\( [^ ]\+\)\?\)  .*/\1/p'
}

# Offers words; those in capitals stand for something of the user's, a file or folder where they say so.
_iris_fcgi_offer() {
    local word
    for word in "$@"; do
        case $word in
        FILE) mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "$cur") && compopt -o filenames ;;
        DIR) mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -d -- "$cur") && compopt -o filenames ;;
        *[A-Z]*) ;;
        *) mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -W "$word" -- "$cur") ;;
        esac
    done
}

# Reads a command's usage, such as `EMAIL|ID [--until YYYY-MM-DD|--none] [--json]`: `|` stands between what excludes each
# other, and what follows an option within its brackets is the option's value.
_iris_fcgi_arguments() {
    local usage argument word owner="" options=() values=() places=()
    # shellcheck disable=SC2086  # a command of two words is two arguments
    usage=$("${words[0]}" help $1 2>/dev/null | sed -n "s/^usage: iris-fcgi $1 //p")
    for argument in $usage; do
        for word in $(tr -d '[]' <<<"$argument" | tr '|' ' '); do
            if [[ $word == --* ]]; then
                [[ " ${words[*]:0:cword} " == *" $word "* ]] || options+=("$word")
            elif [[ -z $owner ]]; then
                places+=("$word")
            elif [[ $owner == "$prev" ]]; then
                values+=("$word")
            fi
        done
        [[ $argument == *--*[^]] ]] && owner=$word || owner=""
    done
    if [[ ${#values[@]} -gt 0 ]]; then
        _iris_fcgi_offer "${values[@]}"
    elif [[ $cur == -* ]]; then
        _iris_fcgi_offer "${options[@]}"
    else
        _iris_fcgi_offer "${places[@]}" "${options[@]}"
    fi
}

_iris_fcgi() {
    local cur prev words cword commands typed
    _init_completion || return
    commands=$(_iris_fcgi_commands "${words[0]}")
    # What is typed of a command, without the word under the cursor; `help` takes the name of another.
    typed="${words[*]:1:cword-1}"
    [[ $typed != help* ]] || typed=${typed#help} typed=${typed# }
    if [[ -z $typed ]]; then
        mapfile -t words < <(cut -d ' ' -f 1 <<<"$commands" | sort -u)
        _iris_fcgi_offer "${words[@]}"
    elif grep -q "^$typed " <<<"$commands"; then
        mapfile -t words < <(sed -n "s/^$typed //p" <<<"$commands")
        _iris_fcgi_offer "${words[@]}"
    elif [[ ${words[1]} != help ]]; then
        typed=${words[1]}
        ! grep -q "^$typed " <<<"$commands" || typed+=" ${words[2]}"
        _iris_fcgi_arguments "$typed"
    fi
}
complete -F _iris_fcgi iris-fcgi
