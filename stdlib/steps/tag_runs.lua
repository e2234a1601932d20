--- The operation `tag_runs`, push's own part: for every tag that was pushed, the workflow that must start did start
-- (S1.49). A forge starts none for a push with the token of one of its own workflows, and none when more than three
-- tags come at once, and says neither. After half a minute the workflow is started by name, at the tag.

local patience = require "patience"
local problem = require "problem"
local shape = require "shape"
local text = require "text"

local tag_runs = {}

-- Milliseconds until a push has led to a run, and between two looks.
local APPEARS, PAUSE = 30000, 5000

--- Adds the operation after the pushes; where the forge cannot tell runs, says so instead.
---@param builder table
---@param step table the push step, with `workflow`
---@param updates { ref: string }[] what is pushed
function tag_runs.plan(builder, step, updates)
  local tags = builder.list {}
  for _, update in ipairs(updates) do
    local tag = update.ref:match "^refs/tags/(.+)$"
    if tag then tags[#tags + 1] = tag end
  end
  if #tags == 0 then return true end
  local can, trouble = builder.forge("can", "dispatch")
  if not can or not can.can then
    builder:warn(("nobody will confirm that the tags start %s: %s"):format(text.line(step.workflow),
      trouble and trouble.text or text.line(can.why)))
    return true
  end
  builder:op("forge", "tag_runs", "compensable", { workflow = step.workflow, tags = tags, oid = builder.tip, optional = true })
  return true
end

-- The tags that no run of the workflow is of, neither by the push nor by name.
local function without_run(op, forge)
  local left = {}
  for _, tag in ipairs(op.args.tags) do
    local runs, trouble = forge:runs { workflow = op.args.workflow, branch = tag, oid = op.args.oid }
    if not runs then return nil, trouble end
    local found = false
    for _, run in ipairs(runs) do
      found = found or (run.event == "push" or run.event == "workflow_dispatch")
    end
    if not found then left[#left + 1] = tag end
  end
  return left
end

-- Looks until every tag has its run or the time is over: the tags that have none.
local function wait(op, doors, forge)
  local left
  local seen, trouble = patience.look(function ()
    local refusal
    left, refusal = without_run(op, forge)
    if not left then return nil, refusal end
    return #left == 0
  end, doors.sleep, PAUSE, APPEARS)
  if seen == nil then return nil, trouble end
  return left
end

-- Starts the workflow by name at each of these tags. One that fails keeps none of the others.
---@return table<string, problem>|nil troubles by tag; nil when it was interrupted
---@return integer|problem started how many may have been started
local function start(op, doors, forge, tags)
  local troubles, started = {}, 0
  for _, tag in ipairs(tags) do
    doors.say(("the push of %s started no run of %s: starting it by name"):format(text.line(tag),
      text.line(op.args.workflow)))
    local ok, trouble = forge:dispatch { workflow = op.args.workflow, ref = tag, inputs = {} }
    if not ok then
      if trouble.kind == "interrupted" then return nil, trouble end
      trouble.text = text.line(tag) .. ": " .. trouble.text
      troubles[tag] = trouble
    end
    if ok or trouble.kind == "unknown" then started = started + 1 end
  end
  return troubles, started
end

-- The trouble of these tags that counts: the first one of which nobody knows the outcome, or else the first one.
local function worst(troubles, tags)
  local first
  for _, tag in ipairs(tags) do
    local trouble = troubles[tag]
    if trouble and trouble.kind == "unknown" then return trouble end
    first = first or trouble
  end
  return first
end

tag_runs.op = {
  late = function (doors)
    local forge = doors.forge()
    return not forge or not forge:can "immediate_runs".can
  end,
  shape = { workflow = shape.name, tags = shape.list(shape.line, 1), oid = shape.oid, optional = shape.maybe(shape.flag) },
  wrong = function (args)
    for i, tag in ipairs(args.tags) do
      if shape.tag("refs/tags/" .. tag) then return ("tags[%d]"):format(i), "it is no tag's name" end
    end
  end,
  describe = function (op)
    return ("make sure that %s started %s"):format(#op.args.tags == 1 and "tag " .. text.line(op.args.tags[1])
      or ("each of %d tags"):format(#op.args.tags), text.line(op.args.workflow))
  end,
  probe = function (op, doors)
    local forge, trouble = doors.forge()
    if not forge then return nil, trouble end
    local left
    left, trouble = without_run(op, forge)
    if not left then return nil, trouble end
    return #left == 0 and "DONE" or "ABSENT"
  end,
  perform = function (op, doors)
    local forge, trouble = doors.forge()
    if not forge then return nil, trouble end
    local left
    left, trouble = wait(op, doors, forge)
    if not left then return nil, trouble end
    if #left == 0 then return true end
    local troubles, started = start(op, doors, forge, left)
    if not troubles then return nil, started end
    local tried = left
    if started > 0 then left, trouble = wait(op, doors, forge) end
    if not left then
      local lost = worst(troubles, tried)
      if not lost or lost.kind ~= "unknown" or trouble.kind == "interrupted" then return nil, trouble end
      return problem.refuse("unknown", lost.text .. "; and its outcome cannot be asked: " .. trouble.text, lost.todo)
    end
    if #left == 0 then return true end
    trouble = worst(troubles, left)
    for _, tag in ipairs(left) do
      if troubles[tag] and troubles[tag] ~= trouble then doors.warn(tostring(troubles[tag])) end
    end
    if trouble then return nil, trouble end
    return problem.refuse("error", ("%s was started for %s, and no run of it is listed"):format(text.line(op.args.workflow),
      text.line(left[1])), "look at the forge's list of runs")
  end,
}

return tag_runs
