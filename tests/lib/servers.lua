--- Real git servers on the loopback interface: smart HTTP with passwords, ssh, and plain files.
--
-- A server serves all repositories below one place and lives as long as the function that uses it: it is fenced
-- (tests/tools/fence.c), so it also ends when the test run is killed. Each server answers
--   url(repository)  what to give to git as the remote
--   env              what a client's environment needs besides the place's own (credentials, keys)
--   log()            what the server has written so far

local file = require "host.file"

local servers = {}
local Server = {}
Server.__index = Server

servers.USER, servers.PASSWORD = "steward", "correct horse"

local READY_MS, STEP_MS, TRIES = 10000, 20, 20

local HTTP_BACKEND = "/usr/lib/git-core/git-http-backend"

local LIGHTTPD = [[
server.modules = ( "mod_auth", "mod_authn_file", "mod_setenv", "mod_alias", "mod_cgi" )
server.bind = "127.0.0.1"
server.port = @PORT@
server.document-root = "@DIR@"
server.pid-file = "@RUN@/pid"
server.errorlog = "@RUN@/errors"
server.upload-dirs = ( "@RUN@" )
auth.backend = "plain"
auth.backend.plain.userfile = "@RUN@/passwords"
alias.url = ( "/git/" => "@BACKEND@/" )
$HTTP["url"] =~ "^/git/" {
  cgi.assign = ( "" => "" )
  setenv.set-environment = ( "GIT_PROJECT_ROOT" => "@DIR@", "GIT_HTTP_EXPORT_ALL" => "1",
    "HOME" => "@HOME@", "GIT_CONFIG_NOSYSTEM" => "1", "PATH" => "/usr/bin:/bin" )
}
@AUTH@
]]

-- Reading is open unless the server is private; writing always needs the password.
local AUTH = [[
$HTTP["@FIELD@"] =~ "@PATTERN@" {
  auth.require = ( "" => ( "method" => "basic", "realm" => "git", "require" => "valid-user" ) )
}
]]

local SSHD = [[
ListenAddress 127.0.0.1:@PORT@
HostKey @RUN@/host_key
PidFile @RUN@/pid
AuthorizedKeysFile @RUN@/authorized_keys
StrictModes no
UsePAM no
PermitRootLogin yes
PasswordAuthentication no
KbdInteractiveAuthentication no
AcceptEnv GIT_PROTOCOL
]]

local CREDENTIALS = [[
[credential]
	helper = "!f() { echo username=@USER@; echo password=@PASSWORD@; }; f"
[include]
	path = @CONFIG@
]]

-- The session's environment is the account's, not the place's: tell git and the hooks where they are.
local AUTHORIZED = [[command="env HOME=@HOME@ GIT_CONFIG_NOSYSTEM=1 sh -c \"$SSH_ORIGINAL_COMMAND\"" @KEY@]]

local function program(here, name)
  return here:run({ "sh", "-c", "command -v " .. name }).stdout:match "[^\n]+"
end

local function fill(text, values)
  return (text:gsub("@(%u+)@", function (name) return assert(values[name], name) end))
end

local function pause(here, ms) here:run { "sleep", ("%.3f"):format(ms / 1000) } end

-- Starts `argv` until a port is free; a server that listens has written its pid file.
local function start_listening(self, configure)
  for _ = 1, TRIES do
    self.port = math.random(20000, 32000)
    local argv = configure(self.port)
    self.process = self.here:start(argv, { log = self.run .. "/log" })
    local waited = 0
    while waited < READY_MS do
      if (self.here:read(self.run .. "/pid") or "") ~= "" then return self end
      if self.process:wait(0) then break end
      pause(self.here, STEP_MS)
      waited = waited + STEP_MS
    end
    self:stop()
  end
  error("no server after " .. TRIES .. " tries:\n" .. self:log(), 0)
end

