# shellcheck shell=bash
# Sourced by ./run, tools/deps and .ci/run: steps with a title, a time and a log.

# What one checkout has compiled serves another one too.
CCACHE_BASEDIR=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
export CCACHE_BASEDIR CCACHE_NOHASHDIR=1

# What goes wrong goes to standard error and ends the command.
die() {
    echo "$(basename "$0"): $*" >&2
    exit 1
}

# step TITLE LOG COMMAND...: runs quietly, output to LOG. On a terminal the line shows the seconds
# and what it is doing now; on failure the end of the log is shown.
step() {
    local title=$1 log=$2 begin=$SECONDS status=0 pid
    shift 2
    mkdir -p "$(dirname "$log")"
    [[ -t 1 ]] || echo "==> $title ..."
    "$@" >"$log" 2>&1 </dev/null &
    pid=$!
    while [[ -t 1 ]] && kill -0 "$pid" 2>/dev/null; do
        local doing
        doing=$(tail -n 1 "$log" | tr -d '\r' | tr -c '[:print:]' ' ' | cut -c1-50)
        printf '\r\033[K==> %s  %d s  %s' "$title" $((SECONDS - begin)) "$doing"
        read -r -t 0.5 <> <(:) || true
    done
    wait "$pid" || status=$?
    [[ -t 1 ]] && printf '\r\033[K'
    if ((status != 0)); then
        echo "==> $title: failed after $((SECONDS - begin)) s; the end of $log:" >&2
        tail -n 40 "$log" >&2
        return "$status"
    fi
    echo "==> $title: $((SECONDS - begin)) s"
}

# Ninja's output for a log: every 20th line of progress, and all that is not progress. (Not awk:
# Debian's reads a pipe in blocks.)
thin_progress() {
    local line
    while IFS= read -r line; do
        if [[ ! $line =~ ^\[([0-9]+)/([0-9]+)\] ]] || ((BASH_REMATCH[1] % 20 == 0 || BASH_REMATCH[1] == BASH_REMATCH[2])); then
            printf '%s\n' "$line"
        fi
    done
}
