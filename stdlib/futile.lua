--- Options that would do nothing for the lane and the half that they are given for. Who gives one believes that something is
-- left out or looked at, so it is refused and not ignored. Pure.

local problem = require "problem"
local rules = require "gates.rules"
local text = require "text"

local futile = {}

local function has_gate(list, word)
  for _, gate in ipairs(list or {}) do
    if gate.word == word then return true end
  end
  return false
end

local function says_nothing(name, lane, why, todo)
  return problem.new("usage", ("--%s does nothing for lane %s: %s"):format(name, text.line(lane.name), why), todo)
end

-- Each one answers with the problem, or with nil where the option has something to do.
local of_option = {}

of_option["pull-request"] = function (lane, half)
  if half == "publish" then return nil end
  return says_nothing("pull-request", lane, lane.step.pull_request and "it names what is published, and this plans what prepare does"
    or "it has no pull_request step", lane.step.pull_request and "say --publish, too" or "leave it out")
end

-- A run whose half an event chooses may be given it always.
function of_option.confirm(lane, half, asked)
  local of_publish = has_gate(lane.approval, "confirmed") and (half == "publish" or not asked)
  if has_gate(lane.gates, "confirmed") or of_publish then return nil end
  return says_nothing("confirm", lane, has_gate(lane.approval, "confirmed") and "its gate confirmed is asked by publish"
    or "it has no gate confirmed", "leave it out")
end

function of_option.unprotected(lane)
  if rules.lock_of(lane) then return nil end
  return says_nothing("unprotected", lane, "it has no lock", "leave it out")
end

-- The gate that the option leaves out is off in this half. A run that an event makes one of publish may be given it always.
local function of_preparing(name)
  return function (lane, half, asked)
    if half ~= "publish" or asked ~= "publish" then return nil end
    return says_nothing(name, lane, "publish releases what was prepared, whatever this clone holds", "leave it out")
  end
end

of_option["allow-dirty"] = of_preparing "allow-dirty"
of_option["skip-base-sync-check"] = of_preparing "skip-base-sync-check"

local ORDER = { "pull-request", "confirm", "unprotected", "allow-dirty", "skip-base-sync-check" }

--- Has every option that was given something to do?
---@param options table<string, any> of the command line
---@param lane table
---@param half "prepare"|"publish"|nil
---@param asked "prepare"|"publish"|nil the half that the command names; nil: the event chose it
---@return true|nil, problem
function futile.check(options, lane, half, asked)
  for _, name in ipairs(ORDER) do
    local trouble = options[name] and of_option[name](lane, half, asked)
    if trouble then return nil, trouble end
  end
  return true
end

return futile
