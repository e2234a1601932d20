--- One guarded release, from prepare to merge, on either forge: the local one or the test forge that speaks GitHub's API.
-- The proofs of a whole release (fault matrix, kills, races, canaries) are told on it.
--
--     flow.with("github", function (release)
--       release:prepare()
--       release:green()
--       release:approve()
--       release:publish()
--       test.equal(release:state(), undisturbed)
--     end)

local file = require "host.file"
local forge_server = require "forge_server"
local json = require "host.json"
local local_stage = require "local_stage"
local place = require "place"
local scene = require "scene"
local snapshot = require "snapshot"

local flow = { KINDS = { "local", "github" }, TAG = "v1.1.0", BRANCH = "releases/1.1.0", NUMBER = 1 }

-- A ruleset is what a job's token can see; who may go past it only an admin's can. The pull request carries labels, the
-- release two assets: every write that a lane can make is made once.
flow.SPEC = [[
release "widget" {
  packages = package "widget" { files = { plain "VERSION" } },
  tag = "v{version}",
  identity = "widget bot <bot@example.org>",
}

lane "final" {
  base = "main",
  when = { manual, approved },
  gates = { required_check { "release", trust = true } },
  approval = { reviews {}, checks { "build" } },
  steps = {
    branch "releases/{version}", bump {}, commit {}, pull_request { labels = { "release" } },
    tag {}, push {}, forge_release { assets = { "dist/*" } },
  },
}
]]

local HISTORY = [[
branch main
file VERSION "1.0.0\n"
file .gitignore "dist\n"
commit "feat: first" a.txt as first
tag v1.0.0
commit "feat: second" b.txt as second
]]

-- What the build leaves: the same bytes wherever it runs.
local ASSETS = { ["dist/widget.txt"] = ("widget 1.1.0\n"):rep(100), ["dist/widget.bin"] = ("\0\1\2\3widget"):rep(500) }

local Flow = {}
Flow.__index = Flow

--- The environment of relrun on the forge's machine; nothing more where the forge is a directory.
---@param changes table<string, string|false>|nil
local function environment(self, changes)
  local env = {}
  for name, value in pairs(self.hub and self.hub.env or {}) do env[name] = value end
  if self.hub then
    env.GITHUB_ACTIONS, env.GITHUB_EVENT_NAME, env.GITHUB_ACTOR = "true", "workflow_dispatch", "writer"
    env.GITHUB_RUN_ID = "77"
  end
  for name, value in pairs(self.changes) do env[name] = value end
  for name, value in pairs(changes or {}) do env[name] = value end
  return env
end

--- The argument vector of a command of relrun's, `relrun WORD release.lua ...`.
---@return string[]
function flow.command(word, ...) return { "relrun", word, "release.lua", ... } end

--- The environment in which this flow's commands run.
---@param changes table|nil
---@return table<string, string|false>
function Flow:environment(changes) return environment(self, changes) end

--- Runs a command of relrun's in the clone, or in options.cwd.
---@param argv string[]
---@param options table|nil cwd, env (changes), timeout_ms
---@return table result
function Flow:run(argv, options)
  options = options or {}
  if self.wrap then argv = self.wrap(argv) end
  local result = self.place:run(argv, { cwd = options.cwd or "work", env = environment(self, options.env),
    timeout_ms = options.timeout_ms })
  if self.seen then self.seen(result) end
  return result
end

--- A command that has to succeed.
---@return table result
function Flow:must(argv, options)
  local result = self:run(argv, options)
  if result.code == 0 then return result end
  error(("%s: exit %d\n%s%s"):format(table.concat(argv, " "), result.code, result.stdout, result.stderr), 2)
end

function Flow:prepare(options) return self:must(flow.command "prepare", options) end
function Flow:publish(options) return self:must(flow.command "publish", options) end

--- The head of the release's pull request.
---@return string oid
function Flow:head() return self.remote:run("rev-parse", "refs/heads/" .. flow.BRANCH) end

--- A pull request as the forge has it: { number, state, merged, title, body ... }.
---@param number integer
---@return table
function Flow:pull(number)
  if self.hub then
    return self.hub.ask("GET", ("/repos/%s/pulls/%d"):format(self.hub.repository, number), { token = "admin" }).json
  end
  return assert(self:local_forge():pull(number))
end

