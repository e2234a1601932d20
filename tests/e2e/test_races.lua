--- P9: runners that start together on clones of one remote make exactly one release; the others say so.

local test = require "testing"
local monorepo = require "monorepo"
local place = require "place"
local race = require "race"

-- What a runner may end with: done, stale, nothing to do, locked.
local FINE = { [0] = "done", [3] = "stale", [4] = "nothing", [7] = "locked" }

local function clones(here, count)
  local names = {}
  for i = 1, count do
    names[i] = "runner-" .. i
    here:must { "git", "clone", "-q", "-b", "test", "file://" .. here:path "remote.git", here:path(names[i]) }
  end
  return names
end

local function judge(results)
  local done, all = 0, {}
  for _, result in ipairs(results) do
    test.truthy(FINE[result.code], ("exit %d\n%s"):format(result.code, result.said))
    if result.code == 0 then
      done = done + 1
    else
      test.contains(result.said, "relrun: ")
    end
    test.lacks(result.said, "stack traceback")
    all[#all + 1] = ("exit %d\n%s"):format(result.code, result.said)
  end
  return done, table.concat(all)
end

local function expect_one(results)
  local done, said = judge(results)
  if done ~= 1 then error(("%d runners say that they have released\n%s"):format(done, said), 2) end
end

-- The remote has the release once, whole.
local function check_remote(stage)
  local state = stage.remote:state()
  test.lacks(state, "refs/relrun/")
  test.equal(stage.remote:run("log", "--reverse", "--format=%s", "test..release-test"),
    "release(core): 0.2.0rc1\nrelease(scheduler): 0.1.1rc1")
  local tags = stage.remote:run("for-each-ref", "--format=%(refname:short)", "refs/tags")
  test.equal(tags, "core-v0.1.0\ncore-v0.2.0rc1\nscheduler-v0.1.0\nscheduler-v0.1.1rc1")
end

for _, count in ipairs { 2, 8 } do
  test(("P9 S1.97 %d runners at once on clones of one remote: exactly one release"):format(count), function ()
    for _ = 1, monorepo.exhaustive() and 20 or 2 do
      place.with(function (here)
        local stage = monorepo.build(here)
        local results = race.run(here, clones(here, count), monorepo.RELEASE)
        expect_one(results)
        check_remote(stage)
      end)
    end
  end)
end

test("P9 S1.97 two runners at once in one clone: exactly one release", function ()
  for _ = 1, monorepo.exhaustive() and 20 or 3 do
    place.with(function (here)
      local stage = monorepo.build(here)
      expect_one(race.run(here, { "work", "work" }, monorepo.RELEASE))
      check_remote(stage)
    end)
  end
end)

test("P9 runners that the server keeps apart by no lock make exactly one release", function ()
  place.with(function (here)
    local stage = monorepo.build(here, "protect refs/relrun/*\n")
    local results = race.run(here, clones(here, 4), monorepo.RELEASE)
    expect_one(results)
    check_remote(stage)
  end)
end)

test("P6 P9 one saved plan, applied by three runners at once: exactly one release", function ()
  place.with(function (here)
    local stage = monorepo.build(here)
    here:must({ "relrun", "plan", "release.lua", "rc", "--push", "-o", here:path "plan.json" }, { cwd = "work" })
    local results = race.run(here, clones(here, 3), { "relrun", "apply", here:path "plan.json" })
    expect_one(results)
    check_remote(stage)
  end)
end)

test("P9 a runner that is stopped in the middle and wakes after another has finished changes nothing", function ()
  place.with(function (here)
    local stage = monorepo.build(here, 'hook pre-receive "#!/bin/sh\\nsleep 0.3\\n"\n')
    local folders = clones(here, 2)
    local sleeper = race.start(here, folders[1], monorepo.RELEASE, { log = "log-sleeper" })
    here:run { "sleep", "0.25" }
    sleeper.process:kill "STOP"
    local other = here:run(monorepo.RELEASE, { cwd = folders[2] })
    sleeper.process:kill "CONT"
    judge { race.finish(sleeper), { code = other.code, said = other.stdout .. other.stderr } }
    local again = here:run(monorepo.RELEASE, { cwd = folders[2] })
    test.truthy(again.code == 0 or again.code == 4, again.stderr)
    check_remote(stage)
  end)
end)
