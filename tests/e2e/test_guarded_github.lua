--- The guarded example on GitHub's API, spoken by the test forge: prepared, locked, guarded, approved, published, merged; an
-- ordinary pull request, one of a fork, a head that moved.

local test = require "testing"
local guarded_github = require "guarded_github"
local repository = require "repository"

local R = "/repos/acme/widget"

local function with(body) guarded_github.with({}, body) end

test("S0.24-S0.34 the release pull request of the example lives its whole life on GitHub's API", function ()
  with(function (stage)
    local number, head = stage:prepared()
    test.equal(stage:status(head, "release").state, "pending")
    local early = stage.hub.ask("PUT", R .. "/pulls/" .. number .. "/merge", { token = "of ann", body = { merge_method = "merge" } })
    test.equal(early.status, 405)
    stage:refused("relrun publish release.lua release", 6, "gate reviews")
    stage:approve(number)
    stage:must("relrun release.lua --push", stage:event("pull_request_review", number, true))
    test.equal(stage:status(head, "release").state, "success")
    test.equal(stage:ask("GET", "/pulls/" .. number).merged, true)
    test.equal(stage.remote:run("rev-parse", "main^2", "v0.38.0^{commit}"), head .. "\n" .. head)
    local releases = stage:ask("GET", "/releases")
    test.equal({ #releases, releases[1].draft, releases[1].tag_name }, { 1, false, "v0.38.0" })
    stage:refused("relrun publish release.lua release", 4, "no pull request of lane release is open")
    stage:refused("relrun publish release.lua release --pull-request " .. number, 4, "relrun:")
  end)
end)

test("S0.14 S0.18-S0.21 an ordinary pull request passes by one status, and is merged", function ()
  with(function (stage)
    local number, head = stage:open("feature", "feat: a door")
    stage:build(head)
    stage:must("relrun guard release.lua", stage:event("pull_request_target", number))
    test.equal(stage:status(head, "release").description, "not a release")
    stage:refused("relrun guard release.lua", 4, "said already", stage:event("pull_request_target", number))
    local merged = stage.hub.ask("PUT", R .. "/pulls/" .. number .. "/merge", { token = "of ann", body = { merge_method = "merge" } })
    test.equal(merged.status, 200)
  end)
end)

test("S0.17 all pull requests are guarded over one forge, which is asked once for what several of them share", function ()
  with(function (stage)
    local number, head = stage:open("feature", "feat: a door")
    stage.remote:run("branch", "next", "main")
    stage.hub.admin("POST", "notice", { repo = "acme/widget" })
    test.truthy(stage:ask("POST", "/pulls", { title = "the same, into another branch", head = "feature", base = "next" }).number
      ~= number)
    stage.hub.admin("DELETE", "log")
    stage:must "relrun guard release.lua --all"
    local told, unchanged, writes = {}, 0, 0
    for _, entry in ipairs(stage.hub.log()) do
      if entry.path:find(head, 1, true) then told[#told + 1] = ("%s %d"):format(entry.path:match "[^/]+$", entry.status) end
      if entry.status == 304 then unchanged = unchanged + 1 end
      if entry.method == "POST" then writes = writes + 1 end
    end
    -- Said and read back on the first; on the second nothing is new, and nothing counts.
    test.equal(told, { "check-runs 200", "status 200", head .. " 201", "check-runs 304", "status 200", "check-runs 304",
      "status 304" })
    test.equal({ unchanged, writes }, { 3, 1 })
  end)
end)

test("S0.17 a run that may post nothing of a pull request of this repository fails", function ()
  with(function (stage)
    local number, head = stage:open("feature", "feat: a door")
    local result = stage:run("relrun guard release.lua", stage:event("pull_request", number), "reader")
    test.truthy(result.code ~= 0 and result.code ~= 4, result.stdout .. result.stderr)
    test.equal(stage:status(head, "release"), nil)
  end)
end)

test("S0.10 a head that moved is locked again, and not published", function ()
  with(function (stage)
    local number = stage:prepared()
    local people = repository.at(stage.here, "people")
    people:run("fetch", "-q")
    people:run("checkout", "-q", "-B", "moved", "origin/releases/0.38.0")
    people:run("commit", "-q", "--allow-empty", "-m", "Update branch")
    people:run("push", "-q", "origin", "moved:releases/0.38.0")
    stage.hub.admin("POST", "notice", { repo = "acme/widget" })
    local head = people:run("rev-parse", "HEAD")
    stage:must("relrun guard release.lua", stage:event("pull_request_target", number))
    test.equal(stage:status(head, "release").state, "pending")
    stage:build(head)
    stage:approve(number)
    stage:refused("relrun publish release.lua release", 5, "is not what prepare makes")
    test.equal(stage:ask("GET", "/pulls/" .. number).state, "open")
    test.equal(stage.remote:try("rev-parse", "-q", "--verify", "refs/tags/v0.38.0").code, 1)
  end)
end)

return test.done()
