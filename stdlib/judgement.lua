--- Judgement: asks the gates of a lane, one after the other, and keeps what each one said and what it rests on. Every
-- question that a gate asked of the forge becomes a fact of the plan, which apply asks again before its first write.

local gates = require "gates"
local problem = require "problem"
local text = require "text"

local judgement = {}

local KINDS = { deny = "denied", wait = "waiting", skip = "nothing" }

-- Asks of the forge and remembers that this gate did.
local function ask(context, plain, asked, method, ...)
  local value, trouble = plain(method, ...)
  if trouble then return nil, trouble end
  local question = context.list { method, ... }
  asked[#asked + 1] = { ask = question, sha256 = context.digest_of(value) }
  return value
end

--- Judges with these gates, in their order; the first that does not pass ends it.
---@param context table what planning shares; `context.subject` is what is judged
---@param list table[] gate records
---@return true|nil, problem
function judgement.of(context, list)
  for _, item in ipairs(list) do
    local asked = {}
    local plain = context.forge
    context.forge = function (method, ...) return ask(context, plain, asked, method, ...) end
    local verdict, trouble = gates[item.word](context, item)
    context.forge = plain
    if not verdict then return nil, trouble end
    local name = item.word == "custom" and item.name or item.word
    context.verdicts[#context.verdicts + 1] = { gate = name, verdict = verdict.verdict, reason = verdict.reason,
      evidence = verdict.evidence }
    local kind = KINDS[verdict.verdict]
    if kind then
      return problem.refuse(kind, ("gate %s: %s"):format(text.line(name), verdict.reason), verdict.todo)
    end
    for _, one in ipairs(asked) do
      context.facts[#context.facts + 1] = { fact = "forge", gate = name, ask = one.ask, sha256 = one.sha256 }
    end
    if verdict.not_after then
      context.facts[#context.facts + 1] = { fact = "time", gate = name, not_after = verdict.not_after }
    end
  end
  return true
end

--- The gates of a lane that are judged before anything is decided, and those that see the decisions.
---@return table[] early, table[] late
function judgement.split(lane)
  local early, late = {}, {}
  for _, trigger in ipairs(lane.when or {}) do
    if trigger.word == "completed" then early[#early + 1] = trigger end
  end
  for _, gate in ipairs(lane.gates) do
    local into = gates.is_late(gate.word) and late or early
    into[#into + 1] = gate
  end
  return early, late
end

return judgement
