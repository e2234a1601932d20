--- The guarded example on GitHub's API, spoken by the test forge: its stage, and the people who play their part.
--
--     guarded_github.with({ strict = true, { type = "required_linear_history" } }, function (stage)
--       local number, head = stage:prepared()
--       stage:refused("relrun publish release.lua release", 5, "linear history")
--     end)

local json = require "host.json"
local forge_server = require "forge_server"
local guarded = require "guarded"
local place = require "place"
local repository = require "repository"
local scene = require "scene"
local test = require "testing"

local guarded_github = {}

local R = "/repos/acme/widget"

local Stage = {}
Stage.__index = Stage

function Stage:ask(method, path, body, token)
  local answer = self.hub.ask(method, R .. path, { token = token or "admin", body = body })
  if answer.status > 299 then error(("%s %s: %d %s"):format(method, path, answer.status, answer.body), 2) end
  return answer.json
end

--- relrun as a job of Actions: with this event's payload, and with this token.
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

--- What an event tells of a pull request.
function Stage:event(name, number, review)
  local pull = self:ask("GET", "/pulls/" .. number)
  return { name = name, payload = { action = review and "submitted" or "synchronize", repository = { full_name = "acme/widget" },
    review = review and { state = "approved", user = { login = "ann" }, commit_id = pull.head.sha } or nil,
    pull_request = { number = number, base = { ref = pull.base.ref },
      head = { ref = pull.head.ref, sha = pull.head.sha, repo = { full_name = pull.head.repo.full_name } } } } }
end

--- The latest status of this name, or nil.
function Stage:status(oid, context)
  for _, status in ipairs(self:ask("GET", ("/commits/%s/status"):format(oid)).statuses) do
    if status.context == context then return status end
  end
end

--- A commit on a branch, made from main where the branch is new, and its pull request.
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

--- Prepares the release, and lets CI pass.
---@return integer number
---@return string head
function Stage:prepared(token)
  self:must("relrun prepare release.lua release", nil, token)
  local pull = self:ask("GET", "/pulls")[1]
  self:build(pull.head.sha)
  return pull.number, pull.head.sha
end

--- The tag of the release on the remote, or false.
function Stage:tag()
  local found = self.remote:try("rev-parse", "-q", "--verify", "refs/tags/v0.38.0^{commit}")
  return found.code == 0 and found.stdout:match "%x+"
end

--- Is nothing of the release out?
function Stage:nothing_is_out()
  test.equal(self:tag(), false)
  for _, release in ipairs(self:ask("GET", "/releases")) do test.equal(release.draft, true) end
end

--- Ann merges it: the answer's status.
function Stage:merge(number)
  return self.hub.ask("PUT", R .. "/pulls/" .. number .. "/merge", { token = "of ann", body = { merge_method = "merge" } }).status
end

--- Another branch at this commit, and its pull request.
function Stage:open_at(oid, branch, base)
  self.remote:run("branch", branch, oid)
  self.hub.admin("POST", "notice", { repo = "acme/widget" })
  return self:ask("POST", "/pulls", { title = branch, head = branch, base = base or "main" }).number
end

--- Nothing of the release is out, and nobody can merge it.
function Stage:is_held(number, head)
  test.equal(self:status(head, "release").state, "pending")
  test.equal(self:merge(number), 405)
  self:nothing_is_out()
end

--- A commit on main by somebody else.
function Stage:go_on()
  local people = repository.at(self.here, "people")
  people:run("fetch", "-q", "origin")
  people:run("checkout", "-q", "-B", "went-on", "origin/main")
  people:run("commit", "-q", "--allow-empty", "-m", "feat: more of it")
  self.remote:run("fetch", "-q", self.here:path "people", "went-on:refs/heads/main")
  self.hub.admin("POST", "notice", { repo = "acme/widget" })
end

--- Calls body(stage). `build` and `release` are required of main by a ruleset.
---@param rules table further rules of that ruleset, and: strict, app (the lock is taken from this app only), spec (another
---  one), bypass (its list), others (rules of a second ruleset), protection (the body of classic protection beside it),
---  history (more lines of it), private (the repository is), permissions (of the writer's token)
---@param body fun(stage: table)
function guarded_github.with(rules, body)
  place.with(function (here)
    -- The token of a release rarely may read the administration.
    local spec = rules.spec or (guarded.SPEC:gsub("checks = ", "trust = true, checks = "))
    local built = test.truthy(scene.build(here, guarded.HISTORY .. (rules.history or ""), { ["release.lua"] = spec }))
    here:must { "git", "clone", "-q", "file://" .. here:path "remote.git", here:path "people" }
    forge_server.with(here, function (hub)
      built.work:run("remote", "set-url", "origin", hub.git_url())
      hub.admin("POST", "tokens", { token = "of ann", name = "ann", login = "ann" })
      hub.admin("PATCH", "repositories", { repo = "acme/widget", private = rules.private,
        collaborators = { admin = "admin", writer = "write", reader = "read", ann = "write" } })
      local function ruleset(name, list, bypass)
        hub.admin("POST", "rulesets", { repo = "acme/widget", name = name, target = "branch", enforcement = "active",
          conditions = { ref_name = { include = json.array { "refs/heads/main" }, exclude = json.array {} } },
          rules = json.array(list), bypass_actors = json.array(bypass or {}) })
      end
      ruleset("main", { { type = "required_status_checks", parameters = {
        strict_required_status_checks_policy = rules.strict or false, required_status_checks = json.array {
          { context = "build" }, { context = "release", integration_id = rules.app } } } }, table.unpack(rules) }, rules.bypass)
      if rules.others then ruleset("others", rules.others, rules.bypass_others) end
      if rules.protection then
        local fields = { repo = "acme/widget", branch = "main", required_status_checks = json.null, enforce_admins = true,
          required_pull_request_reviews = json.null, restrictions = json.null }
        for key, value in pairs(rules.protection) do fields[key] = value end
        hub.admin("POST", "protection", fields)
      end
      body(setmetatable({ here = here, hub = hub, remote = built.remote }, Stage))
    end, { git_dir = "remote.git", permissions = rules.permissions })
  end)
end

return guarded_github
