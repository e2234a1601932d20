--- Workflow runs and environments of a local forge: runs/ID.json. Nothing runs here: a run is a wish, and a person or a
-- script says how it ended (`relrun forge finish`). A run of a workflow that uses an environment with reviewers waits
-- until one of them has decided.

local moment = require "moment"
local problem = require "problem"
local settings = require "forge.local.settings"
local shape = require "shape"
local store = require "forge.local.store"
local text = require "text"

local runs = { methods = {} }

local methods = runs.methods

--- How a run can end, in GitHub's words.
runs.CONCLUSIONS = { "success", "failure", "cancelled", "skipped", "timed_out" }

local DECISION = { environment = shape.name, state = shape.one_of("approved", "rejected"), user = settings.is_user,
  comment = shape.text, time = shape.text }

local RULE = { id = shape.count, workflow = shape.name, event = shape.line, branch = shape.text, oid = shape.oid,
  conclusion = shape.maybe(shape.one_of(table.unpack(runs.CONCLUSIONS))), inputs = store.map(shape.text), user = settings.is_user,
  environments = shape.list(shape.name), decisions = shape.list(DECISION), time = shape.text }

local function file_of(id) return ("runs/%d.json"):format(id) end

-- The latest decision on every environment of a run, by its name.
local function decided(run)
  local latest = {}
  for _, decision in ipairs(run.decisions) do latest[decision.environment] = decision end
  return latest
end

local function status_of(run)
  if run.conclusion then return "completed", run.conclusion end
  local latest, waiting = decided(run), false
  for _, name in ipairs(run.environments) do
    if latest[name] and latest[name].state == "rejected" then return "completed", "failure" end
    waiting = waiting or not latest[name]
  end
  return waiting and "waiting" or "queued", false
end

local function answer(self, run)
  local status, conclusion = status_of(run)
  return { id = run.id, workflow = run.workflow, name = run.workflow, event = run.event, branch = run.branch, oid = run.oid,
    attempt = 1, status = status, conclusion = conclusion, url = self:url(file_of(run.id)),
    -- As a workflow does that says its nonce in its run-name.
    title = run.inputs.relrun_nonce and run.workflow .. " " .. run.inputs.relrun_nonce or run.workflow }
end

--- See forge.lua: dispatch.
function methods:dispatch(request)
  local trouble = self:needs("write", "start a workflow")
  if trouble then return nil, trouble end
  local said
  said, trouble = self:settings()
  if not said then return nil, trouble end
  local oid
  oid, trouble = self.bare:commit_of(request.ref)
  if oid == nil then return nil, trouble end
  if not oid then return problem.refuse("denied", ("there is no branch or tag %s"):format(text.line(request.ref))) end
  local names = {}
  for _, name in ipairs((said.workflows[request.workflow] or {}).environments or {}) do
    local environment = said.environments[name]
    if environment and #(environment.reviewers or {}) > 0 then names[#names + 1] = name end
  end
  local run = { workflow = request.workflow, event = "workflow_dispatch", branch = request.ref, oid = oid,
    inputs = request.inputs or {}, user = self.user, environments = self:sorted(names), decisions = self.store:array {},
    time = self.store:now() }
  return self.store:locked(function ()
    local refusal
    run.id, refusal = self.store:new_id()
    if not run.id then return nil, refusal end
    local where, wrong = shape.check("", run, RULE)
    if where then return problem.refuse("denied", ("no run: %s: %s"):format(text.line(where), text.line(wrong))) end
    local ok
    ok, refusal = self.store:write(file_of(run.id), run)
    if not ok then return nil, refusal end
    return { id = run.id }
  end)
end

--- See forge.lua: runs.
function methods:runs(query)
  local all, trouble = self.store:all("runs", RULE)
  if not all then return nil, trouble end
  local found, since = {}, query.since and moment.time(query.since) or ""
  for i = #all, 1, -1 do
    local run = all[i]
    if (not query.workflow or run.workflow == query.workflow) and (not query.branch or run.branch == query.branch)
      and (not query.oid or run.oid == query.oid) and (not query.event or run.event == query.event)
      and run.time >= since then
      found[#found + 1] = answer(self, run)
    end
  end
  return self.store:array(found)
end

-- A run's record; a problem when there is none.
local function record_of(self, id)
  local run, trouble = self.store:read(file_of(id), RULE)
  if run == nil then return nil, trouble end
  if not run then return problem.refuse("error", ("there is no run %d"):format(id)) end
  return run
end

--- See forge.lua: run.
function methods:run(id)
  local run, trouble = self.store:read(file_of(id), RULE)
  if not run then return run, trouble end
  return answer(self, run)
end

--- See forge.lua: approvals.
function methods:approvals(id)
  local run, trouble = record_of(self, id)
  if not run then return nil, trouble end
  local latest, list = decided(run), {}
  for i, name in ipairs(run.environments) do
    local decision = latest[name] or { state = "pending", comment = "" }
    list[i] = { environment = name, state = decision.state, user = decision.user or false, comment = decision.comment }
  end
  return self.store:array(list)
end

--- See forge.lua: environment.
function methods:environment(name)
  local said, trouble = self:settings()
  if not said then return nil, trouble end
  local found = said.environments[name]
  if not found then return false end
  local reviewers = found.reviewers or {}
  return { name = name, reviewers = #reviewers > 0 and self:sorted(reviewers), wait_minutes = found.wait_minutes or 0 }
end

local function keep(self, run)
  self.store:array(run.environments)
  self.store:array(run.decisions)
  return self.store:write(file_of(run.id), run)
end

--- What a person decides on an environment that a run waits for.
---@param id integer
---@param environment string
---@param user string
---@param state string "approved" or "rejected"
---@param comment string|nil
---@return true|nil, problem
function methods:decide_deployment(id, environment, user, state, comment)
  return self.store:locked(function ()
    local run, refusal = record_of(self, id)
    if not run then return nil, refusal end
    local known
    known, refusal = self:environment(environment)
    if known == nil then return nil, refusal end
    local waits = false
    for _, name in ipairs(run.environments) do waits = waits or name == environment and not decided(run)[name] end
    if not known or not waits or status_of(run) ~= "waiting" then
      return problem.refuse("denied", ("run %d does not wait for %s"):format(id, text.line(environment)))
    end
    local may = false
    for _, name in ipairs(known.reviewers or {}) do may = may or name == user end
    if not may then
      return problem.refuse("denied", ("%s is no reviewer of %s"):format(user, text.line(environment)),
        known.reviewers and "its reviewers are " .. table.concat(known.reviewers, ", ") or nil)
    end
    run.decisions[#run.decisions + 1] = { environment = environment, state = state, user = user, comment = comment or "",
      time = self.store:now() }
    return keep(self, run)
  end)
end

--- Says how a run ended.
---@param id integer
---@param conclusion string one of runs.CONCLUSIONS
---@return true|nil, problem
function methods:finish_run(id, conclusion)
  return self.store:locked(function ()
    local run, refusal = record_of(self, id)
    if not run then return nil, refusal end
    local status = status_of(run)
    if status ~= "queued" then
      return problem.refuse("denied", ("run %d is %s"):format(id, status),
        status == "waiting" and "decide on its environments first" or nil)
    end
    run.conclusion = conclusion
    return keep(self, run)
  end)
end

return runs
