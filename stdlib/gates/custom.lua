--- Custom gates: a function of the spec over facts, all of which are recorded and rested on.

local facts = require "gates.facts"
local problem = require "problem"
local text = require "text"
local verdict = require "gates.verdict"

local custom = {}

local function facts_of(context, declared)
  local now, trouble = context.world:now()
  if not now then return nil, trouble end
  local pull, told, wanted = context.subject and context.subject.pull, {}, {}
  for _, name in ipairs(declared.needs or {}) do wanted[#wanted + 1] = facts.by_name[name] end
  for _, row in ipairs(facts.rows) do
    if not row.needs then table.insert(wanted, 1, row) end
  end
  for _, row in ipairs(wanted) do
    if row.of_pull and not pull then
      return problem.refuse("denied", ("gate \"%s\" needs the pull request, and there is none"):format(
        text.line(declared.name)), "put this gate into the lane's approval")
    end
    told[row.name], trouble = facts.read(row, context, pull, now)
    if trouble then return nil, trouble end
  end
  return told
end

--- Asks a custom gate: its function answers true, or false or "wait" and a reason.
function custom.custom(context, gate)
  local declared = context.model.gates[gate.name]
  if declared.needs and not context.remote_refs then return verdict.off "--offline" end
  local told, trouble = facts_of(context, declared)
  if not told then return nil, trouble end
  local answer, reason = context.call(declared.check, told)
  if answer == nil and problem.is(reason) then return nil, reason end
  local words = type(reason) == "string" and text.line(reason) or nil
  if answer == true then return verdict.pass(words) end
  if answer == "wait" then return verdict.wait(words or "it waits", "run the same command again later") end
  if answer == false then
    return verdict.deny(words or "it says no", ("see gate \"%s\" in the spec"):format(text.line(gate.name)))
  end
  return problem.refuse("spec",
    ("%s:%s: gate \"%s\" answered %s; it answers true, false or \"wait\", and a reason"):format(
    context.model.source, tostring(declared.line), text.line(gate.name), type(answer)))
end

return custom
