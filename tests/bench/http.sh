#!/bin/sh
# http.sh: relrun beside curl with the same server of this machine: a file up and down. relrun computes SHA-256 on the way;
# the last rows give curl that work too. Prints the ratio of the times and both peaks in MiB; a digest that is wrong, or
# more than 64 MB of memory, makes the exit code 1.
#
# RELRUN (build/relrun), TOOLS (build/bench: measure), SIZE (2G), PART_SIZE (50M), RUNS (3)
set -eu
here=$(cd "$(dirname "$0")" && pwd)
absolute() { case $1 in /*) printf '%s\n' "$1" ;; *) printf '%s\n' "$PWD/$1" ;; esac; }
relrun=$(absolute "${RELRUN:-build/relrun}")
measure=$(absolute "${TOOLS:-build/bench}")/measure
most_mib=61
place=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$place"' EXIT
trap 'exit 130' INT TERM

truncate -s "${SIZE:-2G}" "$place/up"
bytes=$(stat -c %s "$place/up")
/usr/bin/python3 "$here/../tools/http_server.py" "$place" bench & server=$!
while [ ! -e "$place/ports" ]; do sleep 0.05; done
origin=http://127.0.0.1:$(cut -d' ' -f2 "$place/ports")

truth=$(openssl dgst -sha256 -r "$place/up" | cut -d' ' -f1)
failed=0
for direction in up down; do
    url=$origin/discard; [ $direction = up ] || url=$origin/zeros/$bytes
    said=$("$relrun" lua "$here/http.lua" $direction "$url" "$place/$direction")
    [ "$said" = "$truth" ] || { echo "$direction: SHA-256 is $said, expected $truth"; failed=1; }
done

row() { # what, direction, the side beside relrun...
    what=$1 direction=$2; shift 2
    url=$origin/discard; [ "$direction" = up ] || url=$origin/zeros/$bytes
    "$measure" -n "${RUNS:-3}" -- "$relrun" lua "$here/http.lua" "$direction" "$url" "$place/$direction" -- "$@" |
    while IFS='	' read -r ours theirs ratio our_peak their_peak; do
        printf '%-22s %8s %8s %7s %8s %8s\n' "$what" "$ours" "$theirs" "$ratio" "$our_peak" "$their_peak"
        [ "${our_peak%.*}" -le $most_mib ] || { echo "$what: more than 64 MB of memory"; exit 1; }
    done
}

printf '%-22s %8s %8s %7s %8s %8s\n' "$bytes bytes" "relrun s" "curl s" ratio "MiB" "curl MiB"
row "up" up curl -sS -o /dev/null -T "$place/up" "$origin/discard" || failed=1
row "down" down curl -sS -o "$place/other" "$origin/zeros/$bytes" || failed=1
row "up, both hash" up openssl dgst -sha256 "$place/up" + curl -sS -o /dev/null -T "$place/up" "$origin/discard" || failed=1
row "down, both hash" down curl -sS -o "$place/other" "$origin/zeros/$bytes" + openssl dgst -sha256 "$place/other" || failed=1

# Assets of a release, five at a time on both sides.
truncate -s "${PART_SIZE:-50M}" "$place/part"
list=$(i=0; while [ $i -lt 20 ]; do printf '%s%s' "${comma:-}" "$place/part"; comma=,; i=$((i + 1)); done)
said=$("$relrun" lua "$here/http.lua" together "$origin/discard" "$place/part" 20)
[ "$said" = "$(openssl dgst -sha256 -r "$place/part" | cut -d' ' -f1)" ] || { echo "together: SHA-256 is $said"; failed=1; }
"$measure" -n "${RUNS:-3}" -- "$relrun" lua "$here/http.lua" together "$origin/discard" "$place/part" 20 \
    -- curl -sS --no-progress-meter -Z --parallel-max 5 -o /dev/null -T "{$list}" "$origin/discard" |
while IFS='	' read -r ours theirs ratio our_peak their_peak; do
    printf '%-22s %8s %8s %7s %8s %8s\n' "20 parts up" "$ours" "$theirs" "$ratio" "$our_peak" "$their_peak"
    [ "${our_peak%.*}" -le $most_mib ] || { echo "20 parts up: more than 64 MB of memory"; exit 1; }
done || failed=1
exit $failed