--- What the server has written so far.
---@return string
function Server:log()
  local parts = {}
  for _, name in ipairs { "log", "errors" } do parts[#parts + 1] = self.here:read(self.run .. "/" .. name) end
  return table.concat(parts)
end

--- Ends the server and waits for its end; harmless when it has ended.
function Server:stop()
  if self.process then
    self.process:kill "TERM"
    if not self.process:wait(5000) then self.process:kill "KILL" end
    self.process = nil
    file.remove(self.here:path(self.run .. "/pid"))
  end
end

local function new(here, kind, fields)
  local self = setmetatable(fields, Server)
  self.here, self.kind, self.env, self.run = here, kind, fields.env or {}, "server-" .. kind
  assert(file.mkdir(here:path(self.run)))
  return self
end

-- A credential helper that answers from its configuration file, as CI systems install one.
local function credentials(here, name, user, password)
  local path = here:path(name)
  here:write(name, fill(CREDENTIALS, {
    USER = user, PASSWORD = password:gsub(" ", "\\\\ "), CONFIG = here.home .. "/.gitconfig",
  }))
  return { GIT_CONFIG_GLOBAL = path }
end

--- Smart HTTP: lighttpd with `git http-backend`.
---@param here table  a place
---@param options table|nil  private = true: reading needs the password too
---@return table|nil server  with `env` (right password) and `wrong` (wrong password)
---@return string|nil reason  why there can be none on this machine
function servers.http(here, options)
  local lighttpd = program(here, "lighttpd")
  if not lighttpd then return nil, "lighttpd is not installed" end
  if not file.stat(HTTP_BACKEND) then return nil, HTTP_BACKEND .. " is not installed" end
  local self = new(here, "http", {})
  here:write(self.run .. "/passwords", servers.USER .. ":" .. servers.PASSWORD .. "\n", 384)
  self.env = credentials(here, self.run .. "/credentials", servers.USER, servers.PASSWORD)
  self.wrong = credentials(here, self.run .. "/wrong", servers.USER, "wrong")
  local private = options and options.private
  local auth = private and fill(AUTH, { FIELD = "url", PATTERN = "^/git/" })
    or fill(AUTH, { FIELD = "url", PATTERN = "/git-receive-pack$" })
      .. fill(AUTH, { FIELD = "querystring", PATTERN = "service=git-receive-pack" })
  self.url = function (repository) return ("http://127.0.0.1:%d/git/%s"):format(self.port, repository) end
  return start_listening(self, function (port)
    here:write(self.run .. "/conf", fill(LIGHTTPD, {
      PORT = port, DIR = here.dir, RUN = here:path(self.run), HOME = here.home, BACKEND = HTTP_BACKEND, AUTH = auth,
    }))
    return { lighttpd, "-D", "-f", here:path(self.run .. "/conf") }
  end)
end

--- sshd as the current user, with keys of its own.
---@param here table  a place
---@return table|nil server  with `env` (GIT_SSH_COMMAND with the right key) and `wrong` (a key nobody knows)
---@return string|nil reason  why there can be none on this machine
function servers.ssh(here)
  local sshd = program(here, "sshd")
  if not sshd then return nil, "sshd is not installed" end
  local user = here:must({ "id", "-un" }):match "%S+"
  if user == "root" then here:must { "mkdir", "-p", "/run/sshd" } end
  local self = new(here, "ssh", {})
  for _, key in ipairs { "host_key", "key", "other_key" } do
    here:must { "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", key, "-f", here:path(self.run .. "/" .. key) }
  end
  here:write(self.run .. "/authorized_keys",
    fill(AUTHORIZED, { HOME = here.home, KEY = here:read(self.run .. "/key.pub") }), 384)
  local function ssh_with(key)
    return { GIT_SSH_COMMAND = ("ssh -F none -o BatchMode=yes -o IdentitiesOnly=yes -o StrictHostKeyChecking=yes "
      .. "-o UserKnownHostsFile=%s/known_hosts -i %s/%s"):format(here:path(self.run), here:path(self.run), key) }
  end
  self.env, self.wrong = ssh_with "key", ssh_with "other_key"
  self.url = function (repository)
    return ("ssh://%s@127.0.0.1:%d%s"):format(user, self.port, here:path(repository))
  end
  start_listening(self, function (port)
    here:write(self.run .. "/conf", fill(SSHD, { PORT = port, RUN = here:path(self.run) }))
    return { sshd, "-D", "-e", "-f", here:path(self.run .. "/conf") }
  end)
  here:write(self.run .. "/known_hosts",
    ("[127.0.0.1]:%d %s"):format(self.port, here:read(self.run .. "/host_key.pub")))
  return self
end

--- No server at all: file:// URLs, with the same shape.
---@param here table  a place
---@return table server
function servers.file(here)
  return new(here, "file", { url = function (repository) return "file://" .. here:path(repository) end })
end

--- Starts a server of one kind, calls `body(server)`, and ends the server whatever happens.
---@param kind string  "http" | "ssh" | "file"
---@param here table  a place
---@param body function
---@param options table|nil  for the kind
---@return boolean|nil ran
---@return string|nil reason  why there can be none on this machine
function servers.with(kind, here, body, options)
  local server, reason = servers[kind](here, options)
  if not server then return nil, reason end
  local ok, problem = xpcall(body, debug.traceback, server)
  server:stop()
  if not ok then error(problem .. "\nthe server's log:\n" .. server:log(), 0) end
  return true
end

return servers
