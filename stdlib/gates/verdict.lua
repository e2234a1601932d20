--- What a gate can answer. Gates make their verdicts here and nowhere else, so that a reader, and the tests of mutation,
-- find every place where one denies.

local verdict = {}

---@class verdict
---@field verdict "pass"|"wait"|"deny"|"skip"|"off"
---@field reason string|nil one line: what, where, why
---@field todo string|nil what a person can do about it
---@field evidence any what it rests on: small data that can be read years later
---@field not_after integer|nil seconds since 1970: until then it holds
---@field facts table[]|nil further facts that the plan rests on

--- What the gate asks for is so.
---@param reason string|nil
---@param evidence any
---@return verdict
function verdict.pass(reason, evidence) return { verdict = "pass", reason = reason, evidence = evidence } end

--- It is not so yet, and will be without a change of the release: the same command may pass later (exit 6).
---@return verdict
function verdict.wait(reason, todo) return { verdict = "wait", reason = reason, todo = todo } end

--- It is not so (exit 5).
---@return verdict
function verdict.deny(reason, todo) return { verdict = "deny", reason = reason, todo = todo } end

--- The event is not for this lane: the run ends quietly (exit 4).
---@return verdict
function verdict.skip(reason) return { verdict = "skip", reason = reason } end

--- The gate was left out, by a flag or because the run cannot bear on what it guards.
---@return verdict
function verdict.off(reason) return { verdict = "off", reason = reason } end

return verdict
