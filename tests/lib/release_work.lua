--- A release on a made-up forge, for tests of the steps that speak with one: a builder over made-up facts, which compiles
-- steps to operations, and doors over which they are applied.

local apply = require "apply"
local builder = require "builder"
local digest = require "host.digest"
local journal_file = require "journal"
local json = require "host.json"
local problem = require "problem"
local versions = require "versions"

local release_work = { TIP = ("a"):rep(40), TAG = ("b"):rep(40) }

local SCHEME = versions.scheme "semver"

--- A decision to release a version of a package.
function release_work.decision(name, version)
  return { package = { name = name, path = name, scheme = { scheme = SCHEME } }, version = assert(SCHEME.parse(version)),
    tag = name .. "-v" .. version, tag_object = release_work.TAG, commits = {}, raised = {} }
end

-- Files of a build: { [path] = bytes }.
local function world_of(files)
  local world = {}
  function world.work_files(_, pattern)
    local found, fits = {}, "^" .. pattern:gsub("[^%w*]", "%%%0"):gsub("%*", "[^/]*") .. "$"
    for path in pairs(files) do if path:find(fits) then found[#found + 1] = path end end
    table.sort(found)
    if #found == 0 then return problem.refuse("error", ("'%s' names no file of the work tree"):format(pattern)) end
    return found
  end
  function world.file_digest(_, path) return { size = #files[path], sha256 = digest.sha256(files[path]) } end
  return world
end

--- The operations that steps compile to, numbered from 1.
---@param steps table[] records: { word =, ... }
---@param given { files: table, forge: table, released: table[]|nil, pull: table|nil, repository: string|nil, time: integer|nil }
---@return table[]|nil ops, problem
---@return table builder
function release_work.ops(steps, given)
  local self = builder.new {
    model = { source = "release.lua", release = { name = "demo", remote = "origin" } }, lane = { name = "final", step = {} },
    world = world_of(given.files or {}), flags = { push = true }, tip = release_work.TIP, branch = "main", date = "2026-01-01",
    time = given.time or 0, released = given.released or { release_work.decision("a", "1.0.0") }, list = json.array, sha256 = digest.sha256,
    repository = given.repository, pull = given.pull, remote_refs = {},
    call = function (callback, places) return callback.answer(places) end,
    forge = function (method, ...) return given.forge[method](given.forge, ...) end,
  }
  for i, step in ipairs(steps) do
    step.line = i
    local ok, trouble = self.steps[step.word].plan(self, step)
    if not ok then return nil, trouble, self end
  end
  return self.ops, nil, self
end

--- A function of a spec that answers a text.
function release_work.told(words) return { line = 1, answer = function () return words end } end

--- Doors to a forge; `refs` is what the remote holds. Waiting takes no time; `naps` says how long it was asked for.
---@return table doors
function release_work.doors(forge, files, refs)
  local doors = { naps = {}, warned = {}, said = {}, git = { root = "/work" }, sha256 = digest.sha256 }
  function doors.forge() return forge end
  function doors.forget() end
  function doors.remote_refs() return refs or { ["refs/tags/a-v1.0.0"] = release_work.TAG } end
  function doors.warn(line) doors.warned[#doors.warned + 1] = line end
  function doors.say(line) doors.said[#doors.said + 1] = line end
  function doors.link() return false end
  function doors.now() return forge.moment or 0 end
  function doors.sleep(ms)
    doors.naps[#doors.naps + 1] = ms
    forge.on_call "sleep"
    return true
  end
  doors.file = {
    copy = function (path)
      local bytes = files[path:sub(#"/work/" + 1)]
      if not bytes then return nil, path .. ": no such file", "not_found" end
      return { size = #bytes, sha256 = digest.sha256(bytes) }
    end,
    temporary_directory = function () return "/tmp/x" end, remove = function () return true end,
  }
  return doors
end

-- A journal that tells nothing of earlier runs, but for the operations that one of them was stopped at.
local function journal(interrupted)
  return function ()
    return { add = function () return true end, interrupted = function (_, id) return interrupted and interrupted[id] or false end,
      knows = function () return false end }
  end
end

--- A journal that lasts from one run to the next: opens what was kept of the runs before.
---@return fun(): journal
function release_work.lasting_journal()
  local kept = ""
  local codec = { decode = json.decode, encode = json.encode, sha256 = digest.sha256, now = function () return 0 end,
    read = function () return kept end, write = function (_, bytes) kept = bytes return true end,
    append = function (_, line) kept = kept .. line return true end }
  return function () return journal_file.open("journal", "p", codec) end
end

--- Applies operations once.
---@param interrupted table<integer, true>|(fun(): journal)|nil where an earlier run of this clone was stopped, or what
---  opens its journal
---@return "done"|"nothing"|nil outcome, problem
---@return table said { "1 done", ... }
function release_work.apply(ops, doors, interrupted)
  local said = {}
  local outcome, trouble = apply.run({ facts = {}, ops = ops, tool = "t" }, doors,
    type(interrupted) == "function" and interrupted or journal(interrupted),
    function (op, state) said[#said + 1] = op.id .. " " .. state end)
  return outcome, trouble, said
end

return release_work