--- The local forge, as a person sees it.
function Flow:local_forge()
  return assert(require "forge.local".new({ kind = "local", path = self.place:path "remote.forge" }, local_stage.parts "ann"))
end

--- A person writes the text of a pull request.
---@param number integer
---@param body string
function Flow:write_body(number, body)
  if self.hub then
    self.hub.ask("PATCH", ("/repos/%s/pulls/%d"):format(self.hub.repository, number), { token = "admin", body = { body = body } })
  else
    assert(self:local_forge():update_pull(number, { body = body }))
  end
end

--- A person's commit, which changes nothing, is on the remote's main.
---@param message string
function Flow:go_on(message)
  self.work:run("commit", "-q", "--allow-empty", "-m", message)
  self.work:run("push", "-q", "file://" .. self.place:path "remote.git", "main")
  self:notice()
end

--- Git moved the remote behind the forge's back.
function Flow:notice()
  if self.hub then self.hub.admin("POST", "notice", { repo = self.hub.repository }) end
end

--- CI has built the head.
function Flow:green()
  if self.hub then
    self.hub.admin("POST", "checks", { repo = self.hub.repository, sha = self:head(), name = "build", conclusion = "success" })
  else
    self:must { "relrun", "forge", "status", "build", "success", "--at", tostring(flow.NUMBER) }
  end
end

--- A person approves the head.
function Flow:approve()
  if self.hub then
    self.hub.admin("POST", "reviews", { repo = self.hub.repository, pull = flow.NUMBER, user = "writer", state = "APPROVED" })
  else
    self:must { "relrun", "forge", "approve", tostring(flow.NUMBER), "--as", "ann" }
  end
end

--- The file of the event that an approval of the head is, for GITHUB_EVENT_PATH.
---@return string path
function Flow:event()
  local of = { full_name = self.hub.repository }
  self.place:write("event.json", json.encode { action = "submitted", repository = of,
    review = { state = "approved", user = { login = "writer" }, commit_id = self:head() },
    pull_request = { number = flow.NUMBER, head = { ref = flow.BRANCH, sha = self:head(), repo = of }, base = { ref = "main" } } })
  return self.place:path "event.json"
end

--- A person presses the merge button.
---@return boolean merged
---@return string words of the refusal
function Flow:human_merge()
  if self.hub then
    local answer = self.hub.ask("PUT", ("/repos/%s/pulls/%d/merge"):format(self.hub.repository, flow.NUMBER),
      { token = "writer", body = { merge_method = "merge" } })
    return answer.status == 200, answer.body
  end
  local result = self:run { "relrun", "forge", "merge", tostring(flow.NUMBER), "--as", "ann" }
  return result.code == 0, result.stderr
end

--- Prepared, built and approved: what publish waits for.
function Flow:prepared()
  self:prepare()
  self:green()
  self:approve()
end

