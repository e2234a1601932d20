--- relrun publish --wait on GitHub's API: while a gate waits it asks again, at next to no cost of the limit, and goes on when
-- somebody has approved. The pauses between its tries are the test's own, so no time passes.

local test = require "testing"
local flow = require "flow"
local json = require "host.json"

-- relrun, but that a pause between two tries ends at once: it notes how many requests the forge had answered by then, and in
-- the pause that is said somebody approves.
local IMPATIENT = [[
local clock, env, proc = require "host.clock", require "host.env", require "host.proc"
local pauses = 0
local function curl(...)
  local result = assert(proc.run { argv = { "curl", "-sS", "-f", ... }, timeout_ms = 60000 })
  if result.code ~= 0 then error(result.stderr) end
  return result.stdout
end
local function pause(ms)
  if ms < 10000 then return clock.sleep(ms) end
  pauses = pauses + 1
  local doors = env.get "GITHUB_SERVER_URL" .. "/_forge/"
  curl("-o", ("log-%d"):format(pauses), doors .. "log")
  if pauses == math.tointeger(tonumber(env.get "APPROVED_IN")) then
    curl("-X", "POST", "--data-binary", env.get "APPROVAL", doors .. "reviews")
  end
  return pauses < 9 or nil, "nobody approved", "interrupted"
end
package.loaded["host.clock"] = setmetatable({ sleep = pause }, { __index = clock })
return require "main" { "publish", "release.lua", "--wait=2h" }
]]

-- The requests of the API between two places of the log.
local function between(log, first, last)
  local found = {}
  for i = first + 1, last do
    local entry = log[i]
    if not entry.path:find "%.git/" and not entry.path:find "^/_forge" then found[#found + 1] = entry end
  end
  return found
end

local function counted(requests)
  local lines = {}
  for _, entry in ipairs(requests) do
    if entry.status ~= 304 then lines[#lines + 1] = ("%s %s %d"):format(entry.method, entry.path, entry.status) end
  end
  return table.concat(lines, "\n")
end

local function waits(token, cost)
  flow.with("github", function (release)
    release:prepare()
    release:green()
    release:forget()
    release.place:write("impatient.lua", IMPATIENT)
    local done = release:must({ "relrun", "lua", release.place:path "impatient.lua" }, { env = { APPROVED_IN = "3",
      APPROVAL = json.encode { repo = release.hub.repository, pull = flow.NUMBER, user = "writer", state = "APPROVED" } } })
    test.contains(done.stderr, "waiting: gate reviews: 0 of 1 approval")
    test.equal(release.remote:run("rev-parse", "main^2"), release.remote:run("rev-parse", flow.TAG .. "^{commit}"))
    -- A try at first and one after each pause; in the third somebody approved.
    local lengths, log = {}, release.hub.log()
    for i = 1, 3 do lengths[i] = #assert(json.decode(release.place:read(("work/log-%d"):format(i)))) end
    test.equal(release.place:read "work/log-4", nil)
    local second, third = between(log, lengths[1], lengths[2]), between(log, lengths[2], lengths[3])
    test.truthy(#second > 5, #second .. " requests")
    test.equal(#third, #second)
    -- The first one to ask whether it conflicts has GitHub make the merge, and the list tells its commit from then on.
    test.equal({ counted(second), counted(third) }, { "GET /repos/acme/widget/pulls 200\n" .. cost, cost })
  end, { token = token })
end

-- What may not be seen, or is not there, has no ETag: no more than these two count at a try.
local UNSEEN = "GET /repos/acme/widget/branches/main/protection %d\nGET /repos/acme/widget/immutable-releases %d"

for token, status in pairs { ci = 403, admin = 404 } do
  test(("S0.30 publish --wait (%s) asks until somebody approves, each time at next to no cost, and then publishes"):format(token),
    function () waits(token, UNSEEN:format(status, status)) end)
end

return test.done()
