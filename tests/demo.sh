#!/bin/sh
# demo.sh RELRUN: the main job on a repository made for it: a monorepo of two packages and a bare remote in a temporary
# folder. A release candidate from `test`, then the final from `master`; then what resulted.
set -eu
relrun=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
place=$(mktemp -d "${TMPDIR:-/tmp}/relrun-demo-XXXXXX")
trap 'rm -rf "$place"' EXIT INT TERM
export HOME="$place" GIT_CONFIG_NOSYSTEM=1 GIT_AUTHOR_NAME=Ann GIT_AUTHOR_EMAIL=ann@example.org
export GIT_COMMITTER_NAME=Ann GIT_COMMITTER_EMAIL=ann@example.org
unset GITHUB_ACTIONS CI XDG_CONFIG_HOME 2> /dev/null || true

minute=0
commit() { # MESSAGE: everything in the work tree, one minute after the commit before
    minute=$((minute + 1))
    git add -A
    GIT_AUTHOR_DATE="2024-01-01T00:0$minute:00Z" GIT_COMMITTER_DATE="2024-01-01T00:0$minute:00Z" git commit -q -m "$1"
}
say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
show() { # runs a command that the reader sees
    printf '\n$ %s\n' "$*"
    "$@"
}
relrun() { "$relrun" "$@"; }

git init -q --bare "$place/remote.git"
git init -q -b test "$place/aetherflow"
cd "$place/aetherflow"
git remote add origin "$place/remote.git"
for package in core scheduler; do
    mkdir -p "packages/$package"
    printf '[project]\nname = "%s"\nversion = "0.1.0"  # relrun keeps this line\n' "$package" > "packages/$package/pyproject.toml"
done
cat > release.lua << 'END'
use "branch-flow" {
  name     = "aetherflow",
  packages = each "packages/*" { version_file = "pyproject.toml" },
  identity = "Aether Release <release@example.org>",
}
END
commit "chore: start"
git tag core-v0.1.0
git tag scheduler-v0.1.0
echo 'def plan(): ...' > packages/core/plan.py
commit "feat(core): plans are values"
echo 'retries = 3' > packages/scheduler/retry.py
commit "fix(scheduler): try again after a timeout"
git push -q origin test core-v0.1.0 scheduler-v0.1.0

say "The spec, as the repository commits it"
show cat release.lua
say "The plan of a release candidate: nothing is written"
show relrun plan release.lua rc --push
say "The release candidate, onto the remote"
show relrun release.lua rc --push
say "Running it again finds nothing to do (exit 4)"
show relrun release.lua rc --push || [ $? -eq 4 ]
say "test becomes master, and the final promotes the candidate"
git switch -q -c master
git push -q origin master
show relrun release.lua final --push
say "What the remote has now"
show git ls-remote origin
show git log --oneline --decorate -n 4 release
show git show release:packages/core/CHANGELOG.md
show git show release:packages/core/pyproject.toml
say "The journal of the last run"
for journal in .git/relrun/*/journal.jsonl; do cut -c1-140 "$journal"; done | tail -n 5
