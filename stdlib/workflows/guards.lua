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

-- What the event comes for when no types are stated, which is whenever a head is new.
local HEADS = { "opened", "reopened", "synchronize" }

-- Does this event come for each of these?
local function hears(event, kinds)
  local heard = {}
  for _, kind in ipairs(event.types or HEADS) do heard[kind] = true end
  for _, kind in ipairs(kinds) do
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

-- What the guard reads: the spec and how commits hold each other, the statuses' other surface, the pull requests.
local READ = { "contents", "checks", "pull-requests" }

local function check_events(workflow, job, report)
  local events = workflow.events
  local event = events.pull_request_target or events.pull_request
  if event and not hears(event, HEADS) then report("guard_misses_heads", workflow.file, event.line, job.name) end
  if event and not hears(event, { "edited" }) then report("guard_misses_retargets", workflow.file, event.line, job.name) end
  if events.pull_request and not events.pull_request_target then
    report("guard_by_pull_request", workflow.file, events.pull_request.line, job.name)
  end
end

local function check_rights(workflow, job, report)
  local permissions = job.permissions or workflow.permissions
  if not permissions or has_own_token(job) or permissions.all == "write-all" then return end
  if permissions.of.statuses ~= "write" then report("guard_cannot_post", workflow.file, permissions.line, job.name) end
  local lacks = {}
  for _, what in ipairs(permissions.all == "read-all" and {} or READ) do
    local right = permissions.of[what]
    if right ~= "read" and right ~= "write" then lacks[#lacks + 1] = what .. ": read" end
  end
  if #lacks > 0 then
    report("guard_cannot_read", workflow.file, permissions.line, job.name, table.concat(lacks, ", "))
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
    local releasing = {}
    for _, one in ipairs(subject.releases[workflow] or {}) do releasing[one.job] = true end
    for _, job in ipairs(subject.guards[workflow] or {}) do
      -- A job that releases guards what its release frees, and need not hear of anything else.
      if not releasing[job] then check_events(workflow, job, report) end
      check_rights(workflow, job, report)
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
