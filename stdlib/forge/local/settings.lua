--- What the owner of a local forge has decided, in its forge.json. A field that is absent has its default, so that a
-- forge without the file works.

local problem = require "problem"
local shape = require "shape"
local store = require "forge.local.store"
local text = require "text"

local settings = {}

settings.FILE = "forge.json"
settings.SCHEMA = "relrun.forge/1"

--- From the least to the most.
settings.ROLES = { "none", "read", "triage", "write", "maintain", "admin" }

local RANK = {}
for rank, role in ipairs(settings.ROLES) do RANK[role] = rank end

local role = shape.one_of(table.unpack(settings.ROLES))

-- A name that stands in paths, in a commit's author line and on the command line.
function settings.is_user(value)
  if type(value) ~= "string" or not value:find "^%w[%w._%[%]-]*$" then return "it is no user's name" end
end

-- GitHub's third method, rebase, needs git 2.40 and makes commits that nobody has tested.
settings.METHODS = { "merge", "squash" }

local users = shape.list(settings.is_user)

local PROTECTION = {
  required_checks = shape.maybe(shape.list(shape.line)),
  approvals = shape.maybe(shape.count),
  dismiss_stale = shape.maybe(shape.flag),
  strict = shape.maybe(shape.flag),
  linear_history = shape.maybe(shape.flag),
  pull_request_required = shape.maybe(shape.flag),
  enforced_for_admins = shape.maybe(shape.flag),
}

local RULE = {
  schema = shape.one_of(settings.SCHEMA),
  default_branch = shape.maybe(shape.name),
  merge_methods = shape.maybe(shape.list(shape.one_of(table.unpack(settings.METHODS)))),
  immutable_releases = shape.maybe(shape.flag),
  automation = shape.maybe { user = settings.is_user, role = role },
  default_role = shape.maybe(role),
  roles = shape.maybe(store.map(role)),
  teams = shape.maybe(store.map(users)),
  protection = shape.maybe(store.map(PROTECTION)),
  environments = shape.maybe(store.map { reviewers = shape.maybe(users), wait_minutes = shape.maybe(shape.count) }),
  workflows = shape.maybe(store.map { environments = shape.maybe(shape.list(shape.name)) }),
}

--- Reads forge.json.
---@param files store
---@return table|nil settings every field filled in but default_branch and what maps hold, problem
function settings.read(files)
  local value, trouble = files:read(settings.FILE, RULE)
  if value == nil then return nil, trouble end
  value = value or { schema = settings.SCHEMA }
  value.merge_methods = value.merge_methods or files:array { table.unpack(settings.METHODS) }
  value.immutable_releases = value.immutable_releases or false
  value.automation = value.automation or { user = "relrun", role = "write" }
  value.default_role = value.default_role or "write"
  for _, name in ipairs { "roles", "teams", "protection", "environments", "workflows" } do
    value[name] = value[name] or {}
  end
  return value
end

--- Writes forge.json. Under the lock.
---@param files store
---@param value table
---@return true|nil, problem
function settings.write(files, value)
  local where, wrong = shape.check("", value, RULE)
  if where then
    return problem.refuse("usage", ("%s: %s: %s"):format(settings.FILE, text.line(where), text.line(wrong)))
  end
  return files:write(settings.FILE, value)
end

--- The role of a user.
---@param value table settings
---@param user string
---@return string
function settings.role(value, user)
  return user == value.automation.user and value.automation.role or value.roles[user] or value.default_role
end

--- May this role do what asks for `least`?
---@param of string
---@param least string
---@return boolean
function settings.may(of, least) return RANK[of] >= RANK[least] end

return settings
