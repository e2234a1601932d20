#!/bin/sh
# releases.sh RELEASES CHANGELOG: compares a whole-history changelog with a benchmark repository's releases table: one
# section (`## ... 1.2.3 ...`) a release, newest first, and in each one bullet a commit. The topmost section holds what
# is unreleased; its heading is free. Prints the first differences and exits 1 when there are any.
set -eu
[ $# -eq 2 ] || { echo "usage: releases.sh RELEASES CHANGELOG" >&2; exit 9; }
exec awk '
    function differs(what) { if (++differences <= 5) print "  " what }
    FILENAME == ARGV[1] {
        if (FNR > 1) { version[++releases] = $1; commits[releases] = $2 }
        next
    }
    /^## / {
        sections++
        if (match($0, /[0-9]+[.][0-9]+[.][0-9]+/)) heading[sections] = substr($0, RSTART, RLENGTH)
    }
    /^[-*] / { bullets[sections]++ }
    END {
        if (releases == 0) differs("the releases table is empty")
        if (sections != releases) differs("expected " releases " sections, got " sections + 0)
        for (i = 1; i <= releases && i <= sections; i++) {
            if (i > 1 && heading[i] != version[i])
                differs("section " i ": expected version " version[i] ", got " heading[i])
            if (bullets[i] + 0 != commits[i])
                differs("section " i " (" version[i] "): expected " commits[i] " commits, got " bullets[i] + 0)
        }
        if (differences > 5) print "  ... " differences " differences in all"
        exit differences > 0
    }' "$1" "$2"
