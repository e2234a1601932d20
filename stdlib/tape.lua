--- The tape: every question that planning asked of the world, with its answer, in order. A plan is a function of the
-- spec, the flags and the tape; replaying the tape gives the same plan anywhere, offline.

local problem = require "problem"

local tape = {}

---@class tape
---@field entries table[] { question =, answer = } in the order of asking
local methods = {}
methods.__index = methods

--- A tape that records, or, with `entries` of an earlier one, a tape that answers from them and records nothing new.
---@param encode fun(value: any): string canonical JSON, to tell questions apart
---@param entries table[]|nil
---@return tape
function tape.new(encode, entries)
  local self = setmetatable({ encode = encode, entries = entries or {}, answers = {}, replayed = entries ~= nil },
    methods)
  for _, entry in ipairs(self.entries) do self.answers[encode(entry.question)] = entry.answer end
  return self
end

--- Answers a question: from the tape, or through `ask`, whose results (value or nil, problem) are recorded.
---@param question table data: { door name, arguments ... }
---@param ask fun(): any, problem|nil
---@return any|nil, problem
function methods:answer(question, ask)
  local key = self.encode(question)
  local known = self.answers[key]
  if known == nil then
    if self.replayed then
      return problem.refuse("stale", ("the tape has no answer to %s"):format(key),
        "record it again with this spec and these flags")
    end
    local value, refusal = ask()
    if refusal then
      known = { refused = { kind = refusal.kind, text = refusal.text, todo = refusal.todo } }
    else
      known = { value = value }
    end
    self.answers[key] = known
    self.entries[#self.entries + 1] = { question = question, answer = known }
  end
  if known.refused then return problem.refuse(known.refused.kind, known.refused.text, known.refused.todo) end
  return known.value
end

return tape
