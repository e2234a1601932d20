--- The notes of a release's pull request after a person edited them, on the local forge and on GitHub's API (the test forge):
-- they are kept, what relrun says below them stays true, and what they lack is told.

local test = require "testing"
local flow = require "flow"

local PREPARE = flow.command("prepare", "final")

local LACK = "warning: the notes of pull request #1 were edited by hand and are kept; they lack 1 line that relrun would write now: "
local LOST = "warning: the notes of pull request #1 were edited by hand, and the pull request that takes its place does not have them"

-- GitHub's editor ends its lines as Windows does.
local function edit(release, from, to)
  local body = release:pull(1).body:gsub("\r\n", "\n"):gsub(from, to, 1):gsub("\n", "\r\n")
  release:write_body(1, body)
end

local function short(oid) return oid:sub(1, 12) end

for _, kind in ipairs(flow.KINDS) do
  flow.with(kind, function (release)
    local edited

    test(kind .. ": edited notes of which nothing new is to be said stay, and prepare has nothing to do", function ()
      release:prepare()
      edit(release, "^", "Highlights!\n\n")
      edited = release:pull(1).body
      local again = release:run(PREPARE)
      test.equal(again.code, 4, again.stderr)
      test.lacks(again.stderr, "edited by hand")
      test.equal(release:pull(1).body, edited)
    end)

    test(kind .. ": the base goes on: the plan warns of what the edited notes lack, and writes nothing", function ()
      release:go_on "feat: third"
      local shown = release:must { "relrun", "plan", "release.lua", "final", "--push" }
      test.contains(shown.stderr, LACK .. "third")
      test.equal(release:pull(1).body, edited)
    end)

    test(kind .. ": prepare keeps the notes, renews what stands below them, and warns", function ()
      local done = release:must(PREPARE)
      test.contains(done.stderr, LACK .. "third")
      local body = release:pull(1).body
      test.contains(body, "Highlights!")
      test.contains(body, "second")
      test.lacks(body, "third")
      test.contains(body, "Prepared by relrun from " .. short(release.work:run("rev-parse", "main")))
      test.contains(body, ("this very head (%s)"):format(short(release:head())))
      test.equal(select(2, body:gsub("Prepared by relrun", "")), 1)
    end)

    test("P25 " .. kind .. ": preparing once more writes nothing, and it warns as long as they lack something", function ()
      local before = release:state()
      local again = release:run(PREPARE)
      test.equal(again.code, 4, again.stderr)
      test.contains(again.stderr, LACK .. "third")
      test.equal(release:state(), before)
      edit(release, "Highlights!", "Highlights: third " .. again.stderr:match "now: third (%b())" .. "!")
      again = release:run(PREPARE)
      test.equal(again.code, 4, again.stderr)
      test.lacks(again.stderr, "edited by hand")
    end)

    test(kind .. ": another version's pull request takes its place, and that the edit is not taken over is told", function ()
      release:go_on "feat!: fourth"
      local done = release:must(PREPARE)
      test.contains(done.stderr, LOST)
      test.lacks(done.stderr, LACK)
      test.equal({ release:pull(1).state, release:pull(2).title }, { "closed", "Release widget 2.0.0" })
      test.lacks(release:pull(2).body, "Highlights")
      test.contains(release:pull(1).body, "Highlights")
    end)

    test(kind .. ": notes that nobody edited are renewed, and superseded, without a word", function ()
      local body = release:pull(2).body
      release:go_on "feat: fifth"
      test.lacks(release:must(PREPARE).stderr, "edited by hand")
      test.contains(release:pull(2).body, "fifth")
      test.equal(release:run(PREPARE).code, 4)
      test.truthy(body ~= release:pull(2).body)
      release:go_on "Release-As: 3.0.0\n\nRelease-As: 3.0.0"
      test.lacks(release:must(PREPARE).stderr, "edited by hand")
      test.equal({ release:pull(2).state, release:pull(3).state }, { "closed", "open" })
    end)
  end)
end

return test.done()
