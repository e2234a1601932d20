--- The guarded example on GitHub's API, spoken by the test forge: prepared, locked, guarded, approved, published, merged; an
-- ordinary pull request, one of a fork, a head that moved.

local test = require "testing"
local json = require "host.json"
local forge_server = require "forge_server"
local guarded = require "guarded"
local place = require "place"
local repository = require "repository"
local scene = require "scene"

local R = "/repos/acme/widget"

local Stage = {}
Stage.__index = Stage

function Stage:ask(method, path, body, token)
  local answer = self.hub.ask(method, R .. path, { token = token or "admin", body = body })
  if answer.status > 299 then error(("%s %s: %d %s"):format(method, path, answer.status, answer.body), 2) end
  return answer.json
end

-- relrun as a job of Actions: with this event's payload, and with this token.
function Stage:run(line, event, token)
  local env = {}
  for key, value in pairs(self.hub.environment(token or "writer")) do env[key] = value end
  env.GITHUB_ACTIONS, env.GITHUB_REPOSITORY, env.GITHUB_RUN_ID = "true", "acme/widget", "77"
  env.GITHUB_EVENT_NAME, env.GITHUB_REF = event and event.name or "workflow_dispatch", "refs/heads/main"
  if event then
    self.here:write("event.json", json.encode(event.payload))
    env.GITHUB_EVENT_PATH = self.here:path "event.json"
  end
  local words = {}
  for word in line:gmatch "%S+" do words[#words + 1] = word end
  return self.here:run(words, { cwd = "work", env = env })
end

function Stage:must(...)
  local result = self:run(...)
  if result.code ~= 0 then error(("%s: exit %d\n%s%s"):format((...), result.code, result.stdout, result.stderr), 2) end
  return result.stdout
end

function Stage:refused(line, code, part, event, token)
  local result = self:run(line, event, token)
  if result.code ~= code then error(("%s: exit %d\n%s%s"):format(line, result.code, result.stdout, result.stderr), 2) end
  test.contains(result.stderr, part)
end

-- What an event tells of a pull request.
function Stage:event(name, number, review)
  local pull = self:ask("GET", "/pulls/" .. number)
  return { name = name, payload = { action = review and "submitted" or "synchronize", repository = { full_name = "acme/widget" },
    review = review and { state = "approved", user = { login = "ann" }, commit_id = pull.head.sha } or nil,
    pull_request = { number = number, base = { ref = pull.base.ref },
      head = { ref = pull.head.ref, sha = pull.head.sha, repo = { full_name = pull.head.repo.full_name } } } } }
end

-- The latest status of this name, or nil.
function Stage:status(oid, context)
  for _, status in ipairs(self:ask("GET", ("/commits/%s/status"):format(oid)).statuses) do
    if status.context == context then return status end
  end
end

-- A commit on a branch, made from main where the branch is new, and its pull request.
function Stage:open(branch, message)
  local people = repository.at(self.here, "people")
  people:run("fetch", "-q", "origin")
  people:run("checkout", "-q", "-B", branch, "origin/main")
  people:run("commit", "-q", "--allow-empty", "-m", message)
  people:run("push", "-q", "-f", "origin", branch)
  self.hub.admin("POST", "notice", { repo = "acme/widget" })
  return self:ask("POST", "/pulls", { title = message, head = branch, base = "main" }).number, people:run("rev-parse", "HEAD")
end

function Stage:approve(number)
  self.hub.admin("POST", "reviews", { repo = "acme/widget", pull = number, user = "ann", state = "APPROVED" })
end

function Stage:build(oid) self:ask("POST", "/statuses/" .. oid, { state = "success", context = "build" }) end

local function with(body)
  place.with(function (here)
    -- The token of a release rarely may read the administration.
    local spec = guarded.SPEC:gsub("checks = ", "trust = true, checks = ")
    local built = test.truthy(scene.build(here, guarded.HISTORY, { ["release.lua"] = spec }))
    here:must { "git", "clone", "-q", "file://" .. here:path "remote.git", here:path "people" }
    forge_server.with(here, function (hub)
      built.work:run("remote", "set-url", "origin", hub.git_url())
      hub.admin("POST", "tokens", { token = "of ann", name = "ann", login = "ann" })
      hub.admin("PATCH", "repositories", { repo = "acme/widget",
        collaborators = { admin = "admin", writer = "write", reader = "read", ann = "write" } })
      hub.admin("POST", "rulesets", { repo = "acme/widget", name = "main", target = "branch", enforcement = "active",
        conditions = { ref_name = { include = json.array { "refs/heads/main" }, exclude = json.array {} } },
        rules = json.array { { type = "required_status_checks", parameters = { strict_required_status_checks_policy = false,
          required_status_checks = json.array { { context = "build" }, { context = "release" } } } } } })
      body(setmetatable({ here = here, hub = hub, remote = built.remote }, Stage))
    end, { git_dir = "remote.git" })
  end)
end

local function prepared(stage)
  stage:must "relrun prepare release.lua release"
  local pull = stage:ask("GET", "/pulls")[1]
  stage:build(pull.head.sha)
  return pull.number, pull.head.sha
end

test("S0.24-S0.34 the release pull request of the example lives its whole life on GitHub's API", function ()
  with(function (stage)
    local number, head = prepared(stage)
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
    local number = prepared(stage)
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

test("S0.10 a fork's branch of a release's name, and a head that moved unknown to the forge, are not published", function ()
  with(function (stage)
    local number, head = prepared(stage)
    stage:approve(number)
    local hub = stage.hub
    hub.admin("POST", "repositories", { name = "mallory/widget", parent = hub.repository, owner_type = "User" })
    hub.admin("POST", "tokens", { token = "of mallory", name = "mallory", login = "mallory" })
    stage.here:must { "git", "--git-dir", stage.here:path "forge/git/mallory/widget.git", "fetch", "-q", stage.here:path "remote.git",
      "+refs/heads/*:refs/heads/*" }
    local gift = stage:ask("POST", "/pulls", { title = "gift", head = "mallory:releases/0.38.0", base = "main" }, "of mallory").number
    stage:approve(gift)
    stage:refused("relrun publish release.lua release --pull-request " .. gift, 5, ("#%d comes from another repository"):format(gift))
    stage:refused("relrun publish release.lua release", 4, "comes from another repository", stage:event("pull_request_review", gift, true))
    -- Git has the new head, and the forge tells the old one still.
    hub.fault { fault = "answer", method = "GET", path = "/pulls/" .. number .. "$", times = 0, json = stage:ask("GET", "/pulls/" .. number) }
    stage.remote:run("update-ref", "refs/heads/releases/0.38.0", "main")
    stage:refused("relrun publish release.lua release --pull-request " .. number, 6,
      ("the forge says that pull request #%d is at %s"):format(number, head:sub(1, 12)))
    stage.remote:run("update-ref", "refs/heads/releases/0.38.0", head)
    test.equal(stage:ask("GET", "/pulls/" .. gift).state, "open")
    test.equal(stage.remote:try("rev-parse", "-q", "--verify", "refs/tags/v0.38.0").code, 1)
  end)
end)

return test.done()
