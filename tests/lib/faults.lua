--- Faults (P13, P14): every allocation and every file operation of relrun fails once, and nothing is left
--- half-done.
--
--     local report = faults.run { stage = stage, command = { "relrun", "release.lua", "--push" }, tries = 20 }
--     test.equal(report.problems, {})
--
-- After every fault: the exit code is a documented one and never a signal; a failure says so in a line on
-- stderr; the remote has all of the release or none of it; and the same command, run again without a fault,
-- comes to the usual outcome. The lock is no part of the release: a process without memory ends as if it had been
-- killed, and the next run takes over what it held.
--
-- Most faults come before anything is written. The run that fails has a clock that stands still (tools/still.c), and the next
-- run is tried once for every state that a fault has left, not for every fault.

local clock = require "host.clock"
local monorepo = require "monorepo"
local snapshot = require "snapshot"
local sweep = require "sweep"

local faults = {}

--- What can fail; the fields are those of tests/tools/fault.c.
faults.KINDS = {
  { kind = "malloc" }, { kind = "malloc", persistent = true },
  { kind = "write", error = "ENOSPC", persistent = true }, { kind = "write", error = "EIO" },
  { kind = "write", error = "SHORT" },
  { kind = "sync", error = "EIO" },
  { kind = "rename", error = "ENOSPC" }, { kind = "rename", error = "EIO", persistent = true },
  { kind = "open", error = "ENOSPC" }, { kind = "open", error = "EROFS", persistent = true },
}

-- The exit codes of DESIGN 7. 0, 2 and 4 are no failures and need no message.
local DOCUMENTED = { [0] = true, [1] = true, [2] = true, [3] = true, [4] = true, [5] = true, [6] = true, [7] = true,
  [8] = true, [9] = true, [10] = true }
local QUIET = { [0] = true, [2] = true, [4] = true }
local AGAIN = { [0] = true, [4] = true }

local BEGAN = clock.now()

local function without_locks(refs) return (refs:gsub("refs/relrun/lock/[^\n]*\n", "")) end

-- Named like a server's folder, which a snapshot leaves alone.
local COUNT_FILE = "server-fault-count"

local Faults = {}
Faults.__index = Faults

function Faults:run(fault, at)
  local options = self.options
  local env = {}
  for name, value in pairs(options.env or {}) do env[name] = value end
  if fault then
    local tools = options.stage.place.tools
    env.LD_PRELOAD, env.STILL_TIME = tools .. "/fault.so:" .. tools .. "/still.so", tostring(BEGAN)
    env.FAULT_KIND, env.FAULT_ERROR, env.FAULT_AT = fault.kind, fault.error, tostring(at)
    env.FAULT_PERSISTENT, env.FAULT_PROGRAM = fault.persistent and "1", options.program
    env.FAULT_COUNT_FILE = options.stage.place:path(COUNT_FILE)
  end
  return options.stage.place:run(options.command, { cwd = options.cwd or "work", env = env, timeout_ms = 120000 })
end

-- How many calls were counted, and whether the fault was met.
function Faults:count()
  local number, hit = (self.options.stage.place:read(COUNT_FILE) or ""):match "^(%d+)( ?h?i?t?)"
  return tonumber(number), hit == " hit"
end

function Faults:problem_of(fault, result)
  local options, stage = self.options, self.options.stage
  local said = ("exit %d, signal %d\n%s%s"):format(result.code, result.signal or 0, result.stdout, result.stderr)
  if result.timed_out then return "no end in sight\n" .. said end
  if (result.signal or 0) ~= 0 or not DOCUMENTED[result.code] then
    return "the end is not a documented exit code: " .. said
  end
  if not QUIET[result.code] then
    if not result.stderr:find "%S" then return "a failure without a message: " .. said end
    if result.stderr:find("stack traceback", 1, true) then return "a failure with a traceback: " .. said end
  end
  local remote = stage.remote:state()
  if without_locks(remote) ~= self.remote_before and remote ~= self.remote_after then
    return "the remote has part of a release:\n" .. remote .. said
  end
  if QUIET[result.code] and result.code ~= 2 and remote ~= self.remote_after then
    return "success is claimed, and the remote lacks the release: " .. said
  end
  local problem = options.check and options.check(stage, result, fault)
  if problem then return problem end
  local state = snapshot.digest(stage.place)
  self.is_untouched = state == self.untouched
  if self.seen[state] then return end
  self.seen[state] = true
  self.report.states, self.is_untouched = self.report.states + 1, false
  local again = self:run()
  if not AGAIN[again.code] then
    return ("the next run ended with %d\n%s%s\nafter %s"):format(again.code, again.stdout, again.stderr, said)
  end
  local outcome = (options.outcome or sweep.outcome)(stage)
  if outcome ~= self.outcome then return "the next run came to another outcome:\n" .. outcome .. "after " .. said end
end

-- All tries of one kind of fault.
function Faults:sweep(fault)
  local report = self.report
  local name = ("%s %s%s"):format(fault.kind, fault.error or "", fault.persistent and " from there on" or "")
  self.before:restore()
  self:run(fault, 0)
  local calls = self:count()
  if not calls then
    error(("no count of %s calls: was the program '%s' run?"):format(fault.kind, self.options.program or "relrun"), 0)
  end
  report.calls[fault.kind] = calls
  local step = self.options.tries and math.max(1, calls // self.options.tries) or 1
  for at = self.options.offset or 1, calls, step do
    if not self.is_untouched then self.before:restore() end
    self.is_untouched = false
    self.options.stage.place:write(COUNT_FILE, "")
    local result = self:run(fault, at)
    report.tried = report.tried + 1
    -- A process that was ended by a signal has written no count; that is judged, not skipped.
    local known, hit = self:count()
    if hit or not known then
      local problem = self:problem_of(fault, result)
      if problem then table.insert(report.problems, ("call %d of %d, %s: %s"):format(at, calls, name, problem)) end
    end
  end
end

--- Runs the faults. Options: stage, command; optional: kinds (faults.KINDS), cwd, env, tries (per kind, evenly
--- spread; nil: every call), offset, program (the name that faults apply to, relrun), outcome(stage) -> text,
--- and check(stage, result, fault) -> problem | nil, called before the second run: the place to ask whether the
--- journal lies.
---@param options table
---@return table report  { problems = {text...}, calls = {kind = number}, tried =, states = (next runs that were tried) }
function faults.run(options)
  local self = setmetatable({ options = options, before = snapshot.take(options.stage.place),
    untouched = snapshot.digest(options.stage.place), seen = {},
    report = { problems = {}, calls = {}, tried = 0, states = 0 } }, Faults)
  self.remote_before = options.stage.remote:state()
  local whole = self:run()
  if whole.code ~= 0 then
    error(("the command fails without a fault: %d\n%s%s"):format(whole.code, whole.stdout, whole.stderr), 0)
  end
  self.remote_after = options.stage.remote:state()
  self.outcome = (options.outcome or sweep.outcome)(options.stage)
  for _, fault in ipairs(options.kinds or faults.KINDS) do self:sweep(fault) end
  return self.report
end

--- Says what a whole run over every call (`make sweep`) has done.
---@param name string
---@param report table
function faults.tell(name, report)
  if not monorepo.exhaustive() then return end
  local calls = {}
  for kind, count in pairs(report.calls) do calls[#calls + 1] = ("%d %s"):format(count, kind) end
  table.sort(calls)
  print(("faults: %s: %d tries (calls: %s), %d states tried, %d problems"):format(name, report.tried,
    table.concat(calls, ", "), report.states, #report.problems))
end

return faults
