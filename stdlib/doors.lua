--- The doors through which a plan is applied: every effect that apply and the steps may have, on the repository that
-- relrun stands in and on its forge. Here they are made of the primitives; apply itself knows none.

local clock = require "host.clock"
local digest = require "host.digest"
local env = require "host.env"
local file = require "host.file"
local json = require "host.json"
local repo = require "host.repo"
local git = require "git"
local problem = require "problem"
local ref_move = require "ref_move"
local text = require "text"

local doors = {}

-- The page of this CI run, for whoever wants to know more; false elsewhere.
local function run_link()
  local server, repository, run = env.get "GITHUB_SERVER_URL", env.get "GITHUB_REPOSITORY", env.get "GITHUB_RUN_ID"
  if server and repository and run then return ("%s/%s/actions/runs/%s"):format(server, repository, run) end
  return env.get "CI_PIPELINE_URL" or env.get "CI_JOB_URL" or false
end

-- Waits, as polite askers do; an interrupt ends the wait.
local function sleep(ms)
  local ok, words_of_refusal = clock.sleep(ms)
  if ok then return true end
  return problem.refuse("interrupted", words_of_refusal)
end

-- The forge of a plan, opened when an operation first asks for it.
local function forge_door(executable, wanted, say, forges)
  local opened
  return function ()
    if not opened then
      local settings, trouble = executable:config()
      if not settings then return nil, trouble end
      opened, trouble = require "forge.connect"(wanted.forge, wanted.remote,
        settings["remote." .. wanted.remote .. ".url"], { say = say, forges = forges })
      if not opened then return nil, trouble end
    end
    return opened
  end
end

-- The same doors, behind which the forge is asked nothing twice: for a look at what is there, without a write between.
local function still(effects)
  local known, frozen = {}, nil
  local function remembered(forge, method)
    return function (_, ...)
      local key = json.encode(json.array { method, ... })
      known[key] = known[key] or table.pack(forge[method](forge, ...))
      return table.unpack(known[key], 1, known[key].n)
    end
  end
  return setmetatable({ whole = effects, forge = function ()
    local forge, trouble = effects.forge()
    if not forge then return nil, trouble end
    frozen = frozen or setmetatable({}, { __index = function (_, name)
      return effects.may_ask(name) and remembered(forge, name) or forge[name]
    end })
    return frozen
  end }, { __index = effects })
end

--- The effects that apply needs.
---@param saved { value: table, id: string } the plan
---@param out { warn: fun(line: string), say: fun(line: string), progress: fun(line: string|nil): boolean }
---@param forges table|nil opened ones, to be shared (see forge/connect.lua)
---@return table|nil doors, problem
function doors.open(saved, out, forges)
  local executable, trouble = git.open "."
  if not executable then return nil, trouble end
  local objects, words_of_refusal = repo.open(executable.dir)
  if not objects then return problem.refuse("error", words_of_refusal) end
  local settings
  settings, trouble = executable:config()
  if not settings then return nil, trouble end
  if settings["user.name"] and settings["user.email"] then
    local ok
    ok, words_of_refusal = objects:identify(settings["user.name"], settings["user.email"])
    if not ok then return problem.refuse("error", words_of_refusal) end
  end
  local self = { git = executable, repo = objects, plan_id = saved.id, warn = out.warn, say = out.say,
    encode = json.encode, now = clock.now, sha256 = digest.sha256, link = run_link, file = file,
    sleep = sleep, progress = out.progress,
    digest_of = function (value) return digest.sha256(json.encode(value)) end,
    forge = forge_door(executable, saved.value, out.say, forges), may_ask = require("forge").is_read }
  local seen = {}
  function self.decode(bytes) return (json.decode((bytes:gsub("\n$", "")))) end
  function self.holder()
    local run = env.get "GITHUB_RUN_ID" or env.get "CI_PIPELINE_ID"
    return text.line(run and "run " .. run or ("%s on %s"):format(env.user() or "somebody", env.host() or "some machine"))
  end
  function self.local_ref(name) return (objects:ref(name)) end
  local place = { objects = objects, common = executable.common, file = file, clock = clock }
  -- `resuming` is the journal's word that an earlier run stopped at this ref; this clone's own lock says that nobody else
  -- is there.
  function self.set_ref(name, new, old, note, resuming)
    local moved, refusal = ref_move.set(place, name, new, old, note, resuming)
    if not moved then return nil, refusal end
    return true
  end
  function self.remote_refs(remote)
    if not seen[remote] then
      local refs, refusal = executable:remote_refs(remote)
      if not refs then return nil, refusal end
      seen[remote] = refs
    end
    return seen[remote]
  end
  function self.forget() seen = {} end
  function self.still() return still(self) end
  function self.push(remote, updates, options) return executable:push(remote, updates, options) end
  return self
end

return doors
