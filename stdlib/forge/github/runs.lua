--- Workflow runs: starting one, finding it, and what was decided at the environments that it waits for.

local moment = require "moment"

local runs = {}

-- GitHub delivers a thousand runs of a filtered list, however many there are.
local RUNS_DELIVERED = 1000

local STATUS = { completed = "completed", in_progress = "in_progress", waiting = "waiting", queued = "queued",
  requested = "queued", pending = "queued", action_required = "waiting" }

local function read_run(f, record)
  return {
    id = f.integer(record, "id"), name = f.text_or(record, "name", ""),
    workflow = f.text(record, "path"):gsub("@.*$", ""):match "[^/]*$", event = f.text(record, "event"),
    branch = f.text_or(record, "head_branch", ""), oid = f.text(record, "head_sha"),
    attempt = f.integer_or(record, "run_attempt", 1), status = STATUS[f.text_or(record, "status", "")] or "queued",
    conclusion = f.text_or(record, "conclusion", false), title = f.text_or(record, "display_title", ""),
    url = f.text(record, "html_url"),
  }
end

--- See forge.reads.
---@param filter { workflow: string|nil, branch: string|nil, oid: string|nil, event: string|nil, since: integer|nil }
---@return forge.run[]|nil, problem
function runs.runs(self, filter)
  local path = filter.workflow and self:at("actions/workflows/%s/runs", filter.workflow) or self:at "actions/runs"
  local found, trouble = self.rest:all(path, read_run, { key = "workflow_runs", at_most = RUNS_DELIVERED,
    needs = "actions: read", query = { branch = filter.branch, head_sha = filter.oid, event = filter.event,
      created = filter.since and ">=" .. moment.time(filter.since) } })
  if not found then return nil, trouble end
  table.sort(found, function (a, b) return a.id > b.id end)
  return found
end

--- See forge.reads.
---@param id integer
---@return forge.run|false|nil, problem
function runs.run(self, id)
  return self.rest:one(self:at("actions/runs/%d", id), read_run, { absent = true, needs = "actions: read" })
end

local DECISIONS = { approved = "approved", rejected = "rejected", pending = "pending" }

--- See forge.reads.
---@param id integer the run's
---@return forge.approval[]|nil, problem
function runs.approvals(self, id)
  local list = {}
  local function add(environment, state, user, comment)
    list[#list + 1] = { environment = environment, state = state, user = user, comment = comment, order = #list }
  end
  local decided, trouble = self.rest:all(self:at("actions/runs/%d/approvals", id), function (f, record)
    local state = f.one_of(record, "state", DECISIONS)
    for _, name in ipairs(f.each(f.list(record, "environments"), function (g, one) return g.text(one, "name") end)) do
      add(name, state, f.login(record, "user"), f.text_or(record, "comment", ""))
    end
    return true
  end, { needs = "actions: read" })
  if not decided then return nil, trouble end
  local pending
  pending, trouble = self.rest:all(self:at("actions/runs/%d/pending_deployments", id), function (f, record)
    add(f.text(f.record(record, "environment"), "name"), "pending", false, "")
    return true
  end, { needs = "actions: read" })
  if not pending then return nil, trouble end
  table.sort(list, function (a, b)
    if a.environment ~= b.environment then return a.environment < b.environment end
    return a.order < b.order
  end)
  for _, one in ipairs(list) do one.order = nil end
  return list
end

--- See forge.reads. A team is told as "owner/slug".
---@param name string
---@return forge.environment|false|nil, problem
function runs.environment(self, name)
  return self.rest:one(self:at("environments/%s", name), function (f, record)
    local reviewers, minutes = false, 0
    f.each(f.list_or(record, "protection_rules"), function (_, rule)
      local kind = f.text(rule, "type")
      if kind == "wait_timer" then
        minutes = f.integer_or(rule, "wait_timer", 0)
      elseif kind == "required_reviewers" then
        reviewers = f.each(f.list_or(rule, "reviewers"), function (_, row)
          local reviewer = f.record(row, "reviewer")
          if f.text(row, "type") == "Team" then return self.owner .. "/" .. f.text(reviewer, "slug") end
          return f.text(reviewer, "login")
        end)
        table.sort(reviewers)
      end
      return true
    end)
    return { name = f.text(record, "name"), reviewers = reviewers, wait_minutes = minutes }
  end, { absent = true, needs = "actions: read" })
end

--- See forge.writes. GitHub tells the run when it is asked to (or always, in a newer version of its API); a server of
-- somebody's own does not know the question.
---@param order { workflow: string, ref: string, inputs: table<string, string>|nil }
---@return { id: integer|false }|nil, problem
function runs.dispatch(self, order)
  local body = { ref = order.ref, inputs = order.inputs and next(order.inputs) and order.inputs or nil }
  if not self.enterprise then body.return_run_details = true end
  local request = { method = "POST", path = self:at("actions/workflows/%s/dispatches", order.workflow), body = body,
    needs = "actions: write" }
  local value, trouble = self.rest:call(request)
  if value == nil then return nil, trouble end
  if value == true then return { id = false } end
  return self.rest:told(request, value, function (f, record)
    return { id = f.integer_or(record, "workflow_run_id", false) }
  end)
end

return runs
