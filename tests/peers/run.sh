#!/bin/sh
# run.sh BUILD SUITE...: real peers judge the test forge. GitHub's description of its API watches, through prism, all that
# the suites ask of the forge's API; gh and octokit are clients that were not written for us. `make test-peers` runs it.
set -eu
build=$1
shift
results=$build/results/peers
command -v npm > /dev/null && command -v gh > /dev/null || {
    echo "gh, node (20 or newer) and npm are needed" >&2
    exit 1
}
rm -rf "$results"
mkdir -p "$build/peers" "$results"
peers=$(cd "$build/peers" && pwd)
if ! cmp -s tests/peers/package-lock.json "$peers/installed.json"; then
    cp tests/peers/package.json tests/peers/package-lock.json "$peers"
    (cd "$peers" && npm ci --no-audit --no-fund --loglevel=error)
    cp tests/peers/package-lock.json "$peers/installed.json"
fi
rm -f "$results/proxy" "$results/verdicts"
python3 -B tests/peers/judge.py --prism "$peers/node_modules/.bin/prism" --ready "$results/proxy" \
    --spec "$peers/node_modules/@octokit/openapi/generated/api.github.com.json" --verdicts "$results/verdicts" \
    --graphql "$results/graphql" &
judge=$!
trap 'kill $judge 2> /dev/null || true' EXIT
while [ ! -e "$results/proxy" ]; do
    kill -0 "$judge" || exit 1
    sleep 0.2
done
for suite in "$@"; do
    RELRUN_FORGE_PROXY=$(cat "$results/proxy") RELRUN_PEERS=$peers TEST_BUILD=$build \
        sh tests/suite.sh "$results" "$(basename "$suite" .lua)" "$build/relrun" lua tests/run.lua "$suite"
done
kill "$judge"
wait "$judge" || true
trap - EXIT
python3 -B tests/peers/verdict.py "$results/verdicts" || failed=1
node tests/peers/graphql.mjs "$results/graphql" "$peers" || failed=1
sh tests/tally.sh "$results"
exit "${failed:-0}"
