--- What stops a command: one line that says what, where and what to do, and the exit code that it ends in.
-- The kinds are the rows of the exit code contract; nothing else in relrun knows a number.

local problem = {}

--- The contract: kind, exit code, meaning. The reference and the tests are made from these rows.
problem.codes = {
  { kind = "done", code = 0, doc = "done: everything asked for is so" },
  { kind = "error", code = 1, doc = "an error: the world refused (file, network, permission) and says why" },
  { kind = "changes", code = 2, doc = "changes are planned (`plan --detailed-exitcode` only)" },
  { kind = "stale", code = 3, doc = "stale: the world moved since the plan was made; nothing was written" },
  { kind = "nothing", code = 4, doc = "nothing to do: no unreleased change, or all of it is done already" },
  { kind = "denied", code = 5, doc = "a gate denied, the forge refused by its own rules, or `check` found errors in the workflows" },
  { kind = "waiting", code = 6, doc = "a gate waits for somebody or something" },
  { kind = "locked", code = 7, doc = "locked, or another run won the race" },
  { kind = "unknown", code = 8, doc = "the outcome of a write is unknown; run the same command again" },
  { kind = "usage", code = 9, doc = "the command line is wrong" },
  { kind = "spec", code = 10, doc = "the spec is wrong" },
  { kind = "interrupted", code = 130, doc = "interrupted" },
}

local by_kind = {}
for _, row in ipairs(problem.codes) do by_kind[row.kind] = row.code end

---@class problem
---@field kind string one of problem.codes
---@field text string what happened, where and why, in one line
---@field todo string|nil what to do about it, in one line
---@field open boolean|nil it stands in for a write that may have happened, whatever its kind
---@field more string[]|nil further lines of the same sort (a spec with several mistakes)
---@field shared string|nil set where whatever else is sent to the same place now would meet it too: what it is about, in a word
---@field final boolean|nil no run of the same plan can do anything about it
---@field cause problem|nil what it came of, where that is a problem of its own

local methods = {}
methods.__index = methods
methods.__tostring = function (self)
  if not self.todo then return self.text end
  -- Behind a question the remedy stands in brackets, for "?;" ends no sentence.
  if self.text:sub(-1) == "?" then return ("%s (%s)"):format(self.text, self.todo) end
  return self.text .. "; " .. self.todo
end

--- A new problem. Raises for a kind that is not in the contract.
---@param kind string
---@param text string
---@param todo string|nil
---@return problem
function problem.new(kind, text, todo)
  if not by_kind[kind] then error(("no exit code for the kind '%s'"):format(tostring(kind)), 2) end
  return setmetatable({ kind = kind, text = text, todo = todo }, methods)
end

--- `nil, problem`: the last line of a function that the world refused.
---@return nil, problem
function problem.refuse(kind, text, todo)
  return nil, problem.new(kind, text, todo)
end

--- Is this value a problem?
---@return boolean
function problem.is(value)
  return getmetatable(value) == methods
end

--- The problem that whatever else is sent now would meet as well, among what a function returned; nil where there is none.
---@param result any what it gave; false and nil are none
---@param trouble any what it said instead
---@return problem|nil
function problem.shared_by_all(result, trouble)
  if result or not problem.is(trouble) then return nil end
  local origin = trouble.cause or trouble
  return origin.shared and origin or nil
end

--- The exit code of a kind.
---@param kind string
---@return integer
function problem.exit_code(kind)
  return by_kind[kind] or error(("no exit code for the kind '%s'"):format(tostring(kind)), 2)
end

return problem
