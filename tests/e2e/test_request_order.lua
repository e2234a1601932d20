--- P3: one plan and the same answers lead to the same requests, byte for byte and in the same order, however long each answer takes.

local test = require "testing"
local flow = require "flow"

-- Answers drip in eight pieces; milliseconds between two of them, by a part of the path. The first try meets none.
local DELAYS = {
  {}, { statuses = 20, assets = 1 }, { ["assets.name=widget.bin"] = 40, pulls = 5 }, { releases = 3, ["\\.git/"] = 1 }, { ["check-runs"] = 15, ["assets.name=widget.txt"] = 30 },
}

-- Assets are uploaded side by side, over a connection each: which of them arrives first is the network's.
local function is_beside(a, b)
  local upload = "^POST /[%w/]*releases/%d+/assets"
  return a:find(upload) and b:find(upload)
end

-- Every request since the last `forget`, a line each: what was asked, and the digest of its body. A lock that is pushed names
-- its holder and the time; what a push brought is seen from the refs.
local function lines_of(release)
  local lines = {}
  for _, entry in ipairs(release.hub.log()) do
    lines[#lines + 1] = ("%s %s?%s %s"):format(entry.method, entry.path, entry.query,
      entry.path:find "/git%-receive%-pack$" and "a push" or entry.body)
    for i = #lines, 2, -1 do
      if not is_beside(lines[i - 1], lines[i]) or lines[i - 1] <= lines[i] then break end
      lines[i - 1], lines[i] = lines[i], lines[i - 1]
    end
  end
  return lines
end

flow.with("github", function (release)
  test("P3 one saved plan sends the same requests in the same order, five times, however late the answers come", function ()
    release:prepared()
    release:must { "relrun", "plan", "release.lua", "final", "--publish", "--push", "-o", "../plan.json" }
    release:forget()
    release:keep()
    local first, outcome
    for i, delays in ipairs(DELAYS) do
      if i > 1 then release:restore() end
      for path, ms in pairs(delays) do release.hub.fault { fault = "slow", path = path, ms = ms, times = 0 } end
      release:must { "relrun", "apply", "../plan.json" }
      release.hub.settle()
      local lines, state = lines_of(release), release:state()
      first, outcome = first or lines, outcome or state
      test.truthy(#lines > 20, #lines)
      test.equal(lines, first, "try " .. i)
      test.equal(state, outcome, "try " .. i)
    end
    test.equal(release:pull(flow.NUMBER).state, "closed")
  end)
end)

return test.done()
