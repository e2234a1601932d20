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

-- An object's id stands for its bytes: what git hashed already is not hashed again.
local function outline(answer)
  local value = answer.value
  if type(value) ~= "table" then return answer end
  if value.commits then
    local commits = {}
    for i, commit in ipairs(value.commits) do commits[i] = { commit.oid, commit.ranges } end
    return { commits = commits, contained = value.contained, shallow = value.shallow }
  end
  if value.bytes and value.oid then return { mode = value.mode, oid = value.oid } end
  return answer
end

--- The digest of everything that was asked and answered.
---@param sha256 fun(bytes: string): string
---@return string
function methods:digest(sha256)
  local outlines = {}
  for i, entry in ipairs(self.entries) do outlines[i] = { entry.question, outline(entry.answer) } end
  return sha256(self.encode(outlines))
end

return tape
