#!/bin/sh
# quick.sh: names the folder in which tests make their places: the caller's TMPDIR, else memory that is mounted as a
# folder, where programs may run and a gigabyte is free, else /tmp.
set -u
if [ -n "${TMPDIR:-}" ]; then
    echo "$TMPDIR"
    exit
fi
answer=/tmp
free=$(df -Pk /dev/shm 2>/dev/null | awk 'NR == 2 { print $4 }')
if [ "${free:-0}" -gt 1048576 ] && probe=$(mktemp /dev/shm/relrun-probe-XXXXXX 2>/dev/null); then
    echo 'exit 0' >"$probe"
    chmod +x "$probe"
    sh -c '"$1"' sh "$probe" 2>/dev/null && answer=/dev/shm
    rm -f "$probe"
fi
echo "$answer"
