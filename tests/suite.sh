#!/bin/sh
# suite.sh RESULTS NAME COMMAND...: runs one suite and keeps its output in RESULTS/NAME.log and its
# exit status in RESULTS/NAME.status, for tally.sh. A suite that passed shows its last line, what it
# skipped and how far it swept; another one all of its output. Always succeeds, so that one broken suite does not hide the next.
set -u
results=$1 name=$2
shift 2
mkdir -p "$results/$(dirname "$name")"
log=$results/$name.log
"$@" >"$log" 2>&1 </dev/null
status=$?
echo "$status" >"$results/$name.status"
if [ "$status" -eq 0 ]; then
    sed -n -e '/^skipped: /p' -e '/^swept: /p' "$log"
    printf '%-20s %s\n' "$name" "$(tail -n 1 "$log")"
else
    printf '%s: exit status %s\n' "$name" "$status"
    cat "$log"
fi
