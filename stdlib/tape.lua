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

local function same(a, b)
  if a == b then return true end
  if #a ~= #b then return false end
  for i, value in ipairs(a) do
    if value ~= b[i] then return false end
  end
  return true
end

-- Commits by their ids, those that follow each other in the same ranges as one text: of thousands nearly all do.
local function ids(commits)
  local runs, run = {}, nil
  for _, commit in ipairs(commits) do
    if not run or not same(commit.ranges, run.ranges) then
      run = { ranges = commit.ranges }
      runs[#runs + 1] = run
    end
    run[#run + 1] = commit.oid
  end
  for i, one in ipairs(runs) do runs[i] = { one.ranges, table.concat(one, " ") } end
  return runs
end

-- An object's id stands for its bytes: what git hashed already is not hashed again.
local function outline(answer)
  local value = answer.value
  if type(value) ~= "table" then return answer end
  if value.commits and value.contained then -- see world:unreleased
    return { commits = ids(value.commits), contained = value.contained, shallow = value.shallow }
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
