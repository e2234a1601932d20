--- A stage of tests/lib/forge_suite.lua on the local forge: a bare repository with one commit on main, and the forge
-- beside it.

local clock = require "host.clock"
local file = require "host.file"
local json = require "host.json"
local place = require "place"
local repository = require "repository"

local local_stage = {}

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

local Stage = {}
Stage.__index = Stage

--- What a backend gets of the host: see stdlib/forge/connect.lua. The clock stands at the start of 2025 and goes a second
-- with each look.
function local_stage.parts(user)
  local now = 1735689600
  return { json = json, file = file, git = require "git", repo = require "host.repo", history = require "host.history",
    digest = require "host.digest", env = require "host.env", user = user, say = function () end,
    clock = { monotonic_ms = clock.monotonic_ms, sleep = clock.sleep, now = function ()
      now = now + 1
      return now
    end } }
end

local function checked(value, trouble)
  if value == nil then error(tostring(trouble), 3) end
  return value
end

--- Opens the forge of the stage, as its automation or as somebody else.
function Stage:open(user)
  return checked(require("forge.local").new({ kind = "local", path = self.place:path "demo.forge" }, local_stage.parts(user)))
end

--- Changes forge.json.
function Stage:settings(change)
  local settings = require "forge.local.settings"
  local value = checked(settings.read(self.forge.store))
  change(value)
  checked(settings.write(self.forge.store, value))
end

local function stage_of(here)
  local bare = repository.at(here, "demo.git"):init { bare = true }
  bare:feed(HISTORY, "fast-import", "--quiet", "--done")
  local self = setmetatable({ place = here, bare = bare }, Stage)
  self.forge = self:open()

  -- The suite calls these without the stage.
  function self.reader()
    self:settings(function (value) value.roles.eve = "read" end)
    return self:open "eve"
  end
  function self.branch(name)
    local found = bare:try("rev-parse", "--verify", "--quiet", "refs/heads/" .. name)
    return found.stdout:match "%x+"
  end
  function self.tag(name)
    return bare:try("rev-parse", "--verify", "--quiet", ("refs/tags/%s^{commit}"):format(name)).stdout:match "%x+"
  end
  function self.set_branch(name, oid)
    if oid then bare:run("update-ref", "refs/heads/" .. name, oid) else bare:run("update-ref", "-d", "refs/heads/" .. name) end
  end
  function self.commit(branch, path, bytes)
    local from = self.branch(branch) or self.branch "main"
    self.time = (self.time or 1704070000) + 60
    bare:feed(table.concat { "commit refs/heads/", branch, "\ncommitter Ann Steward <ann@example.org> ", self.time,
      " +0000\ndata 1\nx\nfrom ", from, "\nM 644 inline ", path, "\ndata ", #bytes, "\n", bytes, "\ndone\n" },
      "fast-import", "--quiet", "--force", "--done")
    return self.branch(branch)
  end
  function self.protect(branch, rules)
    self:settings(function (value)
      value.protection[branch] = { required_checks = rules.checks and json.array(rules.checks), approvals = rules.approvals,
        dismiss_stale = rules.dismiss_stale, strict = rules.strict, linear_history = rules.linear }
    end)
  end
  function self.review(number, user, state) checked(self.forge:add_review(number, user, state)) end
  function self.issue(title, labels) return checked(self.forge:open_issue(title, labels)) end
  function self.close_issue(number) checked(self.forge:close(number)) end
  function self.begin_upload(id, name)
    -- The bytes never come: what they are read from ends the copy, and the record of the begun upload stays as a killed
    -- process would leave it.
    local parts = self.forge.parts
    local whole = parts.file
    parts.file = setmetatable({ copy = function () error "killed" end }, { __index = whole })
    pcall(self.forge.upload_asset, self.forge, id, { name = name, path = here:path "nothing" })
    parts.file = whole
  end
  function self.role(user, role) self:settings(function (value) value.roles[user] = role end) end
  function self.team(name, users) self:settings(function (value) value.teams[name] = json.array(users) end) end
  function self.environment(name, reviewers)
    self:settings(function (value) value.environments[name] = { reviewers = json.array(reviewers) } end)
  end
  function self.workflow(name, environments)
    self:settings(function (value) value.workflows[name] = { environments = json.array(environments) } end)
  end
  function self.decide(run, environment, user, state) checked(self.forge:decide_deployment(run, environment, user, state)) end
  function self.finish(run, conclusion) checked(self.forge:finish_run(run, conclusion)) end
  function self.immutable_releases() self:settings(function (value) value.immutable_releases = true end) end
  return self
end

--- What tests/lib/forge_story.lua must leave, however it was stopped: the history, the tag, and what the forge says, without
-- times, ids and the merge commit's name, which has a time in it; and no lock, no draft, nothing half uploaded.
---@param stage table
---@return string
function local_stage.outcome(stage)
  local forge = stage:open()
  local told = { stage.bare:run("log", "--format=%T %s", "main"), stage.tag "v1.0.0" or "no tag" }
  for _, pull in ipairs(checked(forge:pulls { state = "all" })) do
    told[#told + 1] = json.encode { pull.number, pull.state, pull.head.oid, pull.labels, #forge:comments(pull.number),
      #forge:reviews(pull.number) }
  end
  for _, release in ipairs(checked(forge:releases())) do
    local assets = {}
    for i, asset in ipairs(release.assets) do assets[i] = { asset.name, asset.state, asset.digest, asset.size } end
    told[#told + 1] = json.encode { release.tag, release.draft, release.target, json.array(assets) }
  end
  told[#told + 1] = #forge:runs {} .. " runs"
  told[#told + 1] = stage.place:must { "sh", "-c", "cd demo.forge && find releases incoming drafts -type f 2>/dev/null | sort" }
  told[#told + 1] = stage.place:must { "find", "demo.git", "-name", "*.lock" }
  return table.concat(told, "\n")
end

--- Calls `body(stage)` and takes the stage away again.
---@param body fun(stage: table)
function local_stage.with(body)
  place.with(function (here) body(stage_of(here)) end)
end

return local_stage
