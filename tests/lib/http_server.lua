--- The HTTP server that misbehaves on request (tests/tools/http_server.py), and a client whose environment is stated
--- (tests/tools/http_client.lua). A server answers
--   origin(name)      "http://127.0.0.1:PORT" of one of its servers; with a host as second argument, that
--   ask(task, env)    what the client prints for a task, decoded
--   log()             the requests so far, each as a table; it is emptied

local file = require "host.file"
local json = require "host.json"

local http_server = {}
local Server = {}
Server.__index = Server

local READY_MS, STEP_MS = 10000, 20

--- Percent-encodes everything but letters and digits.
---@param text string
---@return string
function http_server.encode(text)
  return (text:gsub("[^%w]", function (char) return ("%%%02X"):format(char:byte()) end))
end

--- Where one of the servers listens.
---@param name string
---@param host string|nil  instead of 127.0.0.1
---@return string
function Server:origin(name, host)
  local row = assert(self.ports[name], name)
  return ("%s://%s:%d"):format(row.scheme, host or "127.0.0.1", row.port)
end

--- The requests since the last call: { server =, method =, target =, fields = { [name] = value }, size =, sha256 = }.
---@return table[]
function Server:log()
  local rows = {}
  local all = self.here:read(self.run .. "/log") or ""
  for line in all:sub(self.seen + 1):gmatch "[^\n]+" do
    local row = assert(json.decode(line))
    local fields = {}
    for _, field in ipairs(row.fields) do
      fields[field[1]] = fields[field[1]] and fields[field[1]] .. ", " .. field[2] or field[2]
    end
    row.fields = fields
    rows[#rows + 1] = row
  end
  self.seen = #all
  return rows
end

--- Runs the client in the place's environment; raises when it fails.
---@param task table  see http_client.lua
---@param env table<string, string|false>|nil  changes of the environment
---@return table said  results, cmdline, peak
---@return table result  of the process
function Server:ask(task, env)
  self.here:write("task.json", json.encode(task))
  local result = self.here:run({ "relrun", "lua", self.client, self.here:path "task.json" }, { env = env })
  if result.code ~= 0 then error(result.stdout .. result.stderr, 2) end
  return assert(json.decode(result.stdout)), result
end

--- Ends the servers; harmless when they have ended.
function Server:stop()
  if self.process then
    self.process:kill "TERM"
    if not self.process:wait(5000) then self.process:kill "KILL" end
    self.process = nil
  end
end

--- Starts servers, calls `body(server)`, and ends them whatever happens.
---@param here table  a place
---@param names string[]  "NAME" or "NAME=CERTIFICATE[:TLS-VERSION]": a PEM file CERTIFICATE.pem in the place's folder "http"
---@param body fun(server: table)
---@return boolean|nil ran
---@return string|nil reason  why there can be none on this machine
function http_server.with(here, names, body)
  if here:run({ "/usr/bin/python3", "--version" }).code ~= 0 then return nil, "python3 is not installed" end
  local self = setmetatable({ here = here, run = "http", ports = {}, seen = 0 }, Server)
  assert(file.mkdir(here:path(self.run)))
  self.client = assert(file.resolve "tests/tools/http_client.lua")
  local argv = { "/usr/bin/python3", assert(file.resolve "tests/tools/http_server.py"), here:path(self.run) }
  self.process = here:start(table.move(names, 1, #names, #argv + 1, argv), { log = self.run .. "/stderr" })
  local waited = 0
  while not file.stat(here:path(self.run .. "/ports")) and waited < READY_MS do
    here:run { "sleep", ("%.3f"):format(STEP_MS / 1000) }
    waited = waited + STEP_MS
  end
  local schemes = {}
  for _, name in ipairs(names) do schemes[name:match "^[^=]+"] = name:find "=" and "https" or "http" end
  for name, port in (here:read(self.run .. "/ports") or ""):gmatch "(%S+) (%d+)" do
    self.ports[name] = { port = tonumber(port), scheme = schemes[name] }
  end
  local ok, problem = xpcall(body, debug.traceback, self)
  self:stop()
  if not ok then error(problem .. "\nthe servers' log:\n" .. (here:read(self.run .. "/stderr") or ""), 0) end
  return true
end

return http_server
