--- P9: publishers that start together on clones of one remote, over the test forge, make exactly one release: no second
-- draft stays, no second release, and the others say that they lost the race or that there is nothing to do.

local test = require "testing"
local flow = require "flow"
local monorepo = require "monorepo"
local race = require "race"

local COUNT = monorepo.exhaustive() and 50 or 8
local ROUNDS = monorepo.exhaustive() and 10 or 1
local PUBLISH = flow.command("publish", "--pull-request", "1")

-- What a loser may end with: nothing to do, locked.
local LOST = { [4] = true, [7] = true }

local function clones(release, count)
  local folders = {}
  for i = 1, count do folders[i] = release:clone("runner-" .. i) end
  return folders
end

-- At most one says that it has released; all others say why they did not.
local function judge(results)
  local done, told = 0, {}
  for i, result in ipairs(results) do
    test.lacks(result.said, "stack traceback")
    told[i] = ("exit %d\n%s"):format(result.code, result.said:match "relrun: [^\n]*" or "")
    if result.code == 0 then done = done + 1 elseif not LOST[result.code] then error(told[i] .. "\n" .. result.said, 2) end
  end
  return done, table.concat(told, "\n")
end

-- Calls body(release, undisturbed state) with a release that waits to be published.
local function on(body)
  flow.with("github", function (release)
    release:prepared()
    release:keep()
    release:must(PUBLISH)
    body(release, release:state())
  end)
end

test(("P9 %d publishers at once: exactly one release, and nothing of the others stays"):format(COUNT), function ()
  on(function (release, undisturbed)
    for _ = 1, ROUNDS do
      release:restore()
      local done, told = judge(race.run(release.place, clones(release, COUNT), PUBLISH, release:environment()))
      test.equal(done, 1, told)
      test.equal(release:state(), undisturbed)
    end
  end)
end)

-- A runner that was stopped in the midst, behind the write that `path` names, and goes on when another has finished.
local function sleeps(release, path, method)
  local folders = clones(release, 2)
  local sleeper = race.start(release.place, folders[1], PUBLISH, { log = "log-sleeper", env = release:environment() })
  for _ = 1, 600 do
    local seen = false
    for _, entry in ipairs(release.hub.log()) do seen = seen or entry.method == method and entry.path:find(path) ~= nil end
    if seen or sleeper.process:wait(0) then break end
    release.place:run { "sleep", "0.02" }
  end
  sleeper.process:kill "STOP"
  local other = release:run(PUBLISH, { cwd = folders[2] })
  sleeper.process:kill "CONT"
  local slept = race.finish(sleeper)
  judge { slept, { code = other.code, said = other.stdout .. other.stderr } }
  local again = release:run(PUBLISH, { cwd = folders[2] })
  test.truthy(again.code == 0 or again.code == 4, again.stderr)
end

for _, where in ipairs { { "the lock", "git%-receive%-pack$", "POST" }, { "the draft", "/releases$", "POST" },
  { "an asset", "/assets$", "POST" } } do
  test(("P9 a publisher that is stopped behind %s, and wakes when another has finished: one release"):format(where[1]), function ()
    on(function (release, undisturbed)
      release:restore()
      sleeps(release, where[2], where[3])
      test.equal(release:state(), undisturbed)
    end)
  end)
end

return test.done()
