--- What the record of a gate must say beside its fields' types, and where it may stand. For spec.lua; complaints go to
-- the reader, at the gate's line.

local moment = require "moment"
local text = require "text"

local rules = {}

--- The check that holds a lane's pull request until its release is public; nil where there is none.
---@return string|nil
function rules.lock_of(lane)
  local step = lane.step and lane.step.pull_request
  return step and step.lock or nil
end

--- Do these gates look already whether the forge requires the lock?
---@param gates table[]
---@param lock string
---@return boolean
function rules.is_required(gates, lock)
  for _, gate in ipairs(gates) do
    if gate.word == "required_check" and gate.name == lock then return true end
  end
  return false
end

-- Each rule looks at one word's record and answers what is wrong with it.
local of_word = {}

function of_word.reviews(gate)
  if gate.count == 0 then return "a count of 0 asks for nothing" end
end

function of_word.actor(gate)
  if #(gate.names or {}) + #(gate.teams or {}) + #(gate.roles or {}) == 0 then
    return "it names nobody: actor { \"alice\", teams = { ... }, roles = { ... } }"
  end
end

function of_word.labels(gate)
  if #(gate.names or {}) + #(gate.without or {}) == 0 then return "it names no label" end
end

function of_word.available(gate)
  if #(gate.urls or {}) + #(gate.images or {}) == 0 then return "it names neither an address nor an image" end
end

function of_word.no_open_issues(gate)
  if #(gate.labels or {}) == 0 then return "it names no label" end
end

function of_word.checks(gate, lane)
  if #(gate.names or {}) == 0 then return "it names no check" end
  local lock = rules.lock_of(lane)
  for _, name in ipairs(gate.names) do
    if lock and name:lower() == lock:lower() then
      return ("'%s' is the lane's own lock, which is green only when the release is public"):format(text.line(name))
    end
  end
end

local function offset_of(gate)
  local _, wrong = moment.offset(gate.offset)
  return wrong and "offset: " .. text.line(wrong)
end

function of_word.schedule(gate)
  if not gate.hours and #(gate.days or {}) == 0 then return "it says neither days nor hours" end
  if gate.hours then
    local from, wrong = moment.hours(gate.hours)
    if not from then return "hours: " .. text.line(wrong) end
  end
  return offset_of(gate)
end

function of_word.freeze(gate)
  local from, lasts = moment.of(gate.from)
  if not from then return "from: " .. text.line(lasts) end
  local to
  to, lasts = moment.of(gate.to)
  if not to then return "to: " .. text.line(lasts) end
  if to < from then return ("it ends (%s) before it begins (%s)"):format(gate.to, gate.from) end
  return offset_of(gate)
end

-- Does the gate look at a pull request? Only `approval` is judged when there is one.
local function looks_at_pull(gate, declared)
  if gate.word == "reviews" or gate.word == "labels" then return true end
  for _, name in ipairs(gate.word == "custom" and declared and declared.needs or {}) do
    if name == "pull" or name == "reviews" then return true end
  end
  return false
end

--- Complains of a gate whose record contradicts itself, or that cannot be judged where it stands.
---@param lane table
---@param gate table its record, defaults filled in
---@param declared table|nil of a custom gate, its declaration
---@param in_approval boolean
---@param reader schema.reader
function rules.check(lane, gate, declared, in_approval, reader)
  local name = gate.word == "custom" and ("gate \"%s\""):format(text.line(gate.name)) or "gate " .. gate.word
  local rule = of_word[gate.word]
  local wrong = rule and rule(gate, lane)
  if wrong then reader:complain(gate, "lane \"%s\": %s: %s", lane.name, name, wrong) end
  if not in_approval and looks_at_pull(gate, declared) then
    reader:complain(gate, "lane \"%s\": %s looks at the pull request, so it stands in the lane's approval", lane.name, name)
  end
end

return rules
