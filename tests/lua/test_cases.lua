--- The case runner judges; here it is judged itself, with plain git in the place of relrun.

local test = require "testing"
local case = require "case"
local judge = require "judge"

local HISTORY = [[
=== history
branch master
commit "feat: first" packages/a/a.txt
tag a-v0.1.0
branch test
commit "fix: second" packages/a/b.txt as fix
protect refs/heads/master

]]

-- The problems that a case with this body has, as one text; and the case, for its new form.
local function problems_of(body)
  local self = test.truthy(case.parse("A case\n\n" .. HISTORY .. body))
  return table.concat(judge.try(self), "\n"), self
end

test("a case whose outputs, exit codes, refs and files are as expected passes", function ()
  test.equal(problems_of [[
=== env
CI=true

=== run
$ git log -1 --format='%H %s'; echo $CI $PWD
| @fix fix: second
| true $WORK
!.

# the second branch is protected
$ echo n > n.txt && git add n.txt && git commit -qm "chore: n" \
  && git tag -a -m "a note" noted && git push -q origin HEAD noted
$ git push origin HEAD:master => 1
!+ GH006
!- fatal

=== refs remote
HEAD                -> refs/heads/master
refs/heads/master   @c1
refs/heads/test     "chore: n" on @fix
refs/tags/a-v0.1.0  @c1
refs/tags/noted     tag "a note" of "chore: n" on @fix

=== show remote test:n.txt
n

=== file n.txt
n

=== diff remote test~1 test
diff --git a/n.txt b/n.txt
new file mode 100644
--- /dev/null
+++ b/n.txt
@@ -0,0 +1 @@
+n
]], "")
end)

test("another exit code, output, ref or file than expected fails the case", function ()
  local said = problems_of [[
=== run
$ false
$ echo one; echo two >&2
| other
!+ three
!- two
=== refs remote
HEAD  -> refs/heads/main
=== file packages/a/b.txt
other
=== show local HEAD:absent
something
]]
  test.contains(said, "false: exit 0 expected, got 1")
  test.contains(said, "stdout differs\n  - other\n  + one")
  test.contains(said, "stderr lacks 'three'")
  test.contains(said, "stderr has 'two'")
  test.contains(said, "refs remote differs\n  - HEAD  -> refs/heads/main\n  + HEAD")
  test.contains(said, "file packages/a/b.txt differs\n  - other\n  + 2: fix: second")
  test.contains(said, "  - something\n  + absent")
end)

test("a command that leaves a process behind fails the case, however it detached itself", function ()
  test.contains(problems_of "=== run\n$ setsid sleep 60 >/dev/null 2>&1 &\n", "left running")
end)

test("P16 a verb that may only look fails the case when it changes a ref or a file", function ()
  local stand_in = "$ relrun() { eval \"$2\"; }; relrun plan "
  test.contains(problems_of("=== run\n" .. stand_in .. "'git tag x'\n"), "+ refs/tags/x")
  test.contains(problems_of("=== run\n" .. stand_in .. "'git push -q origin HEAD:new'\n"), "+ refs/heads/new")
  test.contains(problems_of("=== run\n" .. stand_in .. "'touch packages/a/b.txt'\n"), "may only look")
  test.equal(problems_of("=== run\n" .. stand_in .. "'echo {} > plan.json' -o plan.json\n"), "")
  test.contains(problems_of("=== run\n" .. stand_in .. "'echo {} > plan.json' -o other.json\n"), "may only look")
end)

test("--update replaces what is expected and keeps all else", function ()
  local problems, self = problems_of [[
=== run
# why this is done
$ echo one \
  two => 3
|?
!+ lasting

=== refs remote
]]
  test.contains(problems, "nothing is expected of stdout yet")
  test.equal(case.format(self), "A case\n\n" .. HISTORY .. [[
=== run
# why this is done
$ echo one \
  two
| one two
!+ lasting

=== refs remote
HEAD                -> refs/heads/master
refs/heads/master   @c1
refs/heads/test     @fix
refs/tags/a-v0.1.0  @c1
]])
end)

test("a case file that is not one is refused with its line", function ()
  test.refuses("line 1:", case.parse "\n=== run\n$ true\n")
  test.refuses("line 3: unknown section 'runs'", case.parse "A case\n\n=== runs\n")
  test.refuses("line 3: 'show' takes 2 words", case.parse "A case\n\n=== show remote\n")
  test.refuses("line 4: something expected of no command", case.parse "A case\n\n=== run\n| x\n")
  test.refuses("line 5: neither a command nor", case.parse "A case\n\n=== run\n$ true\nx\n")
  test.refuses("at least one command", case.parse "A case\n\n=== history\n")
end)

test("a history that is not one is refused with its line", function ()
  local function refused(history)
    local self = test.truthy(case.parse("A case\n\n=== history\n" .. history .. "\n\n=== run\n$ true\n"))
    return table.concat(judge.try(self))
  end
  test.contains(refused 'comit "x" a', "line 1: unknown statement 'comit'")
  test.contains(refused 'commit "x" a\nswitch other', "line 2: no branch 'other' so far")
  test.contains(refused 'commit "x a', "line 1: a quoted word does not end")
  test.contains(refused "file a <<END", "line 1: no line END ends the text")
  test.contains(refused 'file a "x"', "files that no commit takes")
end)

test("a scene has the same object ids in every place", function ()
  local scene, place = require "scene", require "place"
  local function tips()
    return place.with(function (here)
      local recipe = 'commit "feat: a" a\nbranch b\ncommit "fix: b" b\nswitch main\nmerge b\ntag t "note"'
      return test.truthy(scene.build(here, recipe)).remote:state()
    end)
  end
  local state = tips()
  test.equal(tips(), state)
  test.contains(state, "refs/tags/t")
end)

test("after `in clone` a history goes on in the clone alone, and after `clone` in the remote alone", function ()
  local self = test.truthy(case.parse [[
A case

=== history
commit "feat: a" a
clone shallow=1
commit "feat: theirs" b as theirs
in clone
commit "feat: ours" c as ours
uncommitted d "d\n"

=== run
$ git status --short; git log --oneline
| ?? d
| @ours feat: ours
| @c1 feat: a

=== refs remote
HEAD             -> refs/heads/main
refs/heads/main  @theirs
]])
  test.equal(table.concat(judge.try(self), "\n"), "")
end)
