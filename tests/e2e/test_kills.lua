--- P7, P24: a release that is killed at a writing system call, anywhere in relrun or in the git that it runs, and then
-- run again, ends in the same refs; on the same machine, killed twice, or taken up by another clone. A part of the
-- points is tried by `make test`, every one of them by `make sweep`.

local test = require "testing"
local monorepo = require "monorepo"
local place = require "place"
local repository = require "repository"
local snapshot = require "snapshot"
local sweep = require "sweep"

local function tries(some)
  if not monorepo.exhaustive() then return some end
end

-- Nothing may be there twice, and no lock may stay.
local function leftover(stage)
  local state = stage.remote:state()
  if state:find("refs/relrun/", 1, true) then return "a lock stayed on the remote:\n" .. state end
  local finals = stage.remote:run("rev-list", "--count", "test..release-test")
  if finals ~= "2" then return "the release branch has " .. finals .. " commits" end
end

local function swept(name, options)
  return place.with(function (here)
    options.stage = monorepo.build(here)
    options.command, options.check = monorepo.RELEASE, options.check or leftover
    options.state = function () return snapshot.digest(here) end
    local report = sweep.run(options)
    sweep.tell(name, report)
    test.equal(report.problems, {})
    local all = #report.points - (options.offset or 1) + 1
    test.truthy(report.tried >= (options.tries or all), "tried " .. report.tried)
    test.truthy(#report.points > 100, #report.points .. " points")
    return report
  end)
end

test("P7 killed before a write, run again: the same refs, nothing twice", function ()
  swept("P7 killed before a write, run again: the same refs, nothing twice", { tries = tries(20) })
end)

test("P7 killed after a write, run again: the same refs, nothing twice", function ()
  swept("P7 killed after a write, run again: the same refs, nothing twice", { tries = tries(12), after = true, offset = 3 })
end)

test("P7 killed twice in a row, run again: the same refs, nothing twice", function ()
  swept("P7 killed twice in a row, run again: the same refs, nothing twice", { tries = tries(8), depth = 2, offset = 5 })
end)

-- The remote alone is the outcome here: the first clone has died with its machine.
local function refs_of_remote(stage) return stage.remote:state() end

test("P24 killed, and taken up by another clone: the same refs on the remote, nothing twice", function ()
  place.with(function (here)
    local stage = monorepo.build(here)
    stage.place:must { "git", "clone", "-q", "-b", "test", "file://" .. here:path "remote.git", here:path "other" }
    local report = sweep.run {
      stage = stage, tries = tries(12), offset = 2, outcome = refs_of_remote, cwd = "work", again = { cwd = "other" },
      command = monorepo.RELEASE, check = leftover, fine = { 0, 4 },
      state = function () return snapshot.digest(here, { "remote.git" }) end,
    }
    sweep.tell("P24", report)
    test.equal(report.problems, {})
    test.truthy(report.tried >= 12)
    local other = repository.at(here, "other")
    test.equal(other:run("status", "--porcelain"), "")
  end)
end)
