--- The test forge of a place (tests/forge): GitHub's API, its git and its downloads on the loopback interface.
--
--     local hub = forge_server.start(here, { git_dir = "remote.git" })
--     here:run({ "relrun", "publish" }, { env = hub.env })
--     hub.admin("POST", "reviews", { repo = hub.repository, pull = 1, user = "ann" })
--
-- It begins with one repository and four tokens: `admin`, `writer` and `reader` are people of that role, `ci` is what
-- a job has as GITHUB_TOKEN. What else it has, the test sets up through `admin` (tests/forge/admin.py lists the doors).

local surroundings = require "host.env"
local file = require "host.file"
local json = require "host.json"
local place = require "place"
local scene = require "scene"

local forge_server = {}
local Forge = {}

local READY_MS, STEP_MS = 20000, 20

forge_server.REPOSITORY = "acme/widget"

-- Long and unlike anything else, so that a search for them in outputs means something.
forge_server.TOKENS = {
  admin = "ghp_forgeadminCanary7f3a91c2d4e5b6a7988", writer = "ghp_forgewriterCanary55d0c1b2a3f4e5d6c",
  reader = "ghp_forgereaderCanary90a8b7c6d5e4f3a2", ci = "ghs_15368_eyJforgeciCanary.c0ffee11d00d22aa.33bb44cc55dd66ee",
}

-- All that a workflow may ask for; what administers a repository is not among it.
local PERMISSIONS = {
  actions = "write", checks = "write", contents = "write", deployments = "write", issues = "write",
  pull_requests = "write", statuses = "write",
}

local CREDENTIALS = [[
[credential]
	helper = "!f() { echo username=x-access-token; echo password=%s; }; f"
[include]
	path = %s
]]

local function pause(here, ms) here:run { "sleep", ("%.3f"):format(ms / 1000) } end

