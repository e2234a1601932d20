--- P7, P24: prepare and publish of a guarded release, killed at a writing system call anywhere in relrun or in the git that
-- it runs, and then run again: the same pull request, tag, release, status and merge, and nothing twice; by the same clone,
-- or by another one from nothing but the remote and the forge. A part of the points is tried by `make test`, every one of
-- them by `make sweep`.

local test = require "testing"
local guarded = require "guarded"
local monorepo = require "monorepo"
local place = require "place"
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
  prepare = { command = { "relrun", "prepare", "release.lua", "release" }, before = function () end, pulls = 1 },
  again = { command = { "relrun", "prepare", "release.lua", "release" }, before = outdated, pulls = 2 },
  publish = { command = { "relrun", "publish", "release.lua", "release" }, before = function (flow) flow:prepared() end,
    pulls = 1 },
}

local function swept(half, options)
  place.with(function (here)
    local flow = guarded.build(here)
    HALVES[half].before(flow)
    here:must { "git", "clone", "-q", "file://" .. here:path "remote.git", here:path "other" }
    options.stage, options.command = flow.stage, HALVES[half].command
    options.check, options.outcome = leftover(flow, HALVES[half].pulls), outcome(flow)
    local report = sweep.run(options)
    test.equal(report.problems, {})
    test.truthy(report.tried >= (options.tries or #report.points), "tried " .. report.tried)
    test.truthy(#report.points > 60, #report.points .. " points")
  end)
end

for _, half in ipairs { "prepare", "publish" } do
  test(("P7 %s killed before a write, run again: the same release, nothing twice"):format(half), function ()
    swept(half, { tries = tries(8) })
  end)

  test(("P7 %s killed after a write, run again: the same release, nothing twice"):format(half), function ()
    swept(half, { tries = tries(6), after = true, offset = 4 })
  end)

  test(("P24 %s killed, and taken up by another clone from nothing but the remote and the forge"):format(half), function ()
    swept(half, { tries = tries(8), offset = 2, again = { cwd = "other" } })
  end)
end

for _, after in ipairs { false, true } do
  test(("P7 prepare killed %s a write while it takes an older one's place, run again: one open pull request, one comment")
    :format(after and "after" or "before"), function ()
    swept("again", { tries = tries(4), after = after, offset = after and 3 or 0 })
  end)
end

test("P24 prepare that takes an older one's place, killed, and taken up by another clone", function ()
  swept("again", { tries = tries(4), offset = 1, again = { cwd = "other" } })
end)

return test.done()
