--- P7, P24: prepare and publish of a guarded release, killed at a writing system call anywhere in relrun or in the git that
-- it runs, and then run again: the same pull request, tag, release, status and merge, and nothing twice; by the same clone,
-- or by another one from nothing but the remote and the forge. A part of the points is tried by `make test`, every one of
-- them by `make sweep`.

local test = require "testing"
local guarded = require "guarded"
local monorepo = require "monorepo"
local place = require "place"
local snapshot = require "snapshot"
local sweep = require "sweep"

local function tries(some)
  if not monorepo.exhaustive() then return some end
end

-- What is left behind that nobody should meet.
local function leftover(flow, most)
  return function ()
    local state = flow.remote:state()
    if state:find("refs/relrun/", 1, true) then return "a lock stayed on the remote:\n" .. state end
    local forge = flow:forge "ann"
    local pulls, releases = #assert(forge:pulls { state = "all" }), #assert(forge:releases())
    if pulls > most or releases > 1 then return ("%d pull requests and %d releases"):format(pulls, releases) end
  end
end

-- The remote and the forge, without what tells the time: a merge has that of the machine in it.
local function outcome(flow)
  return function ()
    local refs = flow.remote:run("for-each-ref", "--format=%(refname) %(objectname)", "refs/tags", "refs/heads/releases")
    local lines = { refs, flow.remote:run("log", "-1", "--format=%P %T %an%n%B", "main") }
    local forge = flow:forge "ann"
    for _, pull in ipairs(assert(forge:pulls { state = "all" })) do
      lines[#lines + 1] = ("#%d %s %s %s\n%s"):format(pull.number, pull.state, pull.head.oid, pull.title, pull.body)
      for _, comment in ipairs(assert(forge:comments(pull.number))) do lines[#lines + 1] = comment.body end
      for _, check in ipairs(assert(forge:checks(pull.head.oid))) do
        lines[#lines + 1] = ("%s %s %s"):format(check.name, check.state, check.description)
      end
    end
    for _, release in ipairs(assert(forge:releases())) do
      lines[#lines + 1] = ("%s %s %s\n%s"):format(release.tag, tostring(release.draft), release.name, release.body)
    end
    return table.concat(lines, "\n")
  end
end

-- A release is prepared, and main goes on to another version.
local function outdated(flow)
  flow:must "relrun prepare release.lua release"
  flow:commit("main", "feat: further\n\nRelease-As: 0.39.0")
  flow:must "git pull -q origin main"
end

-- What is run, what was done before, and how many pull requests there are afterwards.
local HALVES = {
  { told = "prepare", command = { "relrun", "prepare", "release.lua", "release" }, before = function () end, pulls = 1 },
  { told = "prepare that takes an older one's place", command = { "relrun", "prepare", "release.lua", "release" }, before = outdated,
    pulls = 2 },
  { told = "publish", command = { "relrun", "publish", "release.lua", "release" }, before = function (flow) flow:prepared() end,
    pulls = 1 },
}

-- All that a run finds: in the clone where one was killed, or in another one, which has nothing but the remote and the forge.
local FINDS = { work = { "home", "tmp", "work", "remote.git", "remote.forge" }, other = { "remote.git", "remote.forge" } }

-- The sweeps of a half: how they are told, and what sets them apart.
local SWEEPS = {
  { "P7 %s killed before a write, run again: the same release, nothing twice", { tries = tries(8) } },
  { "P7 %s killed after a write, run again: the same release, nothing twice", { tries = tries(6), after = true, offset = 4 } },
  { "P24 %s killed before a write, and taken up by another clone from nothing but the remote and the forge",
    { tries = tries(8), offset = 2, again = { cwd = "other" } } },
  { "P24 %s killed after a write, and taken up by another clone from nothing but the remote and the forge",
    { tries = tries(4), after = true, offset = 7, again = { cwd = "other" } } },
}

for _, half in ipairs(HALVES) do
  place.with(function (here)
    local flow = guarded.build(here)
    half.before(flow)
    here:must { "git", "clone", "-q", "file://" .. here:path "remote.git", here:path "other" }
    local before, check_left, its_outcome = snapshot.take(here), leftover(flow, half.pulls), outcome(flow)
    -- What a kill before a call leaves is mostly what the one after the call before it has left.
    local seen = {}

    for _, row in ipairs(SWEEPS) do
      local name, options = row[1]:format(half.told), {}
      for key, value in pairs(row[2]) do options[key] = value end
      if monorepo.exhaustive() then options.offset = nil end
      test(name, function ()
        local clone = options.again and options.again.cwd or "work"
        options.stage, options.command, options.before, options.seen = flow.stage, half.command, before, seen
        options.check, options.outcome = check_left, its_outcome
        options.state = function () return clone .. snapshot.digest(here, FINDS[clone]) end
        local report = sweep.run(options)
        sweep.tell(name, report)
        test.equal(report.problems, {})
        test.truthy(report.tried >= (options.tries or #report.points), "tried " .. report.tried)
        test.truthy(#report.points > 60, #report.points .. " points")
      end)
    end
  end)
end

return test.done()
