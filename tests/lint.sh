#!/bin/sh
# lint.sh: the directions of dependency and a few habits, each one a search. Prints what breaks them; exits 1 if any does.
set -u
cd "$(dirname "$0")/.." || exit 2
failed=0
complain() {
    echo "lint: $1" >&2
    failed=1
}

# Each foreign header stands in exactly one .c file.
for header in git2.h cJSON.h curl/curl.h openssl/evp.h zlib.h; do
    users=$(grep -rl "#include <$header>\|#include <cjson/$header>" interp | sort | tr '\n' ' ')
    case $(echo "$users" | wc -w) in
        0 | 1) ;;
        *) complain "$header is included by more than one file: $users" ;;
    esac
done

# prim knows no Lua; the sandbox's child has no binding.
grep -rln 'lua\.h\|lauxlib\.h\|lualib\.h' interp/prim && complain "interp/prim includes Lua's headers"
grep -rn '"\.\./bind' interp/prim && complain "interp/prim includes a binding"
grep -rn '#include "\(\.\./\)*bind/' interp/sandbox interp/prim && complain "the sandbox or prim includes a binding"

# Pure modules reach no primitive. The impure ones are these.
impure='stdlib/main.lua stdlib/actions.lua stdlib/world.lua stdlib/git.lua stdlib/session.lua stdlib/doors.lua stdlib/forge/connect.lua'
for file in $(find stdlib -name '*.lua' | sort); do
    case " $impure " in *" $file "*) continue ;; esac
    case $file in stdlib/commands/*) continue ;; esac
    grep -n 'require[ (]*"host\.' "$file" /dev/null && complain "$file is pure and requires a primitive"
done

# The parts of a backend are its own: everybody else speaks the interface of forge.lua.
grep -rn 'require[ (]*"forge\.github\.' stdlib | grep -v '^stdlib/forge/github' && complain "a module reaches into the GitHub backend"
# Of the local forge, one file knows the repository and three know files; the nouns know their own records.
grep -n 'parts\.\(git\|repo\|history\)\|\.objects\b' stdlib/forge/local/*.lua | grep -v '^stdlib/forge/local/repository\.lua:' &&
    complain "a noun of the local forge reaches past forge/local/repository.lua"
grep -n 'parts\.file\|self\.file' stdlib/forge/local/*.lua | grep -v '^stdlib/forge/local/\(store\|assets\|repository\)\.lua:' &&
    complain "a noun of the local forge reaches past forge/local/store.lua"

# Several requests at once go out in one place, which keeps them apart and in order.
grep -rn '\.parallel(\|coroutine\.' stdlib | grep -v '^stdlib/together\.lua:' && complain "a module besides together.lua runs things side by side"

# Steps never call each other (some have parts: files of their own that are no steps).
grep -n 'require "steps\.' stdlib/steps/*.lua | grep -v 'push.lua.*steps\.\(lock\|tag_runs\)"\|pull_request.lua:[0-9]*: *local .*"steps.\(merge\|supersede\)"\|forge_release.lua:[0-9]*: .*"steps.asset"\|forge_release.lua:[0-9]*: .*steps.release_publish"' && complain "a step requires another step"

# Gates judge and reach nothing: what they ask goes through the context. Verdicts are made in one place, which the tests
# of mutation turn round.
grep -n 'require "\(steps\|session\|apply\|git\|world\|tape\)\|require "forge' stdlib/gates/*.lua && complain "a gate reaches past its context"
grep -n 'verdict = "\(deny\|wait\|skip\)"' stdlib/gates/*.lua | grep -v '^stdlib/gates/verdict\.lua' && complain "a verdict is made by hand"

# P16, P23: git is started in one file, and pushes in one place, below the check of what is pushed. No refspec is forced
# by itself, nothing is pushed with a bare --force or --tags, nothing is mirrored, pruned or deleted by name.
grep -rn 'require[ (]*"host\.proc"' stdlib | grep -v '^stdlib/git\.lua:' && complain "a module besides git.lua starts programs"
grep -n '"[^"]*+[^"]*:\|"+\|"--force"\|"--tags"\|"--all"\|"--mirror"\|"--prune"\|"--delete"\|"-[fd]"\|"update-ref"\|"--no-lease' \
    stdlib/git.lua | grep -v 'gmatch\|error(' && complain "git.lua forces, deletes or sends refs that were not named"
[ "$(grep -c '{ "push"' stdlib/git.lua)" -eq 1 ] || complain "git.lua pushes in more than one place, or in none"
grep -A1 '^function repository:push' stdlib/git.lua | grep -q 'check_updates(updates)' ||
    complain "git.lua pushes before it has checked what"
grep -rn 'git_remote_[a-z]*(\|git_push_\|git_reference_\(create\|delete\|rename\|remove\|set_\|symbolic_create\)[a-z_]*(\|git_tag_\(create\|delete\)\|git_branch_' \
    interp --include='*.c' && complain "libgit2 pushes, fetches, or moves a ref past interp/prim/refs.c"

# What a run tells the CI are outputs and a page: no variable and no program of the steps after it.
grep -rn 'GITHUB_ENV\|GITHUB_PATH\|GITHUB_STATE' stdlib interp && complain "relrun changes the environment of later steps"

# P18, P19: what makes a connection safe has no switch, libcurl follows nothing and tells nothing by itself, and one file
# puts a credential into a request.
grep -rn 'SSL_VERIFYPEER, *0\|SSL_VERIFYHOST, *[01]\|FOLLOWLOCATION, *[1-9x]\|UNRESTRICTED_AUTH\|CURLOPT_VERBOSE\|DEBUGFUNCTION' \
    interp --include='*.[ch]' && complain "a connection is made less safe"
grep -rln 'credential_write(' interp --include='*.c' | grep -v 'prim/credential\.c\|prim/course\.c' &&
    complain "a file besides course.c takes a secret out of a credential"

# No globals, no patched libraries.
if command -v luacheck > /dev/null; then
    luacheck --quiet --no-color stdlib specs examples tests/lib tests/lua tests/e2e tests/*.lua || complain "luacheck"
else
    echo "lint: luacheck is not installed (make test-deps): Lua was not checked" >&2
fi

# Lines of C stay readable; tabs only where make wants them.
grep -rn '.\{121,\}' interp tests/unit --include='*.[ch]' && complain "a line of C is longer than 120 columns"
grep -rnP '\t' interp stdlib specs --include='*.[ch]' --include='*.lua' && complain "a tab"
[ "$failed" -eq 0 ] && echo "lint: nothing to complain of"
exit "$failed"
