--- P17, P18: the token of a guarded release is not in its plan, not on its tape and not in what is said of a forge that
-- refuses; and it goes to the API's own origin alone. What a run leaves that a fault disturbed: test_fault_matrix.lua.

local test = require "testing"
local canary = require "canary"
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

-- A proxy that answers with the request's own header, or a server that quotes it: at every request of a release in turn.
test("P17 a forge that says the token back is told of without it, whatever it refuses", function ()
  flow.with("github", function (release)
    local watch, reason = watching.begin(release)
    if not watch then test.skip(reason) end
    local token = release.hub.tokens.ci
    local header = "bad header Authorization: Bearer " .. token
    local told = { message = header, documentation_url = "https://docs.example/?" .. token, errors = {
      { resource = token, field = token, code = token, message = "basic " .. canary.base64("x-access-token:" .. token) },
      { type = token, message = header, path = { token } } } }
    local headers = { ["X-Accepted-GitHub-Permissions"] = token .. "=write", Link = "<https://h/" .. token .. ">; rel=\"next\"" }
    local function refused(word, row)
      row.fault, row.json, row.headers, row.times = "answer", told, headers, 0
      release.hub.fault(row)
      local result = release:run(flow.command(word))
      release.hub.admin("DELETE", "faults")
      test.truthy(result.code ~= 0, word)
      test.contains(result.stderr, "***", ("%s: %s %s"):format(word, row.method, row.path))
    end
    refused("prepare", { status = 400, method = "GET", path = "/repos/" })
    refused("prepare", { status = 403, method = "POST", path = "/pulls" })
    release:prepare()
    release:green()
    release:approve()
    refused("publish", { status = 422, method = "GET", path = "/reviews" })
    refused("publish", { status = 422, method = "POST", path = "/releases" })
    refused("publish", { status = 422, method = "PUT", path = "/merge" })
    release:publish()
    test.equal(watch.hits, {})
    test.truthy(watch.pushes >= 2, watch.pushes .. " pushes")
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
