--- Step `dispatch`: starts a workflow on the forge, once, and where `watch` says so waits for that very run. The
-- operation `dispatch` sends a nonce that follows from the release, as the input `relrun_nonce`; a workflow that says it
-- in its run-name has runs that can be told apart for good (S3.28, S3.114), so what an interrupted run started is found
-- again and not started twice.

local patience = require "patience"
local problem = require "problem"
local shape = require "shape"
local template = require "template"
local text = require "text"

local dispatch = { word = "dispatch", on_forge = true, ops = {} }

local EVENT = "workflow_dispatch"

-- Milliseconds: between two looks, and until a run that was started must be listed or have ended.
local PAUSE, LONGEST_PAUSE = 2000, 30000
local APPEARS, LONGEST = 60000, 6 * 3600 * 1000

-- Seconds by which the clock of who made the base commit may be ahead of the forge's.
local SLACK = 2 * 86400

local function sorted(map)
  local keys = {}
  for key in pairs(map) do keys[#keys + 1] = key end
  table.sort(keys)
  return keys
end

-- What this run is for, as 128 bits: the same in every clone that makes this release.
local function nonce_of(builder, args)
  local lines = { "dispatch", builder.model.release.name, builder.lane.name, args.workflow, args.ref, builder.tip }
  for _, key in ipairs(sorted(args.inputs)) do lines[#lines + 1] = key .. "=" .. args.inputs[key] end
  for _, decision in ipairs(builder.released) do lines[#lines + 1] = decision.tag .. " " .. (decision.tag_object or "") end
  return builder.sha256(table.concat(lines, "\n")):sub(1, 32)
end

-- The commit that the run must be of: what was released, wherever the ref is known to name it.
local function commit_of(builder, ref)
  if ref == builder.branch then return builder.tip end
  for _, decision in ipairs(builder.released) do
    if ref == decision.tag and decision.tag_object then return builder.tip end
  end
end

local function plan_one(builder, step, places)
  local inputs = {}
  for _, key in ipairs(sorted(step.inputs or {})) do
    inputs[key] = template.compile(step.inputs[key], builder.PLACES):render(places)
  end
  local ref = step.ref and template.compile(step.ref, builder.PLACES):render(places) or places.tag
  if ref == "" then ref = builder.branch end
  local args = { workflow = step.workflow, ref = ref, inputs = inputs, watch = step.watch,
    oid = commit_of(builder, ref), since = math.max(0, builder.time - SLACK), optional = step.optional or nil }
  if step.nonce then args.nonce = nonce_of(builder, args) end
  if not args.nonce and not args.oid then
    return problem.refuse("spec", ("%s:%s: a run at %s could not be told from others without a nonce"):format(
      builder.model.source, tostring(step.line), text.line(ref)), "leave out ref, or nonce = false")
  end
  builder:op("forge", "dispatch", "irreversible", args)
  return true
end

--- Starts the workflow, once for the release or once for each package.
function dispatch.plan(builder, step)
  if step.per ~= "package" then return plan_one(builder, step, builder:places_of_all()) end
  for _, decision in ipairs(builder.released) do
    local ok, trouble = plan_one(builder, step, builder:places(decision))
    if not ok then return nil, trouble end
  end
  return true
end

-- The run that this operation started, or an earlier one for the same purpose: false where there is none. A forge tells
-- the latest thousand runs and no more, so only those are asked for that can be it: no run for a release is older than
-- the commit that the release is made from. A commit from the future says nothing.
local function find(op, doors, forge, known)
  if known and known.run then return forge:run(known.run) end
  local args = op.args
  local runs, trouble = forge:runs { workflow = args.workflow, event = EVENT, branch = args.ref,
    oid = not args.nonce and args.oid or nil, since = args.since and args.since <= doors.now() and args.since or nil }
  if not runs then return nil, trouble end
  for _, run in ipairs(runs) do
    if op.args.nonce then
      if run.title:find(op.args.nonce, 1, true) then return run end
    elseif op.args.oid and run.oid == op.args.oid then
      return run
    end
  end
  return false
end

-- A run as a state of this operation.
local function judge(op, run)
  local args = op.args
  local result = { run = run.id, url = run.url }
  if args.oid and run.oid ~= args.oid then
    return "DIFFERS", ("run %d of %s is of %s, and what was released is %s: %s"):format(run.id, text.line(args.workflow),
      run.oid:sub(1, 12), args.oid:sub(1, 12), text.line(run.url))
  end
  if not args.watch then return "DONE", nil, result end
  if run.status ~= "completed" then return "ABSENT", nil, result end
  if run.conclusion == "success" then return "DONE", nil, result end
  return "DIFFERS", ("run %d of %s ended as %s; run it again there (%s), then the same command here"):format(run.id,
    text.line(args.workflow), text.line(tostring(run.conclusion)), text.line(run.url))
end

-- What a refusal of a nonce may come from.
local function explain(op, trouble)
  if op.args.nonce then
    trouble.todo = (trouble.todo and trouble.todo .. "; " or "")
      .. ("%s must have an input relrun_nonce and say it in its run-name"):format(text.line(op.args.workflow))
  end
  return nil, trouble
end

-- Looks for the run that was started until it is listed. A look that fails is one that saw nothing yet, but for the last.
local function appear(op, doors, forge, known)
  local trouble
  local run, refusal = patience.look(function ()
    local seen
    seen, trouble = find(op, doors, forge, known)
    if seen == nil and trouble.kind == "error" then return false end
    return seen, trouble
  end, doors.sleep, PAUSE, APPEARS)
  if run == false and trouble then return nil, trouble end
  return run, refusal
end

-- Nobody knows what was started: whoever goes on waits, and looks first.
local function open(trouble, words, todo)
  if trouble and trouble.kind == "interrupted" then
    trouble.open = true
    return nil, trouble
  end
  return problem.refuse("unknown", words, todo)
end

-- An earlier run, or another clone's that lives, may have started it a moment ago.
local function found_late(op, doors, forge)
  if forge:can "immediate_runs".can then return false end
  doors.say(("%s may have been started a moment ago: waiting for its run to be listed"):format(text.line(op.args.workflow)))
  return appear(op, doors, forge)
end

-- The run of an earlier start, where there was one: false when there is none.
local function earlier(op, doors, forge, known, begun)
  local run, trouble = find(op, doors, forge, known)
  if run == false and begun then run, trouble = found_late(op, doors, forge) end
  if run ~= nil or not begun then return run, trouble end
  return open(trouble, ("%s may have been started by an earlier run, and that cannot be asked: %s"):format(
    text.line(op.args.workflow), trouble.text), "run the same command again when the forge answers")
end

-- Starts it, once, and finds the run that it became. Where the answer was lost the list of runs tells. A run that the
-- answer told stands in the results from then on, whatever follows.
local function start(op, doors, forge, results)
  local inputs = {}
  for key, value in pairs(op.args.inputs) do inputs[key] = value end
  inputs.relrun_nonce = op.args.nonce
  local told, trouble = forge:dispatch { workflow = op.args.workflow, ref = op.args.ref, inputs = inputs }
  if not told and trouble.kind ~= "unknown" then return explain(op, trouble) end
  if told and told.id then results[op.id] = { run = told.id } end
  local run, refusal = appear(op, doors, forge, results[op.id])
  if not run then
    local words = told and ("%s was started%s, %s"):format(text.line(op.args.workflow),
      told.id and (" as run %d"):format(told.id) or "",
      refusal and "which cannot be read: " .. refusal.text or "and no run of it is listed")
    return open(refusal, words or trouble.text, "look at the forge's list of runs, then run the same command again")
  end
  if op.args.nonce and not run.title:find(op.args.nonce, 1, true) then
    doors.warn(("%s does not say relrun_nonce in its run-name: what an interrupted run started could not be told"):format(
      text.line(op.args.workflow)))
  end
  return run
end

local function watch(op, doors, forge, run)
  local waited, pause = 0, PAUSE
  doors.say(("waiting for run %d of %s: %s"):format(run.id, text.line(op.args.workflow), text.line(run.url)))
  while run.status ~= "completed" do
    if waited >= LONGEST then
      return problem.refuse("waiting", ("run %d of %s has not ended in six hours: %s"):format(run.id,
        text.line(op.args.workflow), text.line(run.url)), "run the same command again when it has")
    end
    local ok, trouble = doors.sleep(pause)
    if not ok then return nil, trouble end
    waited, pause = waited + pause, math.min(pause * 2, LONGEST_PAUSE)
    local now
    now, trouble = forge:run(run.id)
    if now == nil then return nil, trouble end
    if not now then
      return problem.refuse("error", ("run %d of %s is gone: %s"):format(run.id, text.line(op.args.workflow),
        text.line(run.url)), "find out who deleted it")
    end
    run = now
  end
  return run
end

-- A branch or a tag, by its short name.
local function ref_name(value)
  return shape.name(value) or shape.branch("refs/heads/" .. value)
end

dispatch.ops.dispatch = {
  can = "dispatch",
  late = function (doors)
    local forge = doors.forge()
    return not forge or not forge:can "immediate_runs".can
  end,
  shape = { workflow = shape.name, ref = ref_name, inputs = shape.any, watch = shape.flag,
    oid = shape.maybe(shape.oid), since = shape.maybe(shape.count), nonce = shape.maybe(shape.line), optional = shape.maybe(shape.flag) },
  wrong = function (args)
    if type(args.inputs) ~= "table" then return "inputs", "a table is missing" end
    for key, value in pairs(args.inputs) do
      if type(key) ~= "string" or type(value) ~= "string" then return "inputs", "a name or a text is missing" end
    end
    if args.nonce and not args.nonce:find "^%x+$" then return "nonce", "it is no nonce" end
  end,
  describe = function (op)
    local lines = { ("start workflow %s at %s%s"):format(text.line(op.args.workflow), text.line(op.args.ref),
      op.args.watch and " and wait for its success" or "") }
    for _, key in ipairs(sorted(op.args.inputs)) do
      lines[#lines + 1] = ("  %s = %s"):format(text.line(key), text.shorten(text.line(op.args.inputs[key]), 80))
    end
    return table.concat(lines, "\n")
  end,
  probe = function (op, doors, results)
    local forge, trouble = doors.forge()
    if not forge then return nil, trouble end
    local run
    run, trouble = find(op, doors, forge, results[op.id])
    if run == nil then return nil, trouble end
    if not run then return "ABSENT" end
    return judge(op, run)
  end,
  perform = function (op, doors, results, begun)
    local forge, trouble = doors.forge()
    if not forge then return nil, trouble end
    local run
    run, trouble = earlier(op, doors, forge, results[op.id], begun)
    if run == nil then return nil, trouble end
    if not run then
      results[op.id] = nil
      run, trouble = start(op, doors, forge, results)
      if not run then return nil, trouble end
    end
    results[op.id] = { run = run.id, url = run.url }
    local state, why = judge(op, run)
    if state == "ABSENT" then
      run, trouble = watch(op, doors, forge, run)
      if not run then return nil, trouble end
      state, why = judge(op, run)
    end
    if state == "DIFFERS" then return problem.refuse("error", why) end
    return { run = run.id, url = run.url }
  end,
}

return dispatch
