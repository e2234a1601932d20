--- The kill sweep itself: it passes what converges, and it finds what does not.

local test = require "testing"
local place = require "place"
local scene = require "scene"
local servers = require "servers"
local snapshot = require "snapshot"
local sweep = require "sweep"

local HISTORY = 'branch master\ncommit "feat: first" a\ncommit "fix: second" b\n'

-- A push that may be repeated: what relrun does, in two lines of git.
local CONVERGING = [[
  git ls-remote --exit-code -q origin refs/tags/v1 >/dev/null ||
  git push -q --atomic --force-with-lease=refs/tags/v1: origin HEAD:refs/tags/v1 HEAD:refs/heads/release
]]

-- Sweeps over a shell script that stands in for relrun.
local function swept(script, options)
  return place.with(function (here)
    options.stage = test.truthy(scene.build(here, HISTORY))
    options.command = { "sh", "-c", script }
    return sweep.run(options)
  end)
end

test("P7 a command that converges after every kill has no problems", function ()
  local report = swept(CONVERGING, { tries = 15 })
  test.equal(report.problems, {})
  test.truthy(#report.points > 20)
  test.truthy(report.tried >= 15)
  test.contains(report.outcome, "refs/tags/v1")
end)

test("a kill behind the very call by which a process becomes a server leaves the server to its end", function ()
  local function at(point) return swept(CONVERGING, { tries = 1, offset = point, after = true }) end
  local becomes
  for i, line in ipairs(at(1).points) do
    if line:find "\texecve\t.*/git%-receive%-pack$" then becomes = i end
  end
  local report = at(test.truthy(becomes))
  test.equal({ report.problems, report.killed }, { {}, 1 })
end)

test("P7 over http the same holds: the server lives on, and finishes or drops what it was sent", function ()
  place.with(function (here)
    local stage = test.truthy(scene.build(here, HISTORY))
    local ran, reason = servers.with("http", here, function (server)
      stage.work:run("remote", "set-url", "origin", server.url "remote.git")
      local report = sweep.run { stage = stage, env = server.env, tries = 12, command = { "sh", "-c", CONVERGING } }
      test.equal(report.problems, {})
      test.truthy(report.tried >= 12)
    end)
    if not ran then test.skip(reason) end
  end)
end)

test("P7 a command that does something twice, or half, is found", function ()
  local twice = swept("git commit -q --allow-empty -m x --date=2024-01-02; git push -q origin HEAD",
    { tries = 12, after = true })
  test.contains(table.concat(twice.problems), "another outcome")
  local half = swept("test ! -e started || exit 3; touch started; git push -q origin HEAD:refs/tags/v1",
    { tries = 4, fine = { 0 } })
  test.contains(table.concat(half.problems), "the next run ended with 3")
end)

test("a state that was left before is not tried again, and what does not converge is found all the same", function ()
  local function with_states(script)
    return place.with(function (here)
      return sweep.run { stage = test.truthy(scene.build(here, HISTORY)), command = { "sh", "-c", script }, fine = { 0 },
        state = function () return snapshot.digest(here) end }
    end)
  end
  local report = with_states("for n in 1 2 3 4 5 6 7 8 9; do echo $n; done; date > now; echo x >> now")
  test.equal(report.tried, #report.points)
  test.truthy(report.killed > 15 and report.states <= 4, report.states .. " of " .. report.killed)
  local half = with_states("test ! -e started || exit 3; touch started; git push -q origin HEAD:refs/tags/v1")
  test.contains(table.concat(half.problems), "the next run ended with 3")
end)

test("a lock file that stays behind is named", function ()
  local report = swept("test -e done && exit 0; git update-ref refs/tags/v1 HEAD && touch done", {})
  local names = {}
  for name in pairs(report.locks) do names[#names + 1] = name end
  test.contains(table.concat(names), "refs/tags/v1.lock")
  test.contains(table.concat(report.problems), "locks left by the kill: work/.git/refs/tags/v1.lock")
end)

test("a server that is killed too leaves locks in the remote that no client can remove", function ()
  local report = swept("git push -q origin HEAD:refs/tags/v1", { servers_too = true, offset = 30, tries = 30 })
  test.truthy(report.locks["remote.git/refs/tags/v1.lock"])
end)

test("a command that fails without a kill is no subject", function ()
  test.raises(function () swept("exit 3", {}) end, "fails without a kill: 3")
end)
