#!/bin/sh
# repositories.sh DIR SHAPE...: makes benchmark repositories DIR/SHAPE, with their truth tables and their release.lua
# (DIR/SHAPE.lua) beside them, and checks the ids of their heads against expect.tsv. One that exists is kept.
# `all` stands for every shape. GENERATE names the generator (default: build/bench/generate).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
generate=${GENERATE:-build/bench/generate}
dir=${1:?usage: repositories.sh DIR SHAPE...}
shift
# Names of shapes have no spaces: the words are wanted apart.
# shellcheck disable=SC2046
[ "$*" != all ] || set -- $("$generate" --shapes)

# No user's or machine's settings: they could change ids, packing or speed.
GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null
export GIT_CONFIG_NOSYSTEM GIT_CONFIG_GLOBAL

# make SHAPE: builds it under another name first, so that an interrupted run leaves nothing that looks complete.
make() {
    new=$dir/$1.new
    rm -rf "$new"
    git init -q -b main "$new"
    "$generate" "$1" "$dir" | git -C "$new" fast-import --quiet
    git -C "$new" config gc.auto 0
    git -C "$new" config user.name bench
    git -C "$new" config user.email bench@example.invalid
    # One pack in the order that a clone has, and packed refs, as a CI job gets them. fast-import's deltas are good
    # enough: looking for better ones is most of the time of a repack.
    git -C "$new" repack -adq --window=0
    git -C "$new" pack-refs --all --prune
    git -C "$new" reset -q --hard main
    rm -rf "${dir:?}/$1"
    mv "$new" "$dir/$1"
}

mkdir -p "$dir"
for shape; do
    if [ ! -d "$dir/$shape/.git" ] || [ ! -f "$dir/$shape.truth.tsv" ]; then make "$shape"; fi
    case $shape in
    single-*) cp "$here/single.lua" "$dir/$shape.lua" ;;
    *) cp "$here/mono.lua" "$dir/$shape.lua" ;;
    esac
    head=$(git -C "$dir/$shape" rev-parse HEAD)
    want=$(awk -v shape="$shape" '$1 == shape { print $2 }' "$here/expect.tsv")
    if [ "$head" != "$want" ]; then
        echo "repositories.sh: $dir/$shape: the head is $head, expected ${want:-a row in expect.tsv};" \
            "remove the folder to make it anew" >&2
        exit 1
    fi
    echo "$shape $head"
done
