#!/bin/sh
# bench.sh [quick|full|peers|noise] [CASE-PART...]: relrun beside reference commands, over the benchmark repositories.
#
#   quick  repositories of up to 20,000 commits, about two minutes (the default); full  all of them
#   peers  git-cliff as the reference, where peers.sh has put it under build/peers; no targets
#   noise  each reference beside itself: every ratio should be 1.00, and what they are instead is this machine's noise
#   CASE-PART  only the cases whose names hold one of these
#
# Before a case is timed its answer is compared with the truth; a wrong or missing answer makes the exit code 1. Times
# are medians of runs in turn (measure.c), so the ratio is what to read; a missed target is marked and changes no exit
# code, for a ratio depends on the machine's day too.
#
# RELRUN (build/relrun), TOOLS (build/bench: generate, measure), REPOSITORIES ($TOOLS/repositories),
# PEERS (build/peers), RUNS (5)
set -u
here=$(cd "$(dirname "$0")" && pwd)
absolute() { case $1 in /*) printf '%s\n' "$1" ;; *) printf '%s\n' "$PWD/$1" ;; esac; }
relrun=$(absolute "${RELRUN:-build/relrun}")
tools=$(absolute "${TOOLS:-build/bench}")
repositories=$(absolute "${REPOSITORIES:-$tools/repositories}")
runs=${RUNS:-5}
most_mib=200

size=quick
case ${1:-} in quick | full | peers | noise) size=$1; shift ;; esac
parts=$*

# ---- the cases: question, repository, commit-graph, target ratio, size ----------------------------------------------
# Targets are issue-given where docs/performance.md says so, otherwise our own.
cases='
startup    -            -      3.0  quick
plan       single-10k   -      2.0  quick
plan       single-500k  -      2.0  full
plan       single-500k  graph  2.0  full
changelog  single-10k   -      1.5  quick
changelog  single-100k  -      1.5  full
changelog  single-100k  graph  1.5  full
versions   mono-1       -      2.0  full
versions   mono-10      -      2.0  full
versions   mono-100     -      1.0  quick
versions   mono-100     graph  1.0  quick
versions   merges-20k   -      2.0  quick
versions   merges-20k   graph  2.0  quick
versions   mono-1000    -      0.5  full
versions   mono-1000    graph  0.5  full
versions   stale-1000   -      0.5  full
versions   stale-1000   graph  0.5  full
'
peer_cases='
startup    -            -      -    peers
plan       single-10k   -      -    peers
plan       single-500k  -      -    peers
changelog  single-10k   -      -    peers
versions   mono-10      -      -    peers
'

# ---- the world, the same for both sides -----------------------------------------------------------------------------
GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null LC_ALL=C.UTF-8
export GIT_CONFIG_NOSYSTEM GIT_CONFIG_GLOBAL LC_ALL
unset CI GITHUB_ACTIONS GIT_DIR GIT_WORK_TREE
scratch=$(mktemp -d)
graph_in=
finish() {
    [ -z "$graph_in" ] || rm -f "$graph_in/.git/objects/info/commit-graph"
    rm -rf "$scratch"
}
trap finish EXIT
trap 'exit 130' INT TERM

wrong=0 missed=0 fat=0

# set_graph REPOSITORY graph|-: puts the commit-graph there, or takes it away. It is written once and kept aside.
set_graph() {
    rm -f "$1/.git/objects/info/commit-graph"
    graph_in=
    [ "$2" = graph ] || return 0
    if [ ! -f "$1/.git/bench-commit-graph" ]; then
        git -C "$1" commit-graph write --reachable --changed-paths --no-progress || return 1
        mv "$1/.git/objects/info/commit-graph" "$1/.git/bench-commit-graph"
    fi
    graph_in=$1
    ln "$1/.git/bench-commit-graph" "$1/.git/objects/info/commit-graph"
}

# turns RELRUN-COMMAND... -- REFERENCE...: measures the two in the repository; its line stands in $scratch/line.
# Start-up is a thousandth of a second and takes the middle of many more runs.
turns() {
    if [ "$size" = noise ]; then
        while [ "$1" != -- ]; do shift; done
        shift
        set -- "$@" -- "$@"
    fi
    times=$runs
    [ "$question" != startup ] || times=$((runs * 20))
    "$tools/measure" -n "$times" -C "$folder" -- "$@" >"$scratch/line"
}

# ---- the questions: each answers `true_X` (is relrun right?) and `time_X` -------------------------------------------
previous_tag() { awk -F '\t' 'NR == 2 { print $2 }' "$truth"; }

# The oldest tag that a package was last released with: what is after it is what a monorepo's answer needs.
oldest_tag() {
    awk -F '\t' 'NR > 1 { print "refs/tags/" $2 "^{commit}" }' "$truth" | sort -u |
        git -C "$folder" rev-list --no-walk=sorted --stdin | tail -n 1
}

right_versions() {
    (cd "$folder" && "$relrun" versions "$spec" --offline) >"$scratch/versions" &&
        sh "$here/truth.sh" "$truth" "$scratch/versions"
}

right_plan() {
    right_versions || return 1
    (cd "$folder" && "$relrun" plan "$spec" --offline --json -o "$scratch/plan.json") >/dev/null || return 1
    # Whatever its layout, a plan names each tag that it will set.
    awk -F '\t' 'NR > 1 && $5 != "-" { sub(/[0-9]+[.][0-9]+[.][0-9]+$/, "", $2); print "\"" $2 $5 "\"" }' "$truth" |
        while read -r tag; do
            grep -qF -e "$tag" -e "refs/tags/${tag#\"}" "$scratch/plan.json" && continue
            echo "  the plan lacks $tag"
            exit 1
        done
}

right_changelog() {
    (cd "$folder" && "$relrun" changelog "$spec" --all --offline -o "$scratch/changelog.md") >/dev/null &&
        sh "$here/releases.sh" "$repositories/$repository.releases.tsv" "$scratch/changelog.md"
}

right_startup() { "$relrun" --version >/dev/null; }

time_startup() { turns "$relrun" --version -- git --version; }

time_plan() {
    turns "$relrun" plan "$spec" --offline --json -o "$scratch/plan.json" -- \
        git tag --list + git log --format='%H%n%B' "$(previous_tag)..HEAD"
}

time_changelog() {
    turns "$relrun" changelog "$spec" --all --offline -o "$scratch/changelog.md" -- git log --format='%H%n%B' HEAD
}

time_versions() {
    turns "$relrun" versions "$spec" --offline -- git log --name-only --format='%H%n%B' "$(oldest_tag)..HEAD"
}

# The same questions to git-cliff; many packages are many runs of it.
peer_startup() { turns "$relrun" --version -- "$cliff" --version; }
peer_plan() {
    turns "$relrun" plan "$spec" --offline --json -o "$scratch/plan.json" -- \
        "$cliff" --offline --unreleased --bump --output "$scratch/cliff.md"
}
peer_changelog() {
    turns "$relrun" changelog "$spec" --all --offline -o "$scratch/changelog.md" -- \
        "$cliff" --offline --output "$scratch/cliff.md"
}
peer_versions() {
    set --
    # shellcheck disable=SC2013 # names of packages are words
    for package in $(awk -F '\t' 'NR > 1 { print $1 }' "$truth"); do
        [ $# -eq 0 ] || set -- "$@" +
        set -- "$@" "$cliff" --offline --include-path "packages/$package/**" --tag-pattern "^$package-v" \
            --unreleased --bumped-version
    done
    turns "$relrun" versions "$spec" --offline -- "$@"
    measured=$?
    rm -rf "$folder/.git/git-cliff-core" # its cache: the repositories stay as they were made
    return $measured
}

# ---- one case, one row ----------------------------------------------------------------------------------------------
wanted() {
    case $size:$1 in quick:full) return 1 ;; esac
    [ -n "$parts" ] || return 0
    for part in $parts; do
        case $name in *"$part"*) return 0 ;; esac
    done
    return 1
}

row() {
    IFS='	' read -r seconds reference ratio mib reference_mib <"$scratch/line"
    verdict=$(awk -v ratio="$ratio" -v target="$target" -v mib="$mib" -v most="$most_mib" -v size="$size" 'BEGIN {
        if (size != "noise" && mib > most) print "TOO MUCH MEMORY"
        else if (size == "noise" || target == "-") print ""
        else print ratio <= target ? "ok" : "MISSED"
    }')
    case $verdict in MISSED) missed=$((missed + 1)) ;; TOO*) fat=$((fat + 1)) ;; esac
    printf '%-28s %9s %10s %7s %7s %8s %10s  %s\n' \
        "$name" "$seconds" "$reference" "$ratio" "$target" "$mib" "$reference_mib" "$verdict"
}

run_case() {
    question=$1 repository=$2 graph=$3 target=$4
    name=$question
    [ "$repository" = - ] || name="$question $repository"
    [ "$graph" = - ] || name="$name +$graph"
    wanted "$5" || return 0

    folder=$scratch
    if [ "$repository" != - ]; then
        GENERATE="$tools/generate" sh "$here/repositories.sh" "$repositories" "$repository" >/dev/null || exit 1
        folder=$repositories/$repository
        spec=$folder.lua truth=$folder.truth.tsv
        set_graph "$folder" "$graph" || exit 1
    fi
    if [ "$size" != noise ] && ! "right_$question" >"$scratch/wrong" 2>&1; then
        printf '%-28s WRONG ANSWER\n' "$name"
        head -n 8 "$scratch/wrong"
        wrong=$((wrong + 1))
    elif "$verb$question" 2>"$scratch/wrong"; then
        row
    else
        printf '%-28s FAILED\n' "$name"
        head -n 8 "$scratch/wrong"
        wrong=$((wrong + 1))
    fi
    [ "$repository" = - ] || set_graph "$folder" -
}

verb=time_ heading=git subject=relrun
[ "$size" != noise ] || subject=git
if [ "$size" = peers ]; then
    verb=peer_ heading=git-cliff cases=$peer_cases
    cliff=$(find "$(absolute "${PEERS:-build/peers}")" -path '*/bin/git-cliff' -type f 2>/dev/null | head -n 1)
    [ -n "$cliff" ] || { echo "bench.sh: no git-cliff under build/peers (peers.sh puts it there)" >&2; exit 1; }
fi
if [ "$size" != noise ] && [ ! -x "$relrun" ]; then
    echo "bench.sh: $relrun: not there; run make first, or bench.sh noise" >&2
    exit 1
fi

printf '%-28s %9s %10s %7s %7s %8s %10s\n' case "$subject/s" "$heading/s" ratio target MiB "$heading/MiB"
while read -r question repository graph target sizes; do
    [ -z "$question" ] || run_case "$question" "$repository" "$graph" "$target" "$sizes"
done <<END
$cases
END

[ "$missed" -eq 0 ] || echo "$missed over the target ratio"
[ "$fat" -eq 0 ] || echo "$fat over $most_mib MiB"
[ "$wrong" -eq 0 ] || { echo "$wrong without a right answer"; exit 1; }
