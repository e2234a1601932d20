--- Step `push`: the release branch and the tags go to the remote, every ref with an explicit lease, all of a push or
-- nothing. The operations: `lock` takes refs/relrun/lock/LANE on the remote, `push` sends one group of refs and, with
-- the last group, gives the lock back; where steps on the forge follow, `unlock` does so after them. The lock only
-- spares work: what makes two runs safe is the leases.

local problem = require "problem"
local shape = require "shape"
local tag_runs = require "steps.tag_runs"
local text = require "text"

local push = { word = "push", ops = {} }

-- GitHub starts no workflow when more than three tags arrive in one push.
local TAGS_THAT_START_WORKFLOWS = 3

-- The release branch's own update.
local function branch_update(builder)
  local ref = "refs/heads/" .. builder.branch
  return { ref = ref, new = builder.tip, old = builder.remote_refs[ref] }
end

--- The groups of ref updates: the branch goes first, with as many tags as may travel together. The branch of a pull
-- request is there already when it is published.
local function groups(builder, step)
  local updates = {}
  if builder.half ~= "publish" and (builder.branch ~= builder.lane.base or builder.tip ~= builder.base.oid) then
    updates[1] = branch_update(builder)
  end
  for _, decision in ipairs(builder.released) do
    if decision.tag_object then updates[#updates + 1] = { ref = "refs/tags/" .. decision.tag,
      new = decision.tag_object } end
  end
  local list, tags = { {} }, 0
  for _, update in ipairs(updates) do
    if update.ref:find("^refs/tags/") then
      if (step.tags_start_workflows or step.workflow) and tags == TAGS_THAT_START_WORKFLOWS then list[#list + 1], tags = {}, 0 end
      tags = tags + 1
    end
    table.insert(list[#list], update)
  end
  return list
end

-- What the lock is held for: a digest of every ref's new value, the same in each clone that makes this release.
local function purpose_of(builder, list)
  local lines = {}
  for _, updates in ipairs(list) do
    for _, update in ipairs(updates) do lines[#lines + 1] = update.ref .. " " .. update.new end
  end
  return builder.world:hash("blob", table.concat(lines, "\n"))
end

-- Sends these groups under the lock. `longer` keeps the lock past the last of them.
local function send(builder, step, list, longer)
  local remote = builder.model.release.remote
  if #list[1] == 0 then return true end
  local lock
  if step.lock then
    local purpose, message = purpose_of(builder, list)
    if not purpose then return problem.refuse("error", message) end
    lock = builder:op("remote", "lock", "compensable",
      { remote = remote, ref = "refs/relrun/lock/" .. builder.lane.name, purpose = purpose })
  end
  for i, updates in ipairs(list) do
    builder:op("remote", "push", builder.half == "prepare" and "compensable" or "irreversible", {
      remote = remote, atomic = step.atomic, updates = updates,
      unlock = i == #list and not longer and lock and lock.id or nil,
    })
  end
  if longer then builder.held = lock end
  return true
end

-- S1.49: what the tags must start is confirmed behind the pushes.
local function confirm(builder, step, list)
  if not step.workflow then return true end
  local updates = {}
  for _, group in ipairs(list) do table.move(group, 1, #group, #updates + 1, updates) end
  return tag_runs.plan(builder, step, updates)
end

-- A release branch is made anew each time, and what it held may go. The base branch is everybody's: it only goes forward,
-- also where nothing keeps this clone in step with it.
local function check_forward(builder)
  if builder.branch ~= builder.lane.base or builder.half == "publish" then return true end
  local ref = "refs/heads/" .. builder.branch
  local theirs = builder.remote_refs[ref]
  if not theirs or theirs == builder.base.oid or theirs == builder.tip then return true end
  local ok, trouble = builder.world:need(builder.model.release.remote, { [ref] = theirs })
  if not ok then return nil, trouble end
  local held
  held, trouble = builder.world:holds(builder.base.oid, theirs)
  if held == nil then return nil, trouble end
  if held then return true end
  local branch, remote = text.line(builder.branch), text.line(builder.model.release.remote)
  return problem.refuse("denied",
    ("branch %s on %s is at %s, which this clone's %s does not hold: the push would take it from there"):format(branch, remote,
      theirs:sub(1, 12), branch), ("git pull --rebase %s %s"):format(text.word(builder.model.release.remote), text.word(builder.branch)))
end

--- Sends the branch and the tags.
---@param longer boolean the lock is held past the pushes, until push.plan_unlock
function push.plan(builder, step, longer)
  local ok, trouble = check_forward(builder)
  if not ok then return nil, trouble end
  local list = groups(builder, step)
  ok, trouble = send(builder, step, list, longer)
  if not ok then return nil, trouble end
  return confirm(builder, step, list)
end

--- Sends the branch alone: what prepare does. The pull request follows under the same lock.
function push.plan_branch(builder, step) return send(builder, step, { { branch_update(builder) } }, true) end

--- Gives back the lock that push.plan or push.plan_branch kept.
function push.plan_unlock(builder)
  if not builder.held then return true end
  builder:op("remote", "unlock", "reversible", { lock = builder.held.id, remote = builder.held.args.remote,
    ref = builder.held.args.ref })
  return true
end

-- What the remote says of these updates: every ref at its new value, all as before, some of both, or something else.
local function compare(updates, refs)
  local done, open = 0, 0
  for _, update in ipairs(updates) do
    local now = refs[update.ref]
    if now == update.new then
      done = done + 1
    elseif now == update.old then
      open = open + 1
    else
      local what = update.ref:gsub("^refs/heads/", "branch "):gsub("^refs/tags/", "tag ")
      if update.ref:find("^refs/tags/") and now then
        return "DIFFERS", ("%s is on the remote already, as %s; relrun never moves a tag"):format(what, now:sub(1, 12))
      end
      return "DIFFERS", ("%s on the remote is %s, not %s"):format(what, now and "at " .. now:sub(1, 12) or "gone",
        update.old and update.old:sub(1, 12) or "absent")
    end
  end
  if open == 0 then return "DONE" end
  return done == 0 and "ABSENT" or "PARTLY"
end

local UPDATE = { ref = shape.pushed, new = shape.oid, old = shape.maybe(shape.oid) }

push.ops.push = {
  shape = { remote = shape.name, atomic = shape.flag, updates = shape.list(UPDATE, 1), unlock = shape.maybe(shape.result) },
  -- Only branches move.
  wrong = function (args)
    for _, update in ipairs(args.updates) do
      if update.old and not shape.tag(update.ref) then return "updates", "a tag would be moved" end
    end
  end,
  describe = function (op)
    local lines = { ("push to %s%s"):format(text.line(op.args.remote), op.args.atomic and ", all or nothing" or "") }
    for _, update in ipairs(op.args.updates) do
      local name = update.ref:gsub("^refs/heads/", "branch "):gsub("^refs/tags/", "tag ")
      lines[#lines + 1] = ("  %s %s"):format(name, update.old
        and ("%s -> %s"):format(update.old:sub(1, 12), update.new:sub(1, 12)) or "(new) " .. update.new:sub(1, 12))
    end
    return table.concat(lines, "\n")
  end,
  probe = function (op, doors)
    local refs, trouble = doors.remote_refs(op.args.remote)
    if not refs then return nil, trouble end
    return compare(op.args.updates, refs)
  end,
  perform = function (op, doors, results)
    local refs, trouble = doors.remote_refs(op.args.remote)
    if not refs then return nil, trouble end
    local updates = {}
    for _, update in ipairs(op.args.updates) do
      if refs[update.ref] ~= update.new then updates[#updates + 1] = update end
    end
    -- Since the survey somebody else did it all; and a push without a ref would push what git's settings say.
    if #updates == 0 then return problem.refuse("locked", "another run was faster") end
    local held = op.args.unlock and results[op.args.unlock]
    if held and held.oid then updates[#updates + 1] = { ref = held.ref, old = held.oid } end
    local outcome
    outcome, trouble = doors.push(op.args.remote, updates, { atomic = op.args.atomic })
    if not outcome then return nil, trouble end
    -- What was absent a moment ago and is up to date now, another run of this very release sent: it goes on, and we do not.
    for _, update in ipairs(outcome.done and updates or {}) do
      local told = outcome.refs[update.ref]
      if update.new and told and told.flag == "=" then return problem.refuse("locked", "another run was faster") end
    end
    if outcome.done then return true end
    return push.explain(op, outcome)
  end,
}

-- Servers word a refusal in many ways; these are the ones that a person can act on.
local REFUSALS = {
  { "stale info", "locked", "somebody else moved it meanwhile", "run the same command again" },
  { "atomic transaction failed", "locked", "another run changed a ref at the same moment",
    "run the same command again" },
  { "cannot lock ref", "locked", "another run changed a ref at the same moment", "run the same command again" },
  { "failed to update ref", "locked", "another run changed a ref at the same moment", "run the same command again" },
  { "fetch first", "locked", "somebody else moved it meanwhile", "run the same command again" },
  { "non%-fast%-forward", "error", "the server allows no reset of this branch",
    "let the release account reset it, or use a branch per run: branch \"releases/{sha}\"" },
  { "already exists", "locked", "it is on the remote already", "run the same command again" },
}

--- The refusal of a push as one line: the ref that was refused, the server's reason, what to do.
function push.explain(op, outcome)
  local first, reason
  for _, update in ipairs(op.args.updates) do
    local told = outcome.refs[update.ref]
    if told and told.flag == "!" and (not first or reason:find("atomic push failed")
      or reason == "atomic push failure") then
      first, reason = update.ref, told.reason or "refused"
    end
  end
  if not outcome.conclusive then
    return problem.refuse("unknown", ("push to '%s': %s"):format(text.line(op.args.remote), outcome.words),
      outcome.remedy)
  end
  for _, row in ipairs(REFUSALS) do
    if reason and reason:find(row[1]) then
      return problem.refuse(row[2], ("push of %s to '%s': %s (%s)"):format(text.line(first),
        text.line(op.args.remote), row[3], text.line(reason)), row[4])
    end
  end
  if first then
    return problem.refuse("error", ("push of %s to '%s' was refused: %s%s"):format(text.line(first),
      text.line(op.args.remote), text.line(reason),
      outcome.words ~= "" and " (" .. outcome.words .. ")" or ""),
        outcome.remedy or "let the release account push this ref (branch protection, rulesets, hooks)")
  end
  return problem.refuse("error", ("push to '%s': %s"):format(text.line(op.args.remote), outcome.words), outcome.remedy)
end

push.ops.tag_runs = tag_runs.op
push.ops.lock = require "steps.lock"
push.ops.unlock = push.ops.lock.unlock

return push
