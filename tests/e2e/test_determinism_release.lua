--- P1: one spec, one repository, one plan, byte for byte, whatever the circumstances of the run.

local test = require "testing"
local determinism = require "determinism"
local monorepo = require "monorepo"
local place = require "place"

-- A history with all that could carry an order of its own: merges, equal times, packages that need each other.
local MORE = [[
repeat 12 commit "fix(core): number {n}" packages/core/{n}.py packages/scheduler/{n}.py at 2024-02-01
branch side
repeat 6 commit "feat(side): number {n}" packages/scheduler/side-{n}.py at 2024-02-01
switch test
merge side
]]

local function planned(runs, words, env)
  return place.with(function (here)
    local stage = monorepo.build(here, MORE)
    return determinism.run { stage = stage, runs = runs, env = env, command = function (out)
      local command = { "relrun", "plan", "release.lua", "rc", "-o", out }
      return table.move(words, 1, #words, #command + 1, command)
    end }
  end)
end

test("P1 a plan has one digest over locales, time zones, folders, homes, umasks and environments", function ()
  local report = planned(monorepo.exhaustive() and 1000 or 120, { "--push" })
  test.equal(report.failures, {})
  test.equal(report.distinct, 1, table.concat(report.first, "\n"))
end)

test("P1 so has the plan of a local release without the remote", function ()
  local report = planned(monorepo.exhaustive() and 200 or 24, { "--offline" })
  test.equal(report.failures, {})
  test.equal(report.distinct, 1, table.concat(report.first, "\n"))
end)

test("P1 a replayed tape gives the same bytes, without repository, remote or network", function ()
  place.with(function (here)
    local stage = monorepo.build(here, MORE)
    here:must({ "relrun", "plan", "release.lua", "rc", "--push", "-o", "../live.json", "--record", "../tape.json" },
      { cwd = "work" })
    here:must { "cp", here:path "work/release.lua", here:path "release.lua" }
    here:must { "rm", "-rf", stage.remote.place:path "remote.git", here:path "work" }
    here:must({ "relrun", "plan", "release.lua", "rc", "--push", "-o", "replayed.json", "--replay", "tape.json" },
      { env = { TZ = "Asia/Kolkata", LC_ALL = "tr_TR.UTF-8" } })
    test.equal(here:read "replayed.json", here:read "live.json")
  end)
end)
