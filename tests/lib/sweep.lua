--- The kill sweep (P7): kill a command at every writing system call, run it again, and compare with a run left
--- alone.
--
--     local report = sweep.run {
--       stage = stage,                                     -- a scene; its place is restored before every try
--       command = { "relrun", "release.lua", "--push" },   -- run in the clone
--       tries = 40,                                        -- spread over all points; nil: every point
--     }
--     test.equal(report.problems, {})
--
-- Most writes are words between processes, after which the disk, the remote and the forge are what they were before. With
-- `state` the next run is tried once for every state that a kill has left, not for every kill. What is killed then has a
-- clock that stands still and dice that fall the same way in every run (tools/still.c); the next run has those of the machine.

local clock = require "host.clock"
local monorepo = require "monorepo"
local snapshot = require "snapshot"

local sweep = {}

local BEGAN = clock.now()

--- What the outcome of a release is: the refs of the remote, and branches and tags of the clone.
---@param stage table
---@return string
function sweep.outcome(stage)
  local clone = stage.work:run("for-each-ref", "--format=%(refname) %(objectname)", "refs/heads", "refs/tags")
  return "remote\n" .. stage.remote:state() .. "clone\n" .. clone .. "\n"
end

local function set_of(list)
  local set = {}
  for _, item in ipairs(list) do set[item] = true end
  return set
end

-- Lock files that the killed processes have left; git refuses to go on when one of them is in its way.
local function locks(stage)
  local found = stage.place:must({ "find", "work/.git", "remote.git", "-name", "*.lock" })
  local list = {}
  for path in found:gmatch "[^\n]+" do list[#list + 1] = path end
  table.sort(list)
  return list
end

local Sweep = {}
Sweep.__index = Sweep

-- The environment, changed when time is to stand still; a run that is killed at another's remains has a later time.
function Sweep:environment(still)
  local env = {}
  for name, value in pairs(self.options.env or {}) do env[name] = value end
  if still and self.options.state then
    env.LD_PRELOAD, env.STILL_TIME = self.options.stage.place.tools .. "/still.so", tostring(BEGAN + still)
  end
  return env
end

function Sweep:run(words, changes, still)
  local options = self.options
  local command = changes and changes.command or options.command
  local argv = table.move(command, 1, #command, #words + 1, words)
  return options.stage.place:run(argv,
    { cwd = changes and changes.cwd or options.cwd or "work", env = self:environment(still), timeout_ms = 120000 })
end

-- The runner crashes, the server of its remote does not: with file:// both are processes of one tree. A killed
-- receive-pack would leave locks in the remote that no client can remove.
function Sweep:swept(words, changes, still)
  table.insert(words, 1, self.tool)
  if not self.options.servers_too then
    table.move({ "-x", "receive-pack", "-x", "upload-pack" }, 1, 4, #words + 1, words)
  end
  words[#words + 1] = "--"
  return self:run(words, changes, still)
end

function Sweep:killed_at(point, changes, still)
  local words = { "-n", tostring(point) }
  if self.options.after then words[3] = "-a" end
  return self:swept(words, changes, still)
end

-- Did a kill before this one leave the very same?
function Sweep:is_known()
  if not self.options.state then return false end
  local state = self.options.state(self.options.stage)
  if self.seen[state] then return true end
  self.seen[state] = true
  return false
end

-- Where and how the next run goes on.
function Sweep:next_run()
  local again = self.options.again
  if type(again) == "function" then return again(self.options.stage) end
  return again
end

-- One try: nil when all is as it should be, else what is not.
function Sweep:try(point)
  local options, stage = self.options, self.options.stage
  self.before:restore()
  if self:killed_at(point, nil, 0).code ~= 137 then return nil, "past the end" end
  self.report.killed = self.report.killed + 1
  for i = 2, options.depth or 1 do self:killed_at(point, self:next_run(), i) end
  if self:is_known() then return nil end
  self.report.states = self.report.states + 1
  local left = locks(stage)
  for _, path in ipairs(left) do self.report.locks[path] = (self.report.locks[path] or 0) + 1 end
  local again = self:run({}, self:next_run())
  local problem
  if not self.fine[again.code] then
    problem = ("the next run ended with %d\n%s%s"):format(again.code, again.stdout, again.stderr)
  elseif (options.outcome or sweep.outcome)(stage) ~= self.report.outcome then
    problem = "another outcome than without the kill:\n" .. (options.outcome or sweep.outcome)(stage)
  elseif options.check then
    problem = options.check(stage, again)
  end
  if problem and #left > 0 then problem = problem .. "\nlocks left by the kill: " .. table.concat(left, " ") end
  return problem
end

-- The undisturbed run: its outcome, and a line per point.
function Sweep:measure()
  local place = self.options.stage.place
  local log = place:path "server-sweep-points" -- a name that a snapshot leaves alone
  self.before:restore()
  local whole = self:swept({ "-l", log }, nil, 0)
  if whole.code ~= 0 then
    error(("the command fails without a kill: %d\n%s%s"):format(whole.code, whole.stdout, whole.stderr), 0)
  end
  self.report.outcome = (self.options.outcome or sweep.outcome)(self.options.stage)
  for line in place:read(log):gmatch "[^\n]+" do table.insert(self.report.points, line) end
end

--- Sweeps. Options: stage, command; optional: cwd, env, tries (how many points, evenly spread; nil: all),
--- offset (the first one, 1), after = true (kill behind the call), servers_too = true (git's receive-pack and
--- upload-pack die too), depth = 2 (kill the next run at the same point too), fine (exit codes of the run after
--- the kill, {0, 4}), again = { cwd =, command = } or a function that gives it (where and how the run after the kill
--- goes on, when another machine takes over), before = { restore = method } (in the place of a snapshot),
--- outcome(stage) -> text, check(stage, result) -> problem | nil, state(stage) -> text (all that the next run finds; what it
--- finds a second time is not tried again), seen (the states of earlier sweeps whose next run is the same: a table to share).
---@param options table
---@return table report  { points = {one line each}, tried =, killed = (some kills come too late, since the number of points
---   is not always the same), states = (next runs that were tried), outcome =, problems = {text...}, locks = {path = times} }
function sweep.run(options)
  local place = options.stage.place
  local self = setmetatable({
    options = options, before = options.before or snapshot.take(place), tool = place.tools .. "/killsweep",
    fine = set_of(options.fine or { 0, 4 }), seen = options.seen or {},
    report = { points = {}, problems = {}, locks = {}, tried = 0, killed = 0, states = 0 },
  }, Sweep)
  self:measure()
  local points = self.report.points
  local step = options.tries and math.max(1, #points // options.tries) or 1
  for point = options.offset or 1, #points, step do
    local problem = self:try(point)
    self.report.tried = self.report.tried + 1
    if problem then
      table.insert(self.report.problems, ("killed %s point %s\n%s"):format(options.after and "after" or "before",
        points[point], problem))
    end
  end
  return self.report
end

--- Says what a whole sweep (`make sweep`) has done; of a part of one there is nothing to say.
---@param name string
---@param report table
function sweep.tell(name, report)
  if not monorepo.exhaustive() then return end
  print(("swept: %s: %d points, %d kills, %d states tried, %d problems"):format(name, #report.points, report.killed,
    report.states, #report.problems))
end

return sweep
