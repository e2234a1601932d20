#!/bin/sh
# truth.sh TRUTH ANSWER: compares what `relrun versions` said (ANSWER) with a benchmark repository's truth table: the
# same packages, and for each the same previous tag, number of commits, level and next version; the order is free, a
# heading row too. Prints the first differences and exits 1 when there are any.
set -eu
[ $# -eq 2 ] || { echo "usage: truth.sh TRUTH ANSWER" >&2; exit 9; }
exec awk -F '\t' '
    function differs(what) { if (++differences <= 5) print "  " what }
    $1 == "package" { next }
    FILENAME == ARGV[1] { truth[$1] = $0; order[++packages] = $1; next }
    !($1 in truth)      { differs("unexpected: " $0); next }
    $1 in seen          { differs("twice: " $0); next }
                        { seen[$1] = 1 }
    $0 != truth[$1]     { differs("expected:   " truth[$1]); if (differences <= 5) print "  answer:     " $0 }
    END {
        if (packages == 0) differs("the truth table is empty")
        for (i = 1; i <= packages; i++) if (!(order[i] in seen)) differs("missing:    " truth[order[i]])
        if (differences > 5) print "  ... " differences " differences in all"
        exit differences > 0
    }' "$1" "$2"