-- Of each name at a commit the last word counts; how often it was said does not.
local function last_statuses(list)
  local last, names = {}, {}
  for _, status in ipairs(list) do
    local key = status.sha .. " " .. status.context
    if not last[key] then names[#names + 1] = key end
    last[key] = status
  end
  table.sort(names)
  local kept = {}
  for i, key in ipairs(names) do kept[i] = last[key] end
  return kept
end

--- The forge's own record of the repository; nil on the local forge.
---@return table
function Flow:record() return assert(json.decode(self.hub.snapshot())).repositories[self.hub.repository] end

-- A line for each value of nested records: two states differ in lines that can be read.
local function add_lines(lines, where, value)
  if type(value) ~= "table" then
    lines[#lines + 1] = ("%s = %s"):format(where, tostring(value))
    return
  end
  local keys = {}
  for key in pairs(value) do keys[#keys + 1] = key end
  table.sort(keys, function (a, b) return tostring(a) < tostring(b) end)
  for _, key in ipairs(keys) do add_lines(lines, ("%s.%s"):format(where, key), value[key]) end
end

--- All that a release decides: the remote's refs and what the forge holds, without times and ids. Lines.
---@return string
function Flow:state()
  if not self.hub then return self.remote:state() .. self:must({ "relrun", "forge", "show" }).stdout end
  local record, lines = self:record(), {}
  record.statuses = last_statuses(record.statuses)
  for _, pull in ipairs(record.pulls) do
    -- Whoever looks at an open one has the forge compute whether it could be merged, and with what.
    pull.mergeable = nil
    if not pull.merged then pull.merge_commit_sha = nil end
  end
  add_lines(lines, "forge", record)
  return table.concat(lines, "\n") .. "\n"
end

--- How often the forge was asked since the last `forget`: writes, and reads, neither counting git's own requests.
---@return integer writes, integer reads, string told every request, a line each
function Flow:requests()
  local writes, reads, lines = 0, 0, {}
  for _, entry in ipairs(self.hub.log()) do
    if not entry.path:find "%.git/" then
      local is_read = entry.method == "GET" or entry.method == "HEAD"
      if is_read then reads = reads + 1 else writes = writes + 1 end
      lines[#lines + 1] = ("%s %s%s %s"):format(entry.method, entry.path, entry.query ~= "" and "?" .. entry.query or "",
        tostring(entry.status))
    elseif entry.path:find "git%-receive%-pack$" and entry.method == "POST" then
      writes = writes + 1
      lines[#lines + 1] = "push " .. tostring(entry.status)
    end
  end
  return writes, reads, table.concat(lines, "\n")
end

--- From now on requests are counted anew.
function Flow:forget() self.hub.admin("DELETE", "log") end

--- Another machine: a clone made of the remote alone, where the build has left the same files.
---@param name string its folder in the place
---@return string name
function Flow:clone(name)
  file.remove(self.place:path(name), { recursive = true })
  self.place:must({ "git", "clone", "-q", "-b", "main", self.url, self.place:path(name) }, { env = environment(self) })
  for path, content in pairs(ASSETS) do self.place:write(name .. "/" .. path, content) end
  return name
end

--- Keeps everything as it is now, for `restore`. Once in a place.
function Flow:keep()
  if self.hub then self.hub.admin("POST", "checkpoint") end
  self.kept = snapshot.take(self.place)
end

--- Makes everything what it was at `keep`; faults and counts are forgotten.
function Flow:restore()
  if self.hub then self.hub.settle() end
  self.kept:restore()
  if self.hub then self.hub.admin("POST", "rollback") end
end

--- All that a machine finds which has nothing but the remote and the forge, as text; what is still under way is waited for.
---@return string
function Flow:remains()
  self.hub.settle()
  return snapshot.digest(self.place, { "remote.git" }) .. self.hub.state()
end

local function set_up_github(self)
  local hub = self.hub
  self.url = hub.git_url()
  self.work:run("remote", "set-url", "origin", self.url)
  hub.admin("POST", "rulesets", { repo = hub.repository, name = "main", target = "branch", enforcement = "active",
    conditions = { ref_name = { include = json.array { "refs/heads/main" }, exclude = json.array {} } },
    rules = json.array { { type = "required_status_checks", parameters = { strict_required_status_checks_policy = false,
      required_status_checks = json.array { { context = "release" }, { context = "build" } } } } } })
end

local function set_up_local(self)
  self.url = "file://" .. self.place:path "remote.git"
  for _, name in ipairs { "release", "build" } do self:must { "relrun", "forge", "require", name } end
  self:must { "relrun", "forge", "set", "role.ann", "write" }
end

local function build(kind, here, options)
  local stage, message = scene.build(here, HISTORY, { ["release.lua"] = options.spec or flow.SPEC })
  if not stage then error(message, 3) end
  local self = setmetatable({ kind = kind, place = here, stage = stage, remote = stage.remote, work = stage.work,
    changes = {} }, Flow)
  for path, content in pairs(ASSETS) do here:write("work/" .. path, content) end
  return self
end

--- Calls body(release) with a repository whose release nobody has prepared yet.
---@param kind "local"|"github"
---@param body fun(release: table)
---@param options table|nil spec (another one), and of the test forge: token, permissions, flavour
---  The flow has three fields that a test may set: `changes` to the environment of every command, `wrap`, a function from
---  an argument vector to the one that is run, and `seen`, a function that is told each result.
function flow.with(kind, body, options)
  options = options or {}
  place.with(function (here)
    local self = build(kind, here, options)
    if kind == "local" then
      set_up_local(self)
      return body(self)
    end
    forge_server.with(here, function (hub)
      self.hub = hub
      set_up_github(self)
      body(self)
    end, { git_dir = "remote.git", name = "server-forge", token = options.token, permissions = options.permissions,
      flavour = options.flavour })
  end)
end

flow.ASSETS = ASSETS

return flow
