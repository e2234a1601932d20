--- Judgement: asks the gates of a lane, one after the other, and keeps what each one said and what it rests on. Every
-- question that a gate asked of the forge becomes a fact of the plan, which apply asks again before its first write.

local forge = require "forge"
local gates = require "gates"
local problem = require "problem"
local text = require "text"

local judgement = {}

local KINDS = { deny = "denied", wait = "waiting", skip = "nothing" }

-- Asks of the forge and remembers that this gate did, and which fields of the answer it looked at (nil: all).
local function ask(context, plain, asked, fields, method, ...)
  local value, trouble = plain(method, ...)
  if trouble then return nil, trouble end
  local question = context.list { method, ... }
  value = forge.narrowed(value, fields)
  asked[#asked + 1] = { ask = question, fields = fields and context.list { table.unpack(fields) },
    sha256 = context.digest_of(value) }
  return value
end

-- A gate that asks the forge is left out of an offline run, which can send nothing; and a forge that cannot answer is a
-- problem, not an answer.
local function hindrance(context, row)
  if row.forge and not context.remote_refs then return { verdict = "off", reason = "--offline" } end
  if not row.can then return nil end
  local answer, trouble = context.forge("can", row.can)
  if not answer then return nil, trouble end
  if answer.can then return nil end
  return problem.refuse("error", ("gate %s: %s"):format(row.word, text.line(answer.why)), "leave the gate out of the lane")
end

-- One gate's verdict, and what it asked.
local function judge(context, item)
  local row, asked = gates.row[item.word], {}
  local verdict, trouble = hindrance(context, row)
  if verdict or trouble then return verdict, trouble end
  local plain = context.forge
  context.forge = function (method, ...) return ask(context, plain, asked, nil, method, ...) end
  context.forge_fields = function (fields, method, ...) return ask(context, plain, asked, fields, method, ...) end
  verdict, trouble = gates[item.word](context, item)
  context.forge, context.forge_fields = plain, nil
  return verdict, trouble, asked
end

--- Judges with these gates, in their order; the first that does not pass ends it.
---@param context table what planning shares; `context.subject` is what is judged
---@param list table[] gate records
---@return true|nil, problem
function judgement.of(context, list)
  for _, item in ipairs(list) do
    local verdict, trouble, asked = judge(context, item)
    if not verdict then return nil, trouble end
    local name = item.word == "custom" and item.name or item.word
    context.verdicts[#context.verdicts + 1] = { gate = name, verdict = verdict.verdict, reason = verdict.reason,
      evidence = verdict.evidence }
    local kind = KINDS[verdict.verdict]
    if kind then
      return problem.refuse(kind, ("gate %s: %s"):format(text.line(name), verdict.reason), verdict.todo)
    end
    for _, one in ipairs(asked or {}) do
      context.facts[#context.facts + 1] = { fact = "forge", gate = name, ask = one.ask, fields = one.fields,
        sha256 = one.sha256 }
    end
    for _, fact in ipairs(verdict.facts or {}) do context.facts[#context.facts + 1] = fact end
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
    if gates.row[trigger.word] then early[#early + 1] = trigger end
  end
  for _, gate in ipairs(lane.gates) do
    local into = gates.row[gate.word].late and late or early
    into[#into + 1] = gate
  end
  return early, late
end

return judgement
