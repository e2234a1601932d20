--- P7, P24: a guarded release on the test forge that is killed at a system call that changes something, and then taken up
-- by another machine, which has nothing but a clone of the remote made there and then. `make sweep` kills at every call.

local test = require "testing"
local flow = require "flow"
local monorepo = require "monorepo"
local sweep = require "sweep"

local function tries(some)
  if not monorepo.exhaustive() then return some end
end

-- The run of an approval knows its pull request by number; so does whoever takes it up.
local COMMANDS = { prepare = flow.command "prepare", publish = flow.command("publish", "--pull-request", "1") }

-- Nothing may be there twice, and no lock may stay. What is equal to the undisturbed outcome is not looked at again.
local function doubles(release)
  local record = release:record()
  if #record.pulls > 1 then return #record.pulls .. " pull requests" end
  if #record.releases > 1 then return #record.releases .. " releases" end
  if release.remote:state():find("refs/relrun/", 1, true) then return "a lock stayed on the remote" end
end

-- The sweeps of each half: how they are told, and what sets them apart.
local SWEEPS = {
  prepare = {
    { "P7 P24 prepare, killed before a write and taken up elsewhere: the same pull request, nothing twice", { tries = tries(4) } },
    { "P7 P24 prepare, killed after a write and taken up elsewhere: the same pull request, nothing twice",
      { tries = tries(2), after = true, offset = 9 } },
  },
  publish = {
    { "P7 P24 publish, killed before a write and taken up elsewhere: the same release, nothing twice",
      { tries = tries(6), offset = 3 } },
    { "P7 P24 publish, killed after a write and taken up elsewhere: the same release, nothing twice",
      { tries = tries(4), after = true, offset = 5 } },
    { "P7 P24 publish, killed, killed again where it was taken up, and taken up once more: the same release",
      { tries = tries(3), depth = 2, offset = 7 } },
  },
}

for _, half in ipairs { "prepare", "publish" } do
  flow.with("github", function (release)
    if half == "publish" then release:prepared() end
    release:keep()
    -- Whoever takes it up finds the remote and the forge, the same after many a kill.
    local seen = {}

    for _, row in ipairs(SWEEPS[half]) do
      local name, options = row[1], {}
      for key, value in pairs(row[2]) do options[key] = value end
      if monorepo.exhaustive() then options.offset = nil end
      test(name, function ()
        options.stage, options.before, options.command = release.stage, release, COMMANDS[half]
        options.env, options.seen = release:environment(), seen
        options.outcome = function () return release:state() end
        options.check = function () return doubles(release) end
        options.again = function () return { cwd = release:clone "other" } end
        options.state = function () return release:remains() end
        local report = sweep.run(options)
        sweep.tell(name, report)
        test.equal(table.concat(report.problems, "\n"), "")
        test.truthy(report.tried >= (options.tries or #report.points), "tried " .. report.tried)
        test.truthy(#report.points > 100, #report.points .. " points")
      end)
    end
  end)
end

return test.done()
