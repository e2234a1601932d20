--- P17, P18: the token of a guarded release is not in its plan, not on its tape and not in what is said of a forge that
-- refuses; and it goes to the API's own origin alone. What a run leaves that a fault disturbed: test_fault_matrix.lua.

local test = require "testing"
local flow = require "flow"
local watching = require "watch"

test("P17 plan: no token is in the plan or on the tape, nor in what is said of a forge that refuses", function ()
  flow.with("github", function (release)
    local watch, reason = watching.begin(release)
    if not watch then test.skip(reason) end
    for _, row in ipairs { {}, { fault = "permission" }, { fault = "answer", status = 401, json = { message = "Bad credentials" } },
      { fault = "status", status = 500 }, { fault = "truncate" }, { fault = "reset_before" } } do
      row.path, row.times = "/repos/", 0
      if row.fault then release.hub.fault(row) end
      release:run { "relrun", "plan", "release.lua", "final", "--push", "-o", "plan.json", "--record", "tape.json" }
      release.hub.admin("DELETE", "faults")
    end
    test.truthy(watch.seen["work/plan.json"] and watch.seen["work/tape.json"])
    test.equal(watch.hits, {})
  end)
end)

-- A server without digests has its assets downloaded to be compared: from a storage of another origin.
test("P18 the storage to which downloads are sent on never sees a token", function ()
  flow.with("github", function (release)
    release:prepared()
    release:publish()
    test.equal(release:run(flow.command("publish", "--pull-request", "1")).code, 4)
    local seen = 0
    for _, entry in ipairs(release.hub.log()) do
      if entry.listener == "storage" then
        seen = seen + 1
        test.equal(entry.authorization, false, entry.path)
      end
    end
    test.truthy(seen >= 2, seen .. " downloads")
  end, { flavour = "ghes" })
end)

return test.done()
