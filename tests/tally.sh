#!/bin/sh
# tally.sh FOLDER...: sums what suite.sh left in the folders and prints one line,
# `N passed, N failed[, N skipped]`. A suite ends in such a line itself, or in Check's
# `100%: Checks: 4, Failures: 0, Errors: 0`. One that ended without its line, or says that all is
# well and yet fails, counts as a failure. Exits 1 on failures, and when no suite ran at all.
set -eu
{
    for folder in "$@"; do
        [ -d "$folder" ] || continue
        for log in "$folder"/*.log; do
            [ -e "$log" ] || continue
            # The line must be the last one: what a dying suite printed before does not count.
            # A dead suite may have no last line, or no status.
            printf '%s\t%s\t%s\n' "${log%.log}" "$(cat "${log%.log}.status" 2>/dev/null || echo none)" \
                "$(tail -n 1 "$log" | tr '\t' ' ')"
        done
    done
} | awk -F '\t' '
    function number_before(word, line) {
        return match(line, "[0-9]+ " word) ? substr(line, RSTART) + 0 : 0
    }
    function number_after(word, line) {
        return match(line, word ": [0-9]+") ? substr(line, RSTART + length(word) + 2) + 0 : 0
    }
    {
        suites++
        bad = 0
        if ($3 ~ /^[0-9]+ passed, [0-9]+ failed(, [0-9]+ skipped)?$/) {
            passed += number_before("passed", $3)
            bad = number_before("failed", $3)
            skipped += number_before("skipped", $3)
        } else if ($3 ~ /^[0-9]+%: Checks: [0-9]+, Failures: [0-9]+, Errors: [0-9]+$/) {
            bad = number_after("Failures", $3) + number_after("Errors", $3)
            passed += number_after("Checks", $3) - bad
        } else {
            print $1 ": ended without its line, exit status " $2
            bad = 1
        }
        if (bad == 0 && $2 != "0") {
            print $1 ": exit status " $2 " although nothing failed"
            bad = 1
        }
        failed += bad
    }
    END {
        if (suites == 0)
            print "no suite ran"
        printf "%d passed, %d failed%s\n", passed, failed, skipped ? ", " skipped " skipped" : ""
        exit failed > 0 || suites == 0
    }'