-- Starts the program and reads what it says of itself.
local function launch(self)
  local here, options = self.place, self.options
  local argv = { "python3", "-B", self.program, "--state", self.dir, "--ready", self.dir .. "/ready",
    "--port", tostring(self.port or 0), "--flavour", options.flavour or "github" }
  if options.socket then table.move({ "--socket", self.dir .. "/socket" }, 1, 2, #argv + 1, argv) end
  if self.proxy then table.move({ "--base", self.proxy .. "/f/{port}" }, 1, 2, #argv + 1, argv) end
  file.remove(self.dir .. "/ready")
  self.process = here:start(argv, { log = self.name .. "/output" })
  local waited = 0
  while not here:read(self.name .. "/ready") do
    if self.process:wait(0) or waited > READY_MS then
      error("no forge: " .. (here:read(self.name .. "/output") or ""), 0)
    end
    pause(here, STEP_MS)
    waited = waited + STEP_MS
  end
  local about = assert(json.decode(here:read(self.name .. "/ready")))
  self.port, self.storage_port = about.port, about.storage_port
end

-- Runs curl; the body of the answer, its status and its headers (names in lower case, the last of a name counts).
local function curl(self, method, url, options)
  local argv = { "curl", "-sS", "-X", method, "-D", self.dir .. "/headers", "--max-time", "60" }
  local headers = options.headers or {}
  local names = {}
  for name in pairs(headers) do names[#names + 1] = name end
  table.sort(names)
  for _, name in ipairs(names) do table.move({ "-H", name .. ": " .. headers[name] }, 1, 2, #argv + 1, argv) end
  if options.body then table.move({ "--data-binary", "@-" }, 1, 2, #argv + 1, argv) end
  argv[#argv + 1] = url
  local result = self.place:run(argv, { input = options.body })
  local answer = { body = result.stdout, code = result.code, message = result.stderr, headers = {} }
  for line in (self.place:read(self.name .. "/headers") or ""):gmatch "[^\r\n]+" do
    local status = line:match "^HTTP/%S+ (%d+)"
    if status then answer.status, answer.headers = math.tointeger(tonumber(status)), {} end
    local name, value = line:match "^([^:]+): ?(.*)$"
    if name then answer.headers[name:lower()] = value end
  end
  file.remove(self.dir .. "/headers")
  return answer
end

--- Asks one of the forge's own doors; raises when the door refuses.
---@param method string
---@param name string  of the door, with its query
---@param body table|nil
---@return any  what the door answers
function Forge.admin(self, method, name, body)
  local answer = curl(self, method, self.url .. "/_forge/" .. name, { body = body and assert(json.encode(body)) })
  if answer.status ~= 200 then
    error(("the forge's door %s %s: %s %s"):format(method, name, answer.status or answer.message, answer.body), 3)
  end
  return (json.decode(answer.body))
end

--- Asks the API as a client would.
---@param method string
---@param path string  below the API's root, or a whole URL
---@param options table|nil  token (a name of forge_server.TOKENS), body (a table, or bytes), headers
---@return table answer  status, headers, body (bytes), json (decoded, nil when it is none), code (of curl)
function Forge.ask(self, method, path, options)
  options = options or {}
  local headers = { ["User-Agent"] = "forge-tests" }
  if options.token then headers.Authorization = "Bearer " .. (self.tokens[options.token] or options.token) end
  local body = options.body
  if type(body) == "table" then
    headers["Content-Type"], body = "application/json", assert(json.encode(body))
  end
  for name, value in pairs(options.headers or {}) do headers[name] = value end
  local url = path:match "^%a+://" and path or self.api .. path
  local answer = curl(self, method, url, { headers = headers, body = body })
  answer.json = json.decode(answer.body)
  return answer
end

--- Sets a fault (tests/forge/faults.py); the forge forgets it after it has struck as often as it should.
---@param row table
function Forge.fault(self, row) self.admin("POST", "faults", row) end

--- Every request so far, in order: method, path, query, body (its SHA-256), status, token (its name), fault, listener,
--- authorization.
---@return table[]
function Forge.log(self) return self.admin("GET", "log") end

--- Waits until whoever was connected has left and what they sent is done with: a client that was killed leaves requests
--- behind.
function Forge.settle(self)
  for _ = 1, READY_MS // STEP_MS do
    if self.admin("GET", "busy").others == 0 then return end
    pause(self.place, STEP_MS)
  end
  error("the forge has not come to rest", 2)
end

--- All that a client could find out about it: as `snapshot`, with ids.
function Forge.state(self) return curl(self, "GET", self.url .. "/_forge/snapshot?ids=1", {}).body end

--- What the forge holds, as text to compare: sorted JSON without ids, times and secrets, with the refs that are there.
---@return string
function Forge.snapshot(self) return curl(self, "GET", self.url .. "/_forge/snapshot", {}).body end

--- The address to give to git.
---@param repository string|nil  OWNER/NAME
---@return string
function Forge.git_url(self, repository) return ("%s/%s.git"):format(self.url, repository or self.repository) end

--- What a job's environment needs besides the place's own, with the token of that name.
---@param token string|nil  a name of forge_server.TOKENS; default "ci"
---@return table<string, string>
function Forge.environment(self, token)
  token = token or "ci"
  local secret, path = self.tokens[token], ("%s/credentials-%s"):format(self.name, token)
  self.place:write(path, CREDENTIALS:format(secret, self.place.home .. "/.gitconfig"), 384) -- 0600
  local owner = self.repository:match "^[^/]+"
  return {
    GITHUB_API_URL = self.api, GITHUB_SERVER_URL = self.url, GITHUB_GRAPHQL_URL = self.graphql,
    GITHUB_REPOSITORY = self.repository, GITHUB_REPOSITORY_OWNER = owner, GITHUB_TOKEN = secret,
    GIT_CONFIG_GLOBAL = self.place:path(path),
  }
end

--- Ends the forge; its state stays in the place. Harmless when it has ended.
function Forge.stop(self)
  if self.process then
    self.process:kill "TERM"
    if not self.process:wait(5000) then self.process:kill "KILL" end
    self.process = nil
  end
end

--- Ends the forge and starts it again with the same state at the same address.
function Forge.restart(self)
  self.stop()
  launch(self)
end

local function set_up(self, options)
  local people = { admin = "admin", writer = "write", reader = "read" }
  local record = { name = self.repository, collaborators = {} }
  for key, value in pairs(options.fields or {}) do record[key] = value end
  for login, role in pairs(people) do record.collaborators[login] = record.collaborators[login] or role end
  record.git_dir = options.git_dir and self.place:path(options.git_dir)
  self.git_dir = self.admin("POST", "repositories", record).git_dir
  for login in pairs(people) do
    self.admin("POST", "tokens", { token = self.tokens[login], name = login, login = login })
  end
  self.admin("POST", "tokens", { token = self.tokens.ci, name = "ci", kind = "installation",
    repository = self.repository, permissions = options.permissions or PERMISSIONS })
end

--- Starts a forge.
---@param here table  a place
---@param options table|nil
---  repository (OWNER/NAME, default "acme/widget"), git_dir (a bare repository of the place, default a new one),
---  fields (of the repository, as the door `repositories` takes them), permissions (of `ci`), flavour
---  ("github"|"ghes"), socket (true: also a unix socket, see `socket`), name (of its folder, default "forge"),
---  token (whose token `env` has, default "ci")
---@return table hub  url, api, graphql, repository, git_dir, port, storage_port, socket, env, tokens, and the functions
---  above without their first argument: admin, ask, fault, log, settle, state, snapshot, git_url,
---  environment, stop, restart
function forge_server.start(here, options)
  options = options or {}
  local self = { place = here, options = options, name = options.name or "forge", tokens = forge_server.TOKENS,
    repository = options.repository or forge_server.REPOSITORY, proxy = surroundings.get "RELRUN_FORGE_PROXY" }
  self.dir, self.program = here:path(self.name), assert(file.resolve "tests/forge")
  assert(file.mkdir(self.dir))
  for name, method in pairs(Forge) do
    self[name] = function (...) return method(self, ...) end
  end
  launch(self)
  self.url = ("http://127.0.0.1:%d"):format(self.port)
  self.socket = options.socket and self.dir .. "/socket" or nil
  local ghes = options.flavour == "ghes"
  local root = self.proxy and ("%s/f/%d"):format(self.proxy, self.port) or self.url
  self.api = root .. (ghes and "/api/v3" or "")
  self.graphql = root .. (ghes and "/api/graphql" or "/graphql")
  set_up(self, options)
  self.env = self.environment(options.token)
  return self
end

--- Starts a forge, calls `body(hub)`, and ends the forge whatever happens; a failure comes with the forge's complaints.
---@param here table  a place
---@param body function
---@param options table|nil  as for `start`
function forge_server.with(here, body, options)
  local hub = forge_server.start(here, options)
  local ok, problem = xpcall(body, debug.traceback, hub)
  hub.stop()
  if ok then return end
  if type(problem) ~= "string" then error(problem, 0) end -- a test that skips itself
  error(problem .. "\nthe forge said:\n" .. (here:read(hub.name .. "/output") or ""), 0)
end

--- A place with this history, its forge over the remote, and the two ways to speak with it; for the suites of the forge
-- itself.
---@param history string a recipe (recipe.lua)
---@param body fun(hub: table, stage: table, ask: function, admin: function) ask(method, path, given) as `writer` unless
---  `given` names another token (false: nobody); admin(door, fields) for this repository
---@param options table|nil as for `start`
function forge_server.on(history, body, options)
  options = options or {}
  options.git_dir = "remote.git"
  place.with(function (here)
    local stage = assert(scene.build(here, history))
    forge_server.with(here, function (hub)
      body(hub, stage, function (method, path, given)
        given = given or {}
        if given.token == nil then given.token = "writer" end
        return hub.ask(method, path, given)
      end, function (door, fields)
        fields.repo = hub.repository
        return hub.admin("POST", door, fields)
      end)
    end, options)
  end)
end

return forge_server
