#!/bin/sh
# test_bench.sh: tests of the benchmark's own parts, with its smallest repository and without a clock: that the
# generator, the truth and git agree, that the comparers notice errors, and, where relrun is built, that it answers
# right. Each test is a sentence; ends with `N passed, N failed`.
# RELRUN (build/relrun), TOOLS (build/bench: generate, measure)
set -u
here=$(cd "$(dirname "$0")" && pwd)
absolute() { case $1 in /*) printf '%s\n' "$1" ;; *) printf '%s\n' "$PWD/$1" ;; esac; }
relrun=$(absolute "${RELRUN:-build/relrun}")
tools=$(absolute "${TOOLS:-build/bench}")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT TERM
GENERATE=$tools/generate
export GENERATE
passed=0 failed=0 skipped=0

# check SENTENCE COMMAND...: the command must succeed. refuse SENTENCE COMMAND...: it must fail, and say something.
check() {
    sentence=$1
    shift
    if "$@" >"$scratch/said" 2>&1; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAILED: $sentence"
        sed 's/^/  /' "$scratch/said"
    fi
}
refuse() {
    sentence=$1
    shift
    if "$@" >"$scratch/said" 2>&1 || [ ! -s "$scratch/said" ]; then
        failed=$((failed + 1))
        echo "FAILED: $sentence"
    else
        passed=$((passed + 1))
    fi
}

shape=single-1k
repository=$scratch/$shape
truth=$repository.truth.tsv
releases=$repository.releases.tsv

check "the same shape always has the same commit ids" sh "$here/repositories.sh" "$scratch" $shape
sh "$here/oracle.sh" "$repository" >"$scratch/oracle"

# The comparers, with right and with spoilt answers.
same_tables() { sh "$here/truth.sh" "$truth" "$1"; }
spoil() { sed "$1" "$scratch/oracle" >"$scratch/spoilt"; }
check "git's own answer is the truth table's" same_tables "$scratch/oracle"
spoil 's/major/minor/'
refuse "a wrong level is noticed" same_tables "$scratch/spoilt"
spoil 's/$/0/'
refuse "a wrong version is noticed" same_tables "$scratch/spoilt"
spoil 'p'
refuse "a package that is answered twice is noticed" same_tables "$scratch/spoilt"
spoil d
refuse "a package without an answer is noticed" same_tables "$scratch/spoilt"

# A changelog as the releases table has it, made of git's own lists.
changelog() {
    git -C "$repository" tag --sort=-version:refname >"$scratch/newest"
    newer=HEAD heading=Unreleased
    while read -r tag; do
        printf '## [%s] - 2014-05-14\n\n' "$heading"
        git -C "$repository" log --format='- %h' --invert-grep --grep='^chore(release)' "$tag..$newer"
        newer=$tag heading=${tag#v}
    done <"$scratch/newest"
    printf '## [%s] - 2014-05-14\n\n' "$heading"
    git -C "$repository" log --format='- %h' --invert-grep --grep='^chore(release)' "$newer"
}
same_changelog() { sh "$here/releases.sh" "$releases" "$1"; }
changelog >"$scratch/changelog"
check "git's own lists are the releases table's" same_changelog "$scratch/changelog"
sed '$d' "$scratch/changelog" >"$scratch/spoilt"
refuse "a commit that a changelog lacks is noticed" same_changelog "$scratch/spoilt"
sed '/^## \[2.2.0\]/d' "$scratch/changelog" >"$scratch/spoilt"
refuse "a section that a changelog lacks is noticed" same_changelog "$scratch/spoilt"
sed 's/^## \[2.2.0\]/## [2.2.1]/' "$scratch/changelog" >"$scratch/spoilt"
refuse "a section of a wrong version is noticed" same_changelog "$scratch/spoilt"

# The measure.
check "several commands count as one side" "$tools/measure" -n 1 -w 0 -- true + true -- true
refuse "a command that fails ends the measuring" "$tools/measure" -n 1 -- true -- false
refuse "a side without a command is a usage error" "$tools/measure" -n 1 -- true --

# relrun, where it is built.
right_versions() {
    (cd "$repository" && "$relrun" versions "$repository.lua" --offline) >"$scratch/versions" &&
        same_tables "$scratch/versions"
}
right_changelog() {
    (cd "$repository" && "$relrun" changelog "$repository.lua" --all --offline -o "$scratch/made.md") &&
        same_changelog "$scratch/made.md"
}
if [ -x "$relrun" ]; then
    check "relrun versions answers what the truth table says" right_versions
    check "relrun changelog --all has every release and every commit" right_changelog
else
    skipped=2
    echo "skipped: relrun's answers ($relrun is not built)"
fi

echo "$passed passed, $failed failed$([ $skipped -eq 0 ] || echo ", $skipped skipped")"
[ $failed -eq 0 ]
