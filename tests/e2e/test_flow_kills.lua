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

local function swept(half, options)
  flow.with("github", function (release)
    if half == "publish" then release:prepared() end
    release:keep()
    options.stage, options.before, options.command = release.stage, release, COMMANDS[half]
    options.env = release:environment()
    options.outcome = function () return release:state() end
    options.check = function () return doubles(release) end
    options.again = function () return { cwd = release:clone "other" } end
    local report = sweep.run(options)
    test.equal(table.concat(report.problems, "\n"), "")
    test.truthy(report.tried >= (options.tries or #report.points - (options.offset or 1) + 1), "tried " .. report.tried)
    test.truthy(#report.points > 100, #report.points .. " points")
  end)
end

test("P7 P24 prepare, killed before a write and taken up elsewhere: the same pull request, nothing twice", function ()
  swept("prepare", { tries = tries(4) })
end)

test("P7 P24 publish, killed before a write and taken up elsewhere: the same release, nothing twice", function ()
  swept("publish", { tries = tries(6), offset = 3 })
end)

test("P7 P24 publish, killed after a write and taken up elsewhere: the same release, nothing twice", function ()
  swept("publish", { tries = tries(4), after = true, offset = 5 })
end)

test("P7 P24 publish, killed, killed again where it was taken up, and taken up once more: the same release", function ()
  swept("publish", { tries = tries(3), depth = 2, offset = 7 })
end)

return test.done()
