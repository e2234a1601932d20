--- A forge in a directory, beside a bare repository: pull requests, reviews, statuses, issues, releases and runs as
-- files. It means what GitHub means where a gate or a step rests on it; docs/local-forge.md tells its files. The whole
-- life of a release on one machine, without an account, and a directory that a web server can serve.
--
-- It asks no clock but parts.clock and gives ids that count up, so one story always makes the same files.

local problem = require "problem"
local text = require "text"
local repository = require "forge.local.repository"
local settings = require "forge.local.settings"
local store = require "forge.local.store"

local methods = {}
methods.__index = methods

for _, noun in ipairs { "assets", "issues", "merge", "protection", "pulls", "releases", "runs", "statuses" } do
  for name, method in pairs(require("forge.local." .. noun).methods) do
    if methods[name] then error(("two nouns of the local forge have a method '%s'"):format(name)) end
    methods[name] = method
  end
end

local forge_local = {}

-- The directory by an absolute path without links; it need not be there yet, but where it stands must.
local function place(path, file)
  path = path:gsub("(.)/+$", "%1")
  local parent, name = path:match "^(.*)/([^/]+)$"
  if not name then parent, name = ".", path end
  local resolved, words = file.resolve(parent == "" and "/" or parent)
  if not resolved then return problem.refuse("error", text.line(words), "correct the forge's path") end
  return (resolved == "/" and "" or resolved) .. "/" .. name
end

--- Opens a local forge. The directory is made at the first write; the repository must be there.
---@param target { kind: "local", path: string }
---@param parts table see forge/connect.lua; parts.user acts in the place of the one that forge.json calls automation
---@return table|nil forge, problem
function forge_local.new(target, parts)
  local root, trouble = place(target.path, parts.file)
  if not root then return nil, trouble end
  local beside
  beside, trouble = repository.open(root, parts)
  if not beside then return nil, trouble end
  local self = setmetatable({ target = { kind = "local", path = root }, parts = parts, bare = beside,
    store = store.new(root, parts) }, methods)
  local said
  said, trouble = self:settings()
  if not said then return nil, trouble end
  self.user = parts.user or said.automation.user
  if settings.is_user(self.user) then
    return problem.refuse("usage", ("'%s' is no user's name"):format(text.line(self.user)), "name one with --as")
  end
  return self
end

-- What stands in the way of a local forge's doing all that GitHub does.
local CANNOT = { checks = "a local forge has commit statuses and no check runs" }

local CAN = {}
for _, name in ipairs { "pulls", "drafts", "prereleases", "assets", "asset_digests", "immutable_releases", "statuses", "reviews",
  "teams", "issues", "labels", "environments", "dispatch", "run_ids", "immediate_runs", "atomic_refs", "merge", "protection" } do
  CAN[name] = true
end

--- See forge.lua: can.
function methods.can(_, capability)
  if CAN[capability] then return { can = true } end
  return { can = false, why = CANNOT[capability] or error(("no such capability: %s"):format(tostring(capability)), 2) }
end

--- What the owner decided; read each time, for other processes write it too.
function methods:settings() return settings.read(self.store) end

--- The branch that releases start from, unless a lane says otherwise.
---@return string|nil, problem
function methods:default_branch()
  local said, trouble = self:settings()
  if not said then return nil, trouble end
  if said.default_branch then return said.default_branch end
  return self.bare:default_branch()
end

--- See forge.lua: repository.
function methods:repository()
  local said, trouble = self:settings()
  if not said then return nil, trouble end
  local branch
  branch, trouble = self:default_branch()
  if not branch then return nil, trouble end
  return { name = self.bare.path, web = false, default_branch = branch, private = false,
    permission = settings.role(said, self.user), merge_methods = self:sorted(said.merge_methods), auto_merge = false,
    immutable_releases = said.immutable_releases }
end

--- See forge.lua: role.
function methods:role(user)
  local said, trouble = self:settings()
  if not said then return nil, trouble end
  return settings.role(said, user)
end

--- See forge.lua: member.
function methods:member(team, user)
  local said, trouble = self:settings()
  if not said then return nil, trouble end
  if not said.teams[team] then
    return problem.refuse("error", ("there is no team %s"):format(text.line(team)), "add it to teams in forge.json")
  end
  for _, name in ipairs(said.teams[team]) do
    if name == user then return true end
  end
  return false
end

--- See forge.lua: compare.
function methods:compare(base, head)
  local oids = {}
  for i, name in ipairs { base, head } do
    local oid, trouble = self.bare:commit_of(name)
    if oid == nil then return nil, trouble end
    if not oid then return problem.refuse("error", ("there is no branch, tag or commit %s"):format(text.line(name))) end
    oids[i] = oid
  end
  return self.bare:compare(oids[1], oids[2])
end

--- Why the user of this forge may not do what needs a role; nil when he may.
---@param least string one of settings.ROLES
---@param what string "post a status"
---@return problem|nil
function methods:needs(least, what)
  local said, trouble = self:settings()
  if not said then return trouble end
  local role = settings.role(said, self.user)
  if settings.may(role, least) then return nil end
  return problem.new("denied", ("%s may not %s: the role is %s, and it takes %s"):format(self.user, what, role, least),
    "give the role in forge.json")
end

--- A sorted copy of a list of texts, marked as a list.
---@param list string[]
function methods:sorted(list)
  local copy = self.store:array { table.unpack(list) }
  table.sort(copy)
  return copy
end

--- The address of a file of the forge.
---@param name string
---@return string
function methods:url(name)
  return "file://" .. self.store:path(name):gsub("[^%w/._~+-]", function (byte) return ("%%%02X"):format(byte:byte()) end)
end

--- The path that an address names, or nil.
---@param url string
---@return string|nil
function methods.path_of_url(_, url)
  local path = url:match "^file://(/[^?#]*)$"
  return path and (path:gsub("%%(%x%x)", function (digits) return string.char(tonumber(digits, 16)) end)) or nil
end

return forge_local
