--- Looks for a flow's token in all that its commands leave behind (P17): what they say, every argument vector of theirs and
--- of what they start, every file of the place, every object of git's, what the forge was told, and cores, which may be written.
--
--     local watch, reason = watching.begin(release)
--     ... release:run(...)
--     test.equal(watch.hits, {})

local canary = require "canary"
local file = require "host.file"

local watching = {}
local Watch = {}
Watch.__index = Watch

-- git's credential as a workflow's checkout leaves it: a header, so that no helper's command line has the token in it.
local GIT_CONFIG = [[
[include]
	path = %s/.gitconfig
[http "%s/"]
	extraheader = AUTHORIZATION: basic %s
]]

-- What is named so is the forge's own, or a test's; the rest is what commands find and leave.
local function is_ours(name) return name ~= ".snapshot" and not name:find "^server%-" end

local function add_files(texts, path, name)
  local about = assert(file.stat(path))
  if about.type == "file" then
    texts[name] = assert(file.read(path))
  elseif about.type == "directory" then
    for _, below in ipairs(assert(file.list(path))) do add_files(texts, path .. "/" .. below, name .. "/" .. below) end
  end
end

-- Objects are packed tight: their bytes as git tells them.
local function objects(here, folder)
  if not file.stat(here:path(folder)) then return "" end
  return here:must({ "git", "cat-file", "--batch-all-objects", "--batch" }, { cwd = folder })
end

-- One command has ended.
function Watch:look(result)
  local here = self.release.place
  local texts = { stdout = result.stdout, stderr = result.stderr, arguments = here:read "server-arguments",
    forge = self.release.hub.snapshot(), ["objects of the clone"] = objects(here, "work"),
    ["objects of the remote"] = objects(here, "remote.git") }
  for _, name in ipairs(assert(file.list(here.dir))) do
    if is_ours(name) then add_files(texts, here:path(name), name) end
  end
  self.commands = self.commands + 1
  if texts.arguments:find('"push"', 1, true) then self.pushes = self.pushes + 1 end
  for name in pairs(texts) do self.seen[name] = true end
  for _, hit in ipairs(canary.found({ self.release.hub.tokens.ci }, texts)) do
    self.hits[#self.hits + 1] = ("command %d: %s"):format(self.commands, hit)
  end
end

--- From now on every command of the flow is watched. Its environment holds the token, and git's configuration does.
---@param release table a flow on the test forge
---@return table|nil watch hits (a line each), commands, pushes (how many commands pushed), seen (a set of what was looked at)
---@return string|nil reason why it cannot be
function watching.begin(release)
  local hub, here = release.hub, release.place
  if here:run({ "sh", "-c", "command -v strace" }).code ~= 0 then return nil, "strace is not installed" end
  local self = setmetatable({ release = release, hits = {}, commands = 0, pushes = 0, seen = {} }, Watch)
  here:write("server-gitconfig", GIT_CONFIG:format(here.home, hub.url, canary.base64("x-access-token:" .. hub.tokens.ci)), 384)
  release.changes.GIT_CONFIG_GLOBAL = here:path "server-gitconfig"
  release.changes.GITHUB_TOKEN = hub.tokens.ci
  release.wrap = function (argv)
    return table.move(argv, 1, #argv, 15, { "sh", "-c", [[ulimit -c unlimited; exec "$@"]], "sh", "strace", "-f", "--seccomp-bpf",
      "-qq", "-s", "100000", "-e", "trace=execve", "-o", here:path "server-arguments" })
  end
  release.seen = function (result) self:look(result) end
  return self
end

return watching
