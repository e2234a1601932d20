#!/bin/sh
# demo.sh RELRUN: the main job on repositories made for it, in a temporary folder. A monorepo of two packages and a bare
# remote: a release candidate from `test`, then the final from `master`. And a product with a local forge beside its remote:
# a release pull request that nobody can merge before the release has happened.
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
gap=
say() { printf '\n\033[1m%s\033[0m\n' "$*"; gap=; }
tell() { printf "$gap\$ %s\n" "$*"; gap='\n'; }
show() { # runs a command that the reader sees
    tell "$@"
    "$@"
}
show_end() { # LINES COMMAND...: the same, but only the last lines of what it prints
    lines=$1; shift
    tell "$* | tail -n $lines"
    "$@" > "$place/printed"
    tail -n "$lines" "$place/printed"
}
refused() { # CODE COMMAND...: a command that has to end with this code
    wanted=$1 code=0; shift
    show "$@" || code=$?
    [ "$code" -eq "$wanted" ]
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
show_end 3 relrun release.lua rc --push
say "Running it again finds nothing to do (exit 4)"
refused 4 relrun release.lua rc --push
say "test becomes master, and the final promotes the candidate"
git switch -q -c master
git push -q origin master
show_end 3 relrun release.lua final --push
show git log --oneline --decorate -n 4 release

git init -q --bare -b main "$place/widget.git"
git init -q -b main "$place/widget"
cd "$place/widget"
git remote add origin "$place/widget.git"
echo 1.0.0 > VERSION
echo dist/ > .gitignore
cat > release.lua << 'END'
use "guarded-release" {
  name     = "widget",
  packages = package "widget" { files = { plain "VERSION" } },
  identity = "Widget Release <release@example.org>",
  assets   = "dist/*",
}
END
commit "chore: start"
git tag v1.0.0
echo 'int door;' > door.c
commit "feat: a door"
git push -q origin main v1.0.0
mkdir dist
echo 'what the build made' > dist/widget.tar.gz

say "Another product is released through a pull request, and the forge holds it until then"
show cat release.lua
show relrun forge require release
show_end 5 relrun prepare release.lua
say "Nobody can merge it before the release has happened (exit 5)"
refused 5 relrun forge merge 1 --as bob
say "An approval of that very head lets the release go"
show relrun forge approve 1 --as ann
show_end 11 relrun publish release.lua
say "What the forge and main have now"
show relrun forge show
show ls "$place/widget.forge/releases/v1.1.0/assets"
show git -C "$place/widget.git" log --graph --oneline --decorate -n 4 main
