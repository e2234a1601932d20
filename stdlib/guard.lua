--- The guard: what the forge is told of a pull request, so that required checks hold back what must wait and nothing else.
-- A lock of the spec (pull_request { lock }) is pending on a lane's own release until publish frees it, and success on
-- every other pull request, unless that one brings a release along that is not out yet. A source_guard says which
-- branches may be merged into one. The guard itself frees no lock. Pure: it asks through the context and makes plans.

local builder = require "builder"
local holds = require "forge".holds
local plan = require "plan"
local prepared = require "prepared"
local problem = require "problem"
local status = require "steps.status"
local superseded = require "superseded"
local text = require "text"

local guard = {}

---@class guard.subject what is judged: the head of a pull request, or what a merge queue made of several
---@field name string
---@field oid string
---@field base string the branch that it is merged into
---@field pull forge.pull|nil

-- The locks of a spec and the lanes that hold each: { { context =, lanes = } ... }, in the spec's order.
local function locks_of(model)
  local locks, by_context = {}, {}
  for _, lane in ipairs(model.lanes) do
    local context = lane.step.pull_request and lane.step.pull_request.lock
    if context and not by_context[context] then
      by_context[context] = { context = context, lanes = {} }
      locks[#locks + 1] = by_context[context]
    end
    if context then table.insert(by_context[context].lanes, lane) end
  end
  return locks
end

local function lane_of(lanes, pull)
  for _, lane in ipairs(lanes) do
    if prepared.is_of(lane, pull) then return lane end
  end
end

-- The open releases of these lanes that a commit brings along and its base does not have: they would be merged with it.
local function releases_in(context, lanes, subject)
  local found = {}
  for _, pull in ipairs(context.pulls) do
    if lane_of(lanes, pull) then
      local within, trouble = context.forge("compare", pull.head.oid, subject.oid)
      local merged
      if within and holds(within) then merged, trouble = context.forge("compare", pull.head.oid, subject.base) end
      if trouble then return nil, trouble end
      if merged and not holds(merged) then found[#found + 1] = pull end
    end
  end
  return found
end

local function is_free(context, lock, oid)
  local checks, trouble = context.forge("checks", oid, context.list { lock })
  if not checks then return nil, trouble end
  for _, check in ipairs(checks) do
    if check.source == "status" and check.state == "success" then return true end
  end
  return false
end

local function verdict(name, state, format, ...)
  return { context = name, state = state, description = format:format(...) }
end

local function judge_lock(context, lock, subject)
  local lane = subject.pull and lane_of(lock.lanes, subject.pull)
  if lane then
    local said = verdict(lock.context, "pending", "passes when it is released by lane %s", lane.name)
    said.first = true
    return said
  end
  local brought, trouble = releases_in(context, lock.lanes, subject)
  if not brought then return nil, trouble end
  if #brought == 0 then
    -- Another pull request at the head of a release that was closed for a newer one: were it success, the closed one could
    -- be opened again and merged.
    local said = verdict(lock.context, "success", "not a release")
    said.unless = superseded.SAID
    return said
  end
  local first = brought[1]
  if not subject.pull then
    -- A merge queue makes a commit of its own for what is free to be merged.
    for _, pull in ipairs(brought) do
      local free
      free, trouble = is_free(context, lock.context, pull.head.oid)
      if free == nil then return nil, trouble end
      if not free then
        return verdict(lock.context, "pending", "#%d is not released", pull.number)
      end
    end
    return verdict(lock.context, "success", "#%d is released", first.number)
  end
  local said = verdict(lock.context, "pending", "it brings #%d (%s), which is not merged yet", first.number,
    text.line(first.head.branch))
  said.first = first.head.oid == subject.oid or nil
  return said
end

-- Does a branch's name fit one of these? `*` stands for any part of a name.
local function is_named(patterns, branch)
  for _, pattern in ipairs(patterns) do
    if branch:find("^" .. pattern:gsub("[^%w*]", "%%%0"):gsub("%*", ".*") .. "$") then return true end
  end
  return false
end

local function judge_source(context, record, subject)
  local pull, name = subject.pull, record.context
  if not pull then return verdict(name, "success", "judged on its pull requests") end
  if pull.same_repository and lane_of(context.model.lanes, pull) then
    return verdict(name, "success", "a release of this repository")
  end
  local into = text.line(record.branch)
  if record.from and not pull.same_repository then
    return verdict(name, "failure", "only %s of this repository may be merged into %s, and this is another one's",
      table.concat(record.from, ", "), into)
  elseif record.from and not is_named(record.from, pull.head.branch) then
    return verdict(name, "failure", "only %s may be merged into %s", table.concat(record.from, ", "), into)
  elseif record.except and pull.same_repository and is_named(record.except, pull.head.branch) then
    return verdict(name, "failure", "%s may not be merged into %s", text.line(pull.head.branch), into)
  end
  return verdict(name, "success", "%s may be merged into %s", text.line(pull.head.branch), into)
end

--- What is to be said of one commit, a status each.
---@param context table { model, forge, list, pulls: the open pull requests }
---@param subject guard.subject
---@return { context: string, state: string, description: string, first: boolean|nil, unless: string|nil }[]|nil, problem
function guard.judge(context, subject)
  local said = {}
  for _, lock in ipairs(locks_of(context.model)) do
    local one, trouble = judge_lock(context, lock, subject)
    if not one then return nil, trouble end
    said[#said + 1] = one
  end
  for _, record in ipairs(context.model.source_guards) do
    if record.branch == subject.base then said[#said + 1] = judge_source(context, record, subject) end
  end
  return said
end

local function subject_of(pull)
  return { name = ("pull request #%d"):format(pull.number), oid = pull.head.oid, base = pull.base.branch, pull = pull }
end

--- What is to be judged: the pull request that was named, all open ones, or what the CI event is about.
---@param context table { forge, ci, flags = { pull_request, all }, pulls }
---@return guard.subject[]|nil, problem
function guard.subjects(context)
  local list, group = {}, context.ci.merge_group
  local number = context.flags.pull_request or context.ci.pull_request and context.ci.pull_request.number
  if context.flags.all then
    for i, pull in ipairs(context.pulls) do list[i] = subject_of(pull) end
    if #list > 0 then return list end
    return problem.refuse("nothing", "no pull request is open")
  elseif not number and group then
    return { { name = "the merge queue's " .. group.head_sha:sub(1, 12), oid = group.head_sha, base = group.base_branch } }
  elseif not number then
    return problem.refuse("usage", "there is no event of a pull request",
      "name one with --pull-request N, or guard all open ones with --all")
  end
  local pull, trouble = context.forge("pull", number)
  if pull == nil then return nil, trouble end
  if not pull then return problem.refuse("usage", ("there is no pull request #%d"):format(number), "see relrun help guard") end
  if pull.state ~= "open" then
    return problem.refuse("nothing", ("pull request #%d is %s, and nothing is left to guard"):format(number, pull.state))
  end
  return { subject_of(pull) }
end

--- The plan that says it: data, as plan.make's.
---@param context table as above, and { tool, spec_digest, forge_record, list, tape_digest }
---@param subject guard.subject
---@return table|nil plan, problem
function guard.plan(context, subject)
  local said, trouble = guard.judge(context, subject)
  if not said then return nil, trouble end
  if #said == 0 then
    return problem.refuse("nothing", ("no lane has a lock, and no source_guard is for %s"):format(text.line(subject.base)))
  end
  local made = { ops = context.list {}, op = builder.op }
  for _, one in ipairs(said) do
    -- The token of a run that somebody else's pull request started may post nothing; that is no failure of theirs.
    status.post(made, { oid = subject.oid, context = one.context, state = one.state, description = one.description,
      first = one.first, unless = one.unless, optional = subject.pull and not subject.pull.same_repository or nil })
  end
  local release = context.model.release
  return {
    schema = plan.SCHEMA, tool = context.tool, spec = { sha256 = context.spec_digest }, release = release.name,
    lane = "guard", half = "guard", push = true, remote = release.remote, forge = context.forge_record,
    flags = { allow_dirty = false, offline = false, skip_base_sync_check = false },
    base = { branch = subject.base, commit = subject.pull and subject.pull.base.oid or subject.oid, time = 0 },
    branch = subject.pull and subject.pull.head.branch or subject.base, tip = subject.oid, packages = context.list {},
    gates = context.list {}, warnings = context.list {}, facts = context.list {}, ops = made.ops,
    tape = context.tape_digest(),
  }
end

return guard
