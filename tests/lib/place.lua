--- A place: a temporary directory with its own home and a stated environment, in which a test runs commands.
--
-- Nothing of the machine's own configuration reaches a command that runs here: the environment is built from
-- nothing (`env -i`), git reads no system file, and its user file is the place's own. A command cannot outlive
-- the place: `fence` (tests/tools/fence.c) ends what it leaves running and says so.

local surroundings = require "host.env"
local file = require "host.file"
local proc = require "host.proc"

local place = {
  --- Where `make` puts the program and the tools; for other builds the rules or the runners say so.
  build = surroundings.get "TEST_BUILD" or "build",
}
local Place = {}
Place.__index = Place

local GIT_CONFIG = [[
[user]
	name = Ann Steward
	email = ann@example.org
[init]
	defaultBranch = main
[gc]
	auto = 0
[maintenance]
	auto = false
[protocol "file"]
	allow = always
[advice]
	detachedHead = false
]]

local function check(value, message)
  if value == nil then error(message, 3) end
  return value
end

--- Opens a new place; the caller closes it.
---@return table place  with the fields `dir`, `home` and `env`, all absolute
function place.open()
  local self = setmetatable({ dir = check(file.temporary_directory()) }, Place)
  self.home = self.dir .. "/home"
  local programs = check(file.resolve(place.build))
  self.tools = programs .. "/tools"
  self.env = {
    PATH = programs .. ":/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    HOME = self.home, XDG_CONFIG_HOME = self.home .. "/.config", XDG_CACHE_HOME = self.home .. "/.cache",
    TMPDIR = self.dir .. "/tmp", LC_ALL = "C.UTF-8", TZ = "UTC",
    GIT_CONFIG_NOSYSTEM = "1", GIT_TERMINAL_PROMPT = "0", GIT_PAGER = "cat", GIT_EDITOR = "false",
  }
  check(file.mkdir(self.home))
  check(file.mkdir(self.env.TMPDIR))
  self:write("home/.gitconfig", GIT_CONFIG)
  return self
end

--- Calls `body(place)` and closes the place, whatever happens. Returns what the body returns; raises what it
--- raises.
---@param body function
function place.with(body)
  local here = place.open()
  local results = table.pack(xpcall(body, debug.traceback, here))
  here:close()
  if not results[1] then error(results[2], 0) end
  return table.unpack(results, 2, results.n)
end

--- The absolute path of `name` in this place; an absolute name stays what it is.
---@param name string|nil
---@return string
function Place:path(name)
  if name == nil or name == "." then return self.dir end
  return name:sub(1, 1) == "/" and name or self.dir .. "/" .. name
end

--- The argument vector that runs `argv` with exactly the environment of the place, changed by `changes`.
---@param argv string[]
---@param changes table<string, string|false>|nil
---@return string[]
function Place:command(argv, changes)
  local env, names, full = {}, {}, { "env", "-i" }
  for name, value in pairs(self.env) do env[name] = value end
  for name, value in pairs(changes or {}) do env[name] = value or nil end
  for name in pairs(env) do names[#names + 1] = name end
  table.sort(names)
  for _, name in ipairs(names) do full[#full + 1] = name .. "=" .. env[name] end
  return table.move(argv, 1, #argv, #full + 1, full)
end

--- Runs a program to its end.
---@param argv string[]
---@param options table|nil  cwd (within the place), env (changes), input, timeout_ms (default 60,000)
---@return table result  code, signal, stdout, stderr, timed_out; raises when the program cannot be started
function Place:run(argv, options)
  options = options or {}
  return check(proc.run {
    argv = self:command(argv, options.env), cwd = self:path(options.cwd),
    input = options.input, timeout_ms = options.timeout_ms or 60000,
  })
end

--- Runs a program that has to succeed; raises with its messages when it does not.
---@return string stdout
function Place:must(argv, options)
  local result = self:run(argv, options)
  if result.code == 0 then return result.stdout end
  error(("%s: exit %d%s\n%s%s"):format(table.concat(argv, " "), result.code,
    result.timed_out and ", timed out" or "", result.stdout, result.stderr), 2)
end

--- Starts a program in the background, fenced: it dies with the returned process or with the test run.
---@param argv string[]
---@param options table|nil  cwd, env, log (a path in the place that receives stdout and stderr)
---@return table process  of host.proc
function Place:start(argv, options)
  options = options or {}
  local log = options.log and self:path(options.log)
  local fenced = table.move(argv, 1, #argv, 3, { self.tools .. "/fence", "--" })
  return check(proc.start {
    argv = self:command(fenced, options.env), cwd = self:path(options.cwd), stdout = log, stderr = log,
  })
end

--- Writes a file of the place, with its directories.
---@param name string
---@param bytes string
---@param mode integer|nil  permission bits
function Place:write(name, bytes, mode)
  local path = self:path(name)
  check(file.mkdir(path:match "^(.*)/"))
  check(file.write(path, bytes, { mode = mode or 420 })) -- 0644
end

--- The bytes of a file of the place, or nil and a message.
---@param name string
---@return string|nil, string|nil
function Place:read(name)
  local bytes, message = file.read(self:path(name))
  return bytes, message
end

--- Removes the place and everything in it.
function Place:close()
  if self.dir then
    local dir = self.dir
    self.dir = nil
    check(file.remove(dir, { recursive = true }))
  end
end

return place
