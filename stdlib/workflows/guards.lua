--- The workflows that run relrun guard (S0.14, S0.17, S1.20): a lock that the forge requires must be said of every pull
-- request's head, whoever opened it, or ordinary ones wait for ever.

local reader = require "workflows.reader"

local guards = {}

--- The jobs of a workflow that run relrun guard.
---@param workflow workflows.workflow
---@return workflows.job[]
function guards.jobs(workflow)
  local found = {}
  for _, job in ipairs(workflow.jobs) do
    local guarding = false
    for _, step in ipairs(job.steps) do
      for _, command in ipairs(step.run and reader.commands(step.run) or {}) do
        guarding = guarding or command.text:find "%f[%w_-]relrun%f[^%w_.-][\"']?%s+guard%f[%s]" ~= nil
      end
    end
    if guarding then found[#found + 1] = job end
  end
  return found
end

local NEEDED = { "opened", "reopened", "synchronize" }

-- Does this event come whenever a head is new?
local function hears_heads(event)
  if not event.types then return true end
  local heard = {}
  for _, kind in ipairs(event.types) do heard[kind] = true end
  for _, kind in ipairs(NEEDED) do
    if not heard[kind] then return false end
  end
  return true
end

-- Does a step of this job name a token besides GitHub's own? Its rights are not the job's.
local function has_own_token(job)
  for _, step in ipairs(job.steps) do
    for _, text in ipairs(step.texts) do
      for name in text:gmatch "secrets%.([%w_]+)" do
        if name:upper() ~= "GITHUB_TOKEN" then return true end
      end
    end
  end
  return false
end

local function check_job(workflow, job, report)
  local events = workflow.events
  local event = events.pull_request_target or events.pull_request
  if event and not hears_heads(event) then report("guard_misses_heads", workflow.file, event.line, job.name) end
  if events.pull_request and not events.pull_request_target then
    report("guard_by_pull_request", workflow.file, events.pull_request.line, job.name)
  end
  local permissions = job.permissions or workflow.permissions
  if permissions and not has_own_token(job) and permissions.all ~= "write-all" and permissions.of.statuses ~= "write" then
    report("guard_cannot_post", workflow.file, permissions.line, job.name)
  end
end

-- Does a workflow guard the pull requests to this branch?
local function is_guarded(subject, branch)
  for _, workflow in ipairs(subject.workflows) do
    local event = workflow.events.pull_request_target or workflow.events.pull_request
    if subject.guards[workflow] and reader.on_branch(event, branch) then return true end
  end
  return false
end

--- Checks the workflows that guard, and that there is one where a lane has a lock, or a branch a source_guard.
---@param subject table see workflows.check
---@param report fun(key: string, file: string, line: integer, ...)
function guards.check(subject, report)
  local queue, first = false, nil
  for _, workflow in ipairs(subject.workflows) do
    for _, job in ipairs(subject.guards[workflow] or {}) do
      check_job(workflow, job, report)
      queue, first = queue or workflow.events.merge_group ~= nil, first or workflow
    end
  end
  if first and not queue then report("guard_misses_queue", first.file, first.line) end
  for _, lane in ipairs(subject.lanes) do
    if lane.lock and not is_guarded(subject, lane.base) then
      report("no_lock_guard", lane.file, lane.line, "lane " .. lane.name, lane.lock, lane.base)
    end
  end
  for _, record in ipairs(subject.source_guards) do
    if not is_guarded(subject, record.branch) then
      report("no_lock_guard", subject.spec, record.line,
        ("source_guard \"%s\""):format(record.branch), record.context, record.branch)
    end
  end
end

return guards
