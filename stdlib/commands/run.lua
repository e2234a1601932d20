--- relrun SPEC [LANE]: the main job. Plans, shows and applies; with --push to the remote, else in this clone only.

local file = require "host.file"
local json = require "host.json"
local apply = require "apply"
local doors = require "doors"
local journal = require "journal"
local problem = require "problem"
local report = require "report"
local session = require "session"

local run = {}

--- Applies a plan with its journal and prints what is settled.
---@param saved { value: table, bytes: string, id: string } it gets `results`, and `sent`: did this very run do a part of it
--- on the remote or on the forge?
---@param forges table|nil opened ones, to be shared (see forge/connect.lua)
---@return "done"|nil kind, problem
function run.apply(saved, out, forges)
  out.plan = saved
  local effects, trouble = doors.open(saved, out, forges)
  if not effects then return nil, trouble end
  local ok, message = file.mkdir(effects.git.common .. "/relrun")
  if not ok then return problem.refuse("error", message) end
  local mine, kind
  mine, message, kind = file.lock(effects.git.common .. "/relrun/lock")
  if not mine then
    if kind == "conflict" then return problem.refuse("locked", "another relrun is at work in this clone",
      "wait for it") end
    return problem.refuse("error", message)
  end
  local outcome, results
  outcome, trouble, results = apply.run(saved.value, effects, function ()
    local place, refusal = session.keep(effects, saved)
    if not place then return nil, refusal end
    return journal.open(place, saved.id, session.codec)
  end, function (op, state)
    if state == "done" and apply.is_sent(op) then saved.sent = true end
    out.line(report.progress(op, state, out.style))
  end)
  if outcome or trouble.kind == "stale" or trouble.kind == "nothing" or trouble.final then session.forget(effects, saved) end
  mine:release()
  if not outcome then return nil, trouble end
  if outcome == "nothing" then
    return problem.refuse("nothing", ("plan %s is done already; nothing was written"):format(saved.id:sub(1, 12)))
  end
  saved.results = results
  return "done"
end

--- What machines are told of a plan that was applied.
function run.summary(saved)
  local packages = {}
  for i, package in ipairs(saved.value.packages) do
    packages[i] = { name = package.name, version = package.version, previous = package.previous, tag = package.tag }
  end
  return { plan = saved.id, lane = saved.value.lane, branch = saved.value.branch, commit = saved.value.tip,
    pushed = saved.value.push, packages = packages }
end

-- Are these operations done already, all of them? Asked of the destination; it is no part of a plan.
local function is_done(opened, ops, known, out, forges)
  local effects, trouble = doors.open({ value = { remote = opened.model.release.remote,
    forge = opened.context.forge_record }, id = "" }, out, forges)
  if not effects then return nil, trouble end
  return apply.is_done(ops, effects, known)
end

--- The command, or one half of it.
---@param half "prepare"|"publish"|nil
function run.command(request, out, half)
  request.half = half
  local opened, trouble = session.open(request, out)
  if not opened then return nil, trouble end
  local saved = opened:unfinished()
  if saved then
    out.say(("going on with plan %s, which an earlier run did not finish"):format(saved.id:sub(1, 12)))
    local kind
    kind, trouble = run.apply(saved, out, request.forges)
    if kind or trouble.kind ~= "stale" then return kind, trouble end
    out.say(("that plan is stale (%s): planning again"):format(trouble.text))
  end
  opened.context.is_done = function (ops, known) return is_done(opened, ops, known, out, request.forges) end
  saved, trouble = opened:plan()
  for _, line in ipairs(opened.context.warnings) do out.warn(line) end
  opened.loaded.process:close()
  if not saved then return nil, trouble end
  if request.options.json then out.quiet = true end
  for _, line in ipairs(report.plan(saved.value, saved.id, out.style)) do out.line(line) end
  out.line ""
  local kind
  kind, trouble = run.apply(saved, out, request.forges)
  if not kind then return nil, trouble end
  if request.options.json then out.json(json.encode(run.summary(saved))) end
  if not saved.value.push and opened.lane.step.push then
    out.line(out.style.dim("everything is in this clone only; --push sends it to " .. saved.value.remote))
  end
  return kind
end

return setmetatable(run, { __call = function (self, request, out) return self.command(request, out) end })
