--- The guard: what the forge is told of a pull request, so that required checks hold back what must wait and nothing else.
-- A lock of the spec (pull_request { lock }) is pending on a lane's own release until publish frees it, and success on
-- every other pull request, unless that one brings a release along that is not out yet. A source_guard says which
-- branches may be merged into one. The guard itself frees no lock. Pure: it asks through the context and makes plans.

local builder = require "builder"
local holds = require "forge".holds
local lock_words = require "lock_words"
local mergeable = require "mergeable"
local narrowed = require "forge".narrowed
local plan = require "plan"
local prepared = require "prepared"
local problem = require "problem"
local status = require "steps.status"
local text = require "text"

local guard = {}

--- What is looked at of the open pull requests: where another one comes, or one of them goes elsewhere, all is judged anew.
guard.RESTS_ON = { "number", "head", "base", "same_repository" }

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

-- The lanes that hold a lock.
local function guarded_lanes(model)
  local lanes = {}
  for _, lock in ipairs(locks_of(model)) do table.move(lock.lanes, 1, #lock.lanes, #lanes + 1, lanes) end
  return lanes
end

local function lane_of(lanes, pull)
  for _, lane in ipairs(lanes) do
    if prepared.is_of(lane, pull) then return lane end
  end
end

-- The lane whose open pull request has this very commit as its head, whichever pull request it is looked at through: a
-- status belongs to the commit, and so to all of them.
local function lane_at(context, lanes, subject)
  local lane = subject.pull and lane_of(lanes, subject.pull)
  for _, pull in ipairs(context.pulls) do
    lane = lane or pull.head.oid == subject.oid and lane_of(lanes, pull) or nil
  end
  return lane
end

-- The open releases of these lanes that a commit brings along and that are not where they belong: they would be merged with
-- it. It is not asked into which branch it goes now, for that may be changed, and its status stays.
local function releases_in(context, lanes, oid)
  local found = {}
  for _, pull in ipairs(context.pulls) do
    if lane_of(lanes, pull) then
      local within, trouble = context.forge("compare", pull.head.oid, oid)
      local merged
      if within and holds(within) then merged, trouble = context.forge("compare", pull.head.oid, pull.base.branch) end
      if trouble then return nil, trouble end
      if merged and not holds(merged) then found[#found + 1] = pull end
    end
  end
  return found
end

-- What the status of this name says at a commit now; false where there is none.
local function said_at(context, name, oid)
  local checks, trouble = context.forge("checks", oid, context.list { name })
  if not checks then return nil, trouble end
  for _, check in ipairs(checks) do
    if check.source == "status" then return check end
  end
  return false
end

local function verdict(name, state, format, ...)
  return { context = name, state = state, description = format:format(...) }
end

-- What the lock is to say of a commit, and over which words.
local function lock_verdict(context, lock, subject)
  local lane = lane_at(context, lock.lanes, subject)
  if lane then
    local said = verdict(lock.context, "pending", lock_words.HELD .. "%s", lane.name)
    said.over, said.of_release = lock_words.OPEN_ON_HEAD, true
    return said
  end
  local brought, trouble = releases_in(context, lock.lanes, subject.oid)
  if not brought then return nil, trouble end
  local said
  if #brought == 0 then
    said = verdict(lock.context, "success", lock_words.NOT_RELEASE)
  elseif subject.pull then
    said = verdict(lock.context, "pending", lock_words.BRINGS .. "%d (%s), which is not merged yet", brought[1].number,
      text.line(brought[1].head.branch))
  else
    -- A merge queue makes a commit of its own for what is free to be merged.
    said = verdict(lock.context, "success", lock_words.GROUP .. "%d is released", brought[1].number)
    for _, pull in ipairs(brought) do
      local now
      now, trouble = said_at(context, lock.context, pull.head.oid)
      if now == nil then return nil, trouble end
      if not now or not lock_words.is_free(now) then
        said = verdict(lock.context, "pending", lock_words.GROUP .. "%d is not released", pull.number)
        break
      end
    end
  end
  said.over = lock_words.OPEN
  return said
end

-- The app alone from which a branch takes this lock: what another one says would stand there for nothing, and ordinary pull
-- requests wait for ever beside green runs of the guard.
---@return integer|false|nil app, problem
local function app_of(context, lock, base)
  local objection, trouble, app = mergeable.lock(context.forge, { base = base, lock = lock })
  if objection == nil then return nil, trouble end
  if objection then return nil, objection end
  return app or false
end

local function judge_lock(context, lock, subject)
  local said, trouble = lock_verdict(context, lock, subject)
  if not said then return nil, trouble end
  local app
  app, trouble = app_of(context, lock.context, subject.base)
  if app == nil then return nil, trouble end
  said.app = app or nil
  local now
  now, trouble = said_at(context, lock.context, subject.oid)
  if now == nil then return nil, trouble end
  -- What others said stays. That this may be as good as the same is the operation's to see.
  if now and now.description ~= said.description and not lock_words.begins(now.description, said.over) then said.kept = now end
  return said
end

-- Does a branch's name fit one of these? `*` stands for any part of a name.
local function is_named(patterns, branch)
  for _, pattern in ipairs(patterns) do
    if branch:find("^" .. pattern:gsub("[^%w*]", "%%%0"):gsub("%*", ".*") .. "$") then return true end
  end
  return false
end

-- Is this the head of a release that prepare made? The name of a branch says little; but what prepare and publish said of
-- the lock at this head nobody can say who could not say the status of the source as well. And until it is released its
-- lock holds it.
local function is_release(context, pull)
  for _, lane in ipairs(context.model.lanes) do
    local lock = lane.step.pull_request and lane.step.pull_request.lock
    if lock and prepared.is_of(lane, pull) then
      local now, trouble = said_at(context, lock, pull.head.oid)
      if now == nil then return nil, trouble end
      if now and lock_words.is_of_release(now) then return true end
    end
  end
  return false
end

local function source_verdict(context, record, pull)
  local name = record.context
  local release, trouble = is_release(context, pull)
  if release == nil then return nil, trouble end
  if release then return verdict(name, "success", "a release of this repository") end
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

-- A commit that is the head of several pull requests into the branch has one status for all of them. It may be merged if it
-- comes from where it has to (so that nobody's pull request at the same commit can hold that one up), and may not if it
-- comes from where it must not.
local function judge_source(context, record, subject)
  if not subject.pull then return verdict(record.context, "success", "judged on its pull requests") end
  local said, trouble = source_verdict(context, record, subject.pull)
  local stronger = record.except and "failure" or "success"
  for _, pull in ipairs(context.pulls) do
    if said and said.state ~= stronger and pull.head.oid == subject.oid and pull.base.branch == record.branch then
      local other
      other, trouble = source_verdict(context, record, pull)
      if not other then return nil, trouble end
      if other.state == stronger then said = other end
    end
  end
  return said, trouble
end

---@class guard.said a status
---@field context string
---@field state string
---@field description string
---@field over string[]|nil it is said only where nothing is said, or what begins with one of these; nil: over everything
---@field app integer|nil the app alone from which the branch takes it
---@field of_release boolean|nil it is the lock at the head of a lane's own release
---@field kept forge.check|nil what others said there already, and what stays

--- What is to be said of one commit, a status each.
---@param context table { model, forge, list, pulls: the open pull requests }
---@param subject guard.subject
---@return guard.said[]|nil, problem
function guard.judge(context, subject)
  local said = {}
  for _, lock in ipairs(locks_of(context.model)) do
    local one, trouble = judge_lock(context, lock, subject)
    if not one then return nil, trouble end
    said[#said + 1] = one
  end
  for _, record in ipairs(context.model.source_guards) do
    if record.branch == subject.base then
      local one, trouble = judge_source(context, record, subject)
      if not one then return nil, trouble end
      said[#said + 1] = one
    end
  end
  return said
end

--- Why something is not said: one line for each status that others posted and that stays, although the guard would have
-- said another one here.
---@param subject guard.subject
---@param said guard.said[]
---@return string[]
function guard.reasons(subject, said)
  local lines = {}
  for _, one in ipairs(said) do
    if one.kept and not one.of_release then
      local why = "relrun guard did not say it"
      if lock_words.is_of_release(one.kept) then
        why = "a release was prepared at this very commit, and only prepare and publish say more of it"
      elseif lock_words.begins(one.kept.description, { lock_words.HELD }) then
        why = "this very commit was the head of a release; another commit is judged anew"
      end
      lines[#lines + 1] = ("status %s of %s stays %s (\"%s\"): %s"):format(text.line(one.context), subject.oid:sub(1, 12),
        text.line(one.kept.state), text.line(one.kept.description), why)
    end
  end
  return lines
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
  list[1] = subject_of(pull)
  -- What brings a release along is judged with it, for it may have been judged while that one was closed, or went elsewhere.
  for _, other in ipairs(lane_of(guarded_lanes(context.model), pull) and context.pulls or {}) do
    if other.number ~= pull.number then
      local within
      within, trouble = context.forge("compare", pull.head.oid, other.head.oid)
      if not within then return nil, trouble end
      if holds(within) then list[#list + 1] = subject_of(other) end
    end
  end
  return list
end

-- What a plan of the guard's rests on: a release that came to be since, or went to another branch, is judged with.
local function facts_of(context, said)
  local facts = context.list {}
  for _, one in ipairs(said) do
    if one.over and one.state == "success" and not one.kept and #facts == 0 then
      facts[1] = { fact = "forge", gate = "guard", ask = context.list { "pulls", { state = "open" } },
        fields = context.list { table.unpack(guard.RESTS_ON) },
        sha256 = context.digest_of(narrowed(context.pulls, guard.RESTS_ON)) }
    end
  end
  return facts
end

--- The plan that says it: data, as plan.make's.
---@param context table as above, and { tool, spec_digest, forge_record, list, tape_digest, digest_of }
---@param subject guard.subject
---@param said guard.said[] from guard.judge
---@return table|nil plan, problem of kind "nothing" where nothing is to be said
function guard.plan(context, subject, said)
  if #said == 0 then
    return problem.refuse("nothing", ("no lane has a lock, and no source_guard is for %s"):format(text.line(subject.base)))
  end
  local made = { ops = context.list {}, op = builder.op }
  for _, one in ipairs(said) do
    -- The token of a run that somebody else's pull request started may post nothing; that is no failure of theirs.
    if not one.kept then
      status.post(made, { oid = subject.oid, context = one.context, state = one.state, description = one.description,
        over = one.over and context.list { table.unpack(one.over) } or nil, app = one.app,
        optional = subject.pull and not subject.pull.same_repository or nil })
    end
  end
  if #made.ops == 0 then return problem.refuse("nothing", "all of it is said already; nothing was written") end
  local release = context.model.release
  return {
    schema = plan.SCHEMA, tool = context.tool, spec = { sha256 = context.spec_digest }, release = release.name,
    lane = "guard", half = "guard", push = true, remote = release.remote, forge = context.forge_record,
    flags = { allow_dirty = false, offline = false, skip_base_sync_check = false },
    base = { branch = subject.base, commit = subject.pull and subject.pull.base.oid or subject.oid, time = 0 },
    branch = subject.pull and subject.pull.head.branch or subject.base, tip = subject.oid, packages = context.list {},
    gates = context.list {}, warnings = context.list {}, facts = facts_of(context, said), ops = made.ops,
    tape = context.tape_digest(),
  }
end

return guard
