--- A stage of tests/lib/forge_suite.lua on the test forge: a bare repository with one commit on main, and GitHub's API
-- beside it. The forge lives in processes that hold a token (forge_proxy); people and runners come in by the test
-- forge's own doors.

local file = require "host.file"
local forge_server = require "forge_server"
local json = require "host.json"
local place = require "place"
local proxy = require "forge_proxy"
local repository = require "repository"

local github_stage = {}

local HISTORY = [[
commit refs/heads/main
committer Ann Steward <ann@example.org> 1704067200 +0000
data 5
first
M 644 inline README
data 3
me

done
]]

local function stage_of(here, bare, hub, name)
  local R = "/repos/" .. name
  local self = { place = here, bare = bare, hub = hub, repository = name }
  local collaborators = { admin = "admin", writer = "write", reader = "read" }

  -- What a process needs that speaks to the forge as the holder of a token of the test forge's, on CI.
  function self.session(token)
    local env = {}
    for key, value in pairs(hub.environment(token)) do env[key] = value end
    env.GITHUB_ACTIONS, env.GITHUB_REPOSITORY = "true", name
    return { url = hub.git_url(name), env = env }
  end
  -- The forge as another holder of a token sees it; `changes` to the environment.
  function self.as(token, changes)
    local session = self.session(token)
    for key, value in pairs(changes or {}) do session.env[key] = value end
    return proxy.open(here, session)
  end
  self.forge = self.as "writer"

  local function door(which, fields)
    fields.repo = name
    return hub.admin("POST", which, fields)
  end
  local function as_admin(method, path, body)
    local answer = hub.ask(method, R .. path, { token = "admin", body = body })
    if answer.status > 299 then error(("%s %s: %d %s"):format(method, path, answer.status, answer.body), 3) end
    return answer.json
  end

  function self.reader() return self.as "reader" end
  function self.branch(branch)
    return bare:try("rev-parse", "--verify", "--quiet", "refs/heads/" .. branch).stdout:match "%x+"
  end
  function self.tag(tag)
    return bare:try("rev-parse", "--verify", "--quiet", ("refs/tags/%s^{commit}"):format(tag)).stdout:match "%x+"
  end
  function self.set_branch(branch, oid)
    local ref = "refs/heads/" .. branch
    if oid then bare:run("update-ref", ref, oid) else bare:run("update-ref", "-d", ref) end
    door("notice", {})
  end
  function self.commit(branch, path, bytes)
    local from = self.branch(branch) or self.branch "main"
    self.time = (self.time or 1704070000) + 60
    bare:feed(table.concat { "commit refs/heads/", branch, "\ncommitter Ann Steward <ann@example.org> ", self.time,
      " +0000\ndata 1\nx\nfrom ", from, "\nM 644 inline ", path, "\ndata ", #bytes, "\n", bytes, "\ndone\n" },
      "fast-import", "--quiet", "--force", "--done")
    door("notice", {})
    return self.branch(branch)
  end
  -- By a ruleset: classic protection is told in full to admins only.
  function self.protect(branch, given)
    local rules = {}
    if given.checks then
      local checks = json.array {}
      for i, context in ipairs(given.checks) do checks[i] = { context = context } end
      table.insert(rules, { type = "required_status_checks", parameters = { required_status_checks = checks,
        strict_required_status_checks_policy = given.strict or false } })
    end
    if given.linear then table.insert(rules, { type = "required_linear_history" }) end
    if given.approvals then
      table.insert(rules, { type = "pull_request", parameters = { required_approving_review_count = given.approvals,
        dismiss_stale_reviews_on_push = given.dismiss_stale or false, require_code_owner_review = false,
        require_last_push_approval = false, required_review_thread_resolution = false } })
    end
    door("rulesets", { name = "protect " .. branch, target = "branch", enforcement = "active", rules = json.array(rules),
      conditions = { ref_name = { include = json.array { "refs/heads/" .. branch }, exclude = json.array {} } } })
  end
  function self.review(number, user, state)
    -- GitHub counts the reviews of those who may write.
    self.role(user, "write")
    door("reviews", { pull = number, user = user, state = state:upper() })
  end
  function self.issue(title, labels)
    return door("issues", { title = title, labels = json.array(labels), user = "admin" }).number
  end
  function self.close_issue(number) as_admin("PATCH", "/issues/" .. number, { state = "closed" }) end
  function self.begin_upload(id, asset)
    hub.fault { fault = "starter", path = "/assets" }
    local release = as_admin("GET", "/releases/" .. id)
    hub.ask("POST", (release.upload_url:gsub("{.*$", "")) .. "?name=" .. asset, { token = "writer", body = "half of it",
      headers = { ["Content-Type"] = "application/octet-stream" } })
  end
  function self.role(user, role)
    hub.admin("POST", "tokens", { token = "of " .. user, name = user, login = user })
    collaborators[user] = role
    hub.admin("PATCH", "repositories", { repo = name, collaborators = collaborators })
  end
  function self.team(team, users)
    local org, slug = team:match "^(.-)/(.+)$"
    local members = {}
    for _, user in ipairs(users) do members[user] = { role = "member" } end
    hub.admin("POST", "orgs", { org = org, members = { writer = "member" }, teams = { [slug] = { members = members } } })
  end
  function self.environment(environment, reviewers)
    door("environments", { name = environment, reviewers = json.array(reviewers) })
  end
  function self.workflow(workflow, environments)
    door("workflows", { path = ".github/workflows/" .. workflow, name = workflow, environment = environments[1],
      dispatch = json.array { "version" } })
  end
  function self.decide(run, _, user, state) door("approvals", { run = run, user = user, state = state, comment = "" }) end
  function self.finish(run, conclusion) door("runs", { run = run, conclusion = conclusion }) end
  function self.immutable_releases() as_admin("PUT", "/immutable-releases") end
  return self
end

local function bare_at(here, name)
  local bare = repository.at(here, name):init { bare = true }
  bare:feed(HISTORY, "fast-import", "--quiet", "--done")
  return bare
end

--- Calls `body(stage)` with a forge of its own, and takes the stage away again.
---@param body fun(stage: table)
---@param options table|nil of the test forge
function github_stage.with(body, options)
  place.with(function (here)
    local bare = bare_at(here, "demo.git")
    local given = { git_dir = "demo.git" }
    for key, value in pairs(options or {}) do given[key] = value end
    forge_server.with(here, function (hub) body(stage_of(here, bare, hub, hub.repository)) end, given)
  end)
end

--- Starts one forge for many stages, one after the other: `with(body)` calls body(stage) with a forge that has forgotten
--- everything and a repository of its own; `close()` ends all.
--- A test that changes the forge itself takes `github_stage.with`.
---@return table { with, close }
function github_stage.open()
  local here = place.open()
  local hub, count = forge_server.start(here), 0
  local self = {}
  function self.with(body)
    count = count + 1
    -- A folder of its own, in the place of all.
    local name, part = "acme/widget" .. count, setmetatable({ dir = here:path("stage" .. count) }, { __index = here })
    assert(file.mkdir(part.dir))
    local bare = bare_at(part, "demo.git")
    hub.admin("POST", "reset", {})
    local roles = { admin = "admin", writer = "write", reader = "read" }
    for login in pairs(roles) do
      hub.admin("POST", "tokens", { token = hub.tokens[login], name = login, login = login })
    end
    hub.admin("POST", "repositories", { name = name, git_dir = part:path "demo.git", collaborators = roles })
    body(stage_of(part, bare, hub, name))
  end
  function self.close()
    hub.stop()
    here:close()
  end
  return self
end

return github_stage
