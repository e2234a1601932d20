--- P9: runners that publish one approved pull request at the same moment, from clones that know nothing of each other, make
-- one release: one tag, one public release, one merge. Eight of them in `make test`, fifty in `make sweep`.

local test = require "testing"
local file = require "host.file"
local proc = require "host.proc"
local guarded = require "guarded"
local monorepo = require "monorepo"
local place = require "place"

-- What a runner may end with: done, stale, nothing to do, locked.
local FINE = { [0] = "done", [3] = "stale", [4] = "nothing", [7] = "locked" }

local function clones(here, count)
  local names = {}
  for i = 1, count do
    names[i] = "runner-" .. i
    here:must { "git", "clone", "-q", "file://" .. here:path "remote.git", here:path(names[i]) }
  end
  return names
end

-- Starts the command in every folder at once; returns { code =, said = } of each.
local function race(here, folders, command)
  local running = {}
  for i, folder in ipairs(folders) do
    local log = here:path("log-" .. i)
    running[i] = { log = log, process = assert(proc.start {
      argv = here:command(command), cwd = here:path(folder), stdout = log, stderr = log }) }
  end
  local results = {}
  for i, one in ipairs(running) do
    local ended = one.process:wait()
    results[i] = { code = ended.code, said = file.read(one.log) or "" }
  end
  return results
end

local function judge(results)
  local done = 0
  for _, result in ipairs(results) do
    test.truthy(FINE[result.code], ("exit %s\n%s"):format(tostring(result.code), result.said))
    test.lacks(result.said, "stack traceback")
    if result.code == 0 then done = done + 1 end
  end
  return done
end

-- How many runners say that they did this.
local function said_by(results, what)
  local count = 0
  for _, result in ipairs(results) do
    if result.said:find(what, 1, true) then count = count + 1 end
  end
  return count
end

-- The release is there once, and whole.
local function check_once(flow, number, head)
  test.lacks(flow.remote:state(), "refs/relrun/")
  test.equal(flow.remote:run("for-each-ref", "--format=%(refname:short)", "refs/tags"), "v0.37.0\nv0.38.0")
  test.equal(flow.remote:run("rev-parse", "v0.38.0^{commit}", "main^2"), head .. "\n" .. head)
  test.equal(flow.remote:run("rev-list", "--count", "--merges", "main"), "1")
  local releases = assert(flow:forge "ann":releases())
  test.equal({ #releases, releases[1].draft, releases[1].tag }, { 1, false, "v0.38.0" })
  test.equal({ flow:pull(number).state, (flow:status(head, "release")) }, { "merged", "success" })
end

local COUNT = monorepo.exhaustive() and 50 or 8

test(("P9 S0.1 %d runners publish one approval at once: one release"):format(COUNT), function ()
  for _ = 1, monorepo.exhaustive() and 5 or 1 do
    place.with(function (here)
      local flow = guarded.build(here)
      local number, head = flow:prepared()
      local results = race(here, clones(here, COUNT), { "relrun", "publish", "release.lua", "release" })
      local done = judge(results)
      test.truthy(done >= 1, "nobody says that it has released")
      test.equal(said_by(results, "done    push to origin"), 1)
      -- Who lost the race runs again, as CI would, until nothing is left to do.
      local again = flow:run "relrun publish release.lua release"
      test.truthy(again.code == 0 or again.code == 4, again.stderr)
      check_once(flow, number, head)
    end)
  end
end)

test("P9 S0.1 two runners publish in one clone: one release", function ()
  place.with(function (here)
    local flow = guarded.build(here)
    local number, head = flow:prepared()
    judge(race(here, { "work", "work" }, { "relrun", "publish", "release.lua", "release" }))
    check_once(flow, number, head)
  end)
end)

test(("P9 S0.5 %d runners prepare at once: one branch, one pull request, one lock"):format(COUNT), function ()
  place.with(function (here)
    local flow = guarded.build(here)
    local done = judge(race(here, clones(here, COUNT), { "relrun", "prepare", "release.lua", "release" }))
    test.truthy(done >= 1, "nobody says that it has prepared")
    local again = flow:run "relrun prepare release.lua release"
    test.truthy(again.code == 0 or again.code == 4, again.stderr)
    local pulls = assert(flow:forge "ann":pulls { state = "all" })
    test.equal({ #pulls, (flow:status(pulls[1].head.oid, "release")) }, { 1, "pending" })
    test.lacks(flow.remote:state(), "refs/relrun/")
  end)
end)

return test.done()
