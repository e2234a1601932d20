--- The workflows that run relrun with --push, or one half of a lane (S1.42, S1.49, S1.66-S1.73, S1.97-S1.98, S1.110-S1.119): what starts them,
-- what would start them again, with which token they push, and what happens to two at once.

local expression = require "workflows.expression"
local reader = require "workflows.reader"

local release = {}

local BOT = "github-actions[bot]"

local HALVES = { prepare = true, publish = true }

-- What this command does: "prepare", "publish", or "run" where relrun is run with --push; nil: it releases nothing.
local function verb_of(command)
  local rest = command:match "%f[%w_-]relrun%f[^%w_.-](.*)"
  if not rest then return nil end
  local verb = rest:match "^[\"']?%s+(%l+)%f[%s]"
  if HALVES[verb] then return verb end
  return command:find "%-%-push%f[^%w-]" and "run" or nil
end

-- The lane that a command names: `relrun release.lua rc --push`. nil when it names none, or a variable does.
local function lane_of(command)
  local words = {}
  for word in (command:match "%f[%w_-]relrun%f[^%w_.-][\"']?(.*)" or ""):gmatch "%S+" do
    if word:find "^[|;&>]" then break end
    if not word:find "^%-" and not ((word == "run" or HALVES[word]) and #words == 0) then words[#words + 1] = word end
  end
  local name = words[2] and words[2]:gsub("^[\"']", ""):gsub("[\"';]+$", "")
  return name and name:find "^[%w_./-]+$" and name or nil
end

--- The steps of a workflow that release: { job, step, verb, lane } with the lane that it names, if it does.
---@param workflow workflows.workflow
---@return table[]
function release.steps(workflow)
  local found = {}
  for _, job in ipairs(workflow.jobs) do
    for _, step in ipairs(job.steps) do
      for _, command in ipairs(step.run and reader.commands(step.run) or {}) do
        local verb = verb_of(command.text)
        if verb then
          found[#found + 1] = { job = job, step = step, verb = verb, lane = lane_of(command.text) }
        end
      end
    end
  end
  return found
end

-- What is known of a run that the push of a branch starts.
local function pushed(branch, more)
  local context = {
    ["github.event_name"] = "push", ["github.ref"] = "refs/heads/" .. branch, ["github.ref_name"] = branch,
    ["github.ref_type"] = "branch", ["github.event.ref"] = "refs/heads/" .. branch, ["github.event.deleted"] = false,
  }
  for key, value in pairs(more or {}) do context[key] = value end
  return context
end

local function by(actor, bot)
  return { ["github.actor"] = actor, ["github.triggering_actor"] = actor, ["github.event.sender.login"] = actor,
    ["github.event.pusher.name"] = actor, ["github.event.sender.type"] = bot and "Bot" or "User" }
end

-- Under workflow_run, ref and actor of the run itself are the default branch's and the other run's.
local function completed(trigger, more)
  local run = "github.event.workflow_run."
  local context = {
    ["github.event_name"] = "workflow_run", [run .. "conclusion"] = "success", [run .. "head_branch"] = trigger.branch,
    [run .. "name"] = trigger.workflow, [run .. "event"] = "push", [run .. "actor.login"] = "a-person",
    [run .. "triggering_actor.login"] = "a-person", [run .. "head_repository.full_name"] = "owner/name",
    [run .. "repository.full_name"] = "owner/name", [run .. "head_repository.fork"] = false,
    ["github.repository"] = "owner/name",
  }
  for key, value in pairs(more or {}) do context[run .. key] = value end
  return context
end

-- true, false, or nil when nobody can tell: whether job and step run.
local function runs(one, context)
  local job = expression.holds(one.job.condition and one.job.condition.value, context)
  local step = expression.holds(one.step.condition and one.step.condition.value, context)
  if job == false or step == false then return false end
  if job and step then return true end
end

local function hears_completed(workflow, trigger)
  local event = workflow.events.workflow_run
  if not event or not reader.on_branch(event, trigger.branch) then return false end
  local named = false
  for _, name in ipairs(event.workflows) do named = named or name == trigger.workflow end
  local ends = not event.types
  for _, kind in ipairs(event.types or {}) do ends = ends or kind == "completed" end
  return named and ends
end

local function dispatched(lane)
  return { ["github.event_name"] = "workflow_dispatch", ["github.ref"] = "refs/heads/" .. lane.base,
    ["github.ref_name"] = lane.base, ["github.ref_type"] = "branch" }
end

local function approved(lane)
  return { ["github.event_name"] = "pull_request_review", ["github.event.action"] = "submitted",
    ["github.event.review.state"] = "approved", ["github.event.pull_request.head.ref"] = lane.branch,
    ["github.head_ref"] = lane.branch, ["github.base_ref"] = lane.base, ["github.event.pull_request.base.ref"] = lane.base }
end

local function hears_reviews(workflow)
  local event = workflow.events.pull_request_review
  if not event then return false end
  local submitted = not event.types
  for _, kind in ipairs(event.types or {}) do submitted = submitted or kind == "submitted" end
  return submitted
end

local function is_started(subject, lane, trigger)
  for workflow, steps in pairs(subject.releases) do
    for _, one in ipairs(steps) do
      local meant = not one.lane or one.lane == lane.name
      if meant and trigger.word == "pushed" and reader.on_branch(workflow.events.push, trigger.branch)
        and runs(one, pushed(trigger.branch)) ~= false then return true end
      if meant and trigger.word == "completed" and hears_completed(workflow, trigger)
        and runs(one, completed(trigger)) ~= false then return true end
      if meant and trigger.word == "dispatched" and one.verb ~= "publish" and workflow.events.workflow_dispatch
        and runs(one, dispatched(lane)) ~= false then return true end
      if meant and trigger.word == "approved" and one.verb ~= "prepare" and hears_reviews(workflow)
        and runs(one, approved(lane)) ~= false then return true end
    end
  end
  return false
end

local WAITS_FOR = {
  pushed = function (trigger) return "a push to " .. trigger.branch end,
  completed = function (trigger) return ("the end of '%s' on %s"):format(trigger.workflow, trigger.branch) end,
  dispatched = function () return "somebody who starts it by hand" end,
  approved = function () return "an approval of its pull request" end,
}

--- S1.42, S1.112-S1.113: what a lane waits for starts a workflow that runs relrun.
local function check_started(subject, report)
  local names = {}
  for _, workflow in ipairs(subject.workflows) do names[workflow.name] = true end
  for _, lane in ipairs(subject.lanes) do
    for _, trigger in ipairs(lane.triggers) do
      if trigger.word == "completed" and not names[trigger.workflow] then
        report("completed_unknown", lane.file, trigger.line or lane.line, lane.name, trigger.workflow)
      elseif trigger.word ~= "manual" and not is_started(subject, lane, trigger) then
        report("lane_not_started", lane.file, trigger.line or lane.line, lane.name,
          WAITS_FOR[trigger.word](trigger))
      end
    end
  end
end

--- S1.67, S1.114: an actor guard that is upside down.
local function check_people(workflow, one, subject, report)
  for _, lane in ipairs(subject.lanes) do
    if reader.on_branch(workflow.events.push, lane.base) and runs(one, pushed(lane.base)) ~= false
      and runs(one, pushed(lane.base, by "a-person")) == false
      and runs(one, pushed(lane.base, by(BOT, true))) ~= false then
      report("for_bots_only", workflow.file, (one.job.condition or one.step.condition).line, one.job.name)
      return
    end
  end
end

-- Which token checkout leaves behind for git: "default", "other", or nil when the files do not tell.
local function token_of(job)
  local kind
  for _, step in ipairs(job.steps) do
    if step.run and (step.run.value:find "set%-url" or step.run.value:find "extraheader") then return nil end
    if step.uses and step.uses.value:find "^actions/checkout@" then
      local token, persist = step.with.token, step.with["persist-credentials"]
      if persist and persist.value == "false" then return nil end
      local value = token and token.value:lower() or ""
      local default = not token or value:find("github.token", 1, true) or value:find("secrets.github_token", 1, true)
      kind = kind or ((step.with["ssh-key"] or not default) and "other" or "default")
    end
  end
  return kind
end

--- S1.66-S1.69, S1.73, S1.110: what the release pushes starts the release again.
local function check_loop(workflow, one, subject, report)
  if token_of(one.job) == "default" then return end -- its pushes start nothing
  local told = {}
  for _, lane in ipairs(subject.lanes) do
    local context = lane.pushes and reader.on_branch(workflow.events.push, lane.branch) and not told[lane.branch]
    if context then
      told[lane.branch] = true
      local message = { ["github.event.head_commit.message"] = lane.message }
      local bot = by(BOT, true)
      bot["github.event.head_commit.message"] = lane.message
      local line = one.job.condition and one.job.condition.line or one.job.line
      if runs(one, pushed(lane.branch, bot)) ~= false then
        report("no_guard", workflow.file, line, lane.branch, one.job.name)
      elseif runs(one, pushed(lane.branch, message)) ~= false
        and runs(one, pushed(lane.branch, by("release-app[bot]", true))) == true then
        report("guard_for_another", workflow.file, line, one.job.name, lane.branch)
      end
    end
  end
end

local STRANGERS = {
  { "that workflow failed", { conclusion = "failure" } },
  { "it ran on another branch", { head_branch = "another/branch" } },
  { "it ran for a fork's branch of that name", { event = "pull_request", ["head_repository.full_name"] = "stranger/name",
    ["head_repository.fork"] = true } },
  { "a bot started it", { ["actor.login"] = BOT, ["triggering_actor.login"] = BOT } },
}

--- S1.70-S1.72, S1.119: what the end of a workflow starts.
local function check_completed(workflow, one, subject, report)
  local event = workflow.events.workflow_run
  if not event then return end
  local judged = true
  for _, lane in ipairs(subject.lanes) do judged = judged and lane.judged end
  local line = one.job.condition and one.job.condition.line or one.job.line
  for _, stranger in ipairs(STRANGERS) do
    local words, change = stranger[1], stranger[2]
    local heard = change.head_branch == nil or reader.on_branch(event, change.head_branch)
    local trigger = { branch = subject.lanes[1] and subject.lanes[1].base or "main", workflow = event.workflows[1] or "" }
    local would = false
    -- The condition may be for the base branch of any lane.
    for _, lane in ipairs(subject.lanes) do
      trigger.branch = lane.base
      would = would or runs(one, completed(trigger, change)) ~= false
    end
    if heard and would then
      report(judged and "run_guarded_by_relrun" or "run_unguarded", workflow.file, line, one.job.name, words)
    end
  end
  for _, step in ipairs(one.job.steps) do
    if step.uses and step.uses.value:find "^actions/checkout@" and not step.with.ref then
      report("tested_another", workflow.file, step.uses.line, one.job.name)
    end
  end
end

--- S1.49, S1.107, S1.118: with which right it pushes.
local function check_token(workflow, one, subject, report)
  if token_of(one.job) ~= "default" then return end
  local makes_tags = false
  for _, lane in ipairs(subject.lanes) do makes_tags = makes_tags or (lane.pushes and #lane.tags > 0) end
  if makes_tags and #subject.publishing > 0 then
    report("default_token", workflow.file, one.step.line, one.job.name)
  end
  local permissions = one.job.permissions or workflow.permissions
  if not permissions then
    report("write_not_said", workflow.file, one.job.line, one.job.name)
  elseif permissions.all ~= "write-all" and permissions.of.contents ~= "write" then
    report("no_write", workflow.file, permissions.line, one.job.name)
  end
end

--- S1.97-S1.98: two at once.
local function check_concurrency(workflow, one, report)
  local concurrency = one.job.concurrency or workflow.concurrency
  if not concurrency then return report("no_concurrency", workflow.file, one.job.line, one.job.name) end
  if concurrency.cancel == "true" then report("cancels", workflow.file, concurrency.cancel_line, one.job.name) end
  if workflow.events.workflow_run and (concurrency.group or ""):find "github%.ref%f[^%w]" then
    report("group_of_default_branch", workflow.file, concurrency.line, one.job.name)
  end
end

-- Of those who wait in a group the newest alone stays (unless it is told to keep them all). Names with expressions in them
-- are not compared: they may differ.
local function check_waiting(workflow, one, subject, report)
  local concurrency = one.job.concurrency or workflow.concurrency
  local group = one.verb == "publish" and concurrency and concurrency.queue ~= "max" and concurrency.group
  if not group or group:find("${{", 1, true) then return end
  for _, other in ipairs(subject.workflows) do
    for _, job in ipairs(other.jobs) do
      local its = job.concurrency or other.concurrency
      if job ~= one.job and its and (its.group or ""):lower() == group:lower() then
        return report("waiting_is_cancelled", workflow.file, concurrency.line, one.job.name, job.name)
      end
    end
  end
end

local function check_depth(workflow, one, report)
  for _, step in ipairs(one.job.steps) do
    local depth = step.with["fetch-depth"]
    if step.uses and step.uses.value:find "^actions/checkout@" and not (depth and depth.value == "0") then
      report("shallow_release", workflow.file, step.uses.line, one.job.name)
    end
  end
end

--- Checks the workflows that release.
---@param subject table see workflows.check
---@param report fun(key: string, file: string, line: integer, ...)
function release.check(subject, report)
  if next(subject.releases) == nil then
    report("no_release", subject.spec, 1)
    return
  end
  check_started(subject, report)
  for _, workflow in ipairs(subject.workflows) do
    local seen = {}
    for _, one in ipairs(subject.releases[workflow] or {}) do
      if not seen[one.job] then
        seen[one.job] = true
        check_people(workflow, one, subject, report)
        check_loop(workflow, one, subject, report)
        check_completed(workflow, one, subject, report)
        check_token(workflow, one, subject, report)
        check_concurrency(workflow, one, report)
        check_waiting(workflow, one, subject, report)
        check_depth(workflow, one, report)
      end
    end
  end
end

return release
