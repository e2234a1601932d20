--- The repository and its people: what it allows, who may do what, how two commits stand to one another.

local address = require "forge.github.address"
local problem = require "problem"
local text = require "text"

local repository = {}

local ROLES = {}
for role in ("admin maintain write triage read none"):gmatch "%S+" do ROLES[role] = role end

-- The strongest of the rights that a repository's record tells; false where it tells none.
local function permission_of(f, record)
  local rights = f.record_or(record, "permissions")
  if not rights then return false end
  for _, row in ipairs { { "admin", "admin" }, { "maintain", "maintain" }, { "push", "write" }, { "triage", "triage" },
    { "pull", "read" } } do
    if f.flag_or(rights, row[1], false) then return row[2] end
  end
  return "none"
end

local function read_repository(f, record)
  local methods = {}
  -- Who may not change the settings is not told them: then all three are left to the merge itself to refuse.
  for _, row in ipairs { { "merge", "allow_merge_commit" }, { "squash", "allow_squash_merge" },
    { "rebase", "allow_rebase_merge" } } do
    if f.flag_or(record, row[2], true) then methods[#methods + 1] = row[1] end
  end
  return {
    name = f.text(record, "full_name"), web = f.text_or(record, "html_url", false),
    default_branch = f.text(record, "default_branch"), private = f.flag(record, "private"),
    permission = permission_of(f, record), merge_methods = methods,
    auto_merge = f.flag_or(record, "allow_auto_merge", false), immutable_releases = false,
  }
end

-- Is the token an app's (GITHUB_TOKEN is one)? The rights that a repository tells are a user's: an app reads that it
-- may not push, whatever it may.
local function is_installation(self)
  if self.installation == nil then
    -- An answer counts by what it is: anything else that says 200 is no word about the token.
    local found, trouble, fault = self.rest:one("/installation/repositories", function (f, record)
      return { list = f.list(record, "repositories") }
    end, { query = { per_page = 1 } })
    if found == nil and not (fault and fault.status < 500) then return nil, trouble end
    self.installation = found ~= nil
  end
  return self.installation
end

-- The repository's record, with what the token may do here: a role, or false where GitHub does not tell.
local function record_of(self)
  local found, trouble = self.rest:one(self.rest.root, read_repository)
  if not found then return nil, trouble end
  self.rest.seen = true
  local told = self.rest.variable ~= nil
  if told and (found.permission == "read" or found.permission == "none") then
    local installation, unknown = is_installation(self)
    if installation == nil then return nil, unknown end
    told = not installation
  end
  if not told then found.permission = false end
  self.known_permission = found.permission
  return found
end

--- See forge.reads. Without a token there is nobody.
---@return { app: boolean|nil }|nil, problem
function repository.identity(self)
  if not self.rest.variable then return {} end
  local installation, trouble = is_installation(self)
  if installation == nil then return nil, trouble end
  return { app = installation }
end

--- What the token may do here, as in forge.repository. Asked once.
---@return string|false|nil, problem
function repository.permission(self)
  if self.known_permission == nil then
    local found, trouble = record_of(self)
    if not found then return nil, trouble end
  end
  return self.known_permission
end

-- 404 says that the setting is off; 403 (401 without a token) that it is not told, and then the releases will say.
local function immutable_releases(self)
  if self.enterprise then return false end
  local found, trouble, fault = self.rest:one(self:at "immutable-releases", function (f, record)
    return { enabled = f.flag(record, "enabled") }
  end)
  if found then return found.enabled end
  if fault and (fault.status == 404 or fault.status == 403) then return false end
  if fault and fault.status == 401 and self.rest.variable == nil then return false end
  return nil, trouble
end

--- See forge.reads. `permission` is false without a token and for an app's, whose rights GitHub does not tell; where
-- the settings of merges and immutable releases are not told, every method is listed and `immutable_releases` is false.
---@return forge.repository|nil, problem
function repository.repository(self)
  local found, trouble = record_of(self)
  if not found then return nil, trouble end
  found.immutable_releases, trouble = immutable_releases(self)
  if found.immutable_releases == nil then return nil, trouble end
  return found
end

local LACKS = {
  asset_digests = "GitHub Enterprise Server tells no digests of assets",
  immutable_releases = "GitHub Enterprise Server has no immutable releases",
  run_ids = "GitHub Enterprise Server does not tell which run a dispatch became",
}
local LATE = "GitHub lists a run some time after it was started"
local ABLE = {}
for name in ([[pulls drafts prereleases assets asset_digests immutable_releases statuses checks reviews teams issues
  labels environments dispatch run_ids atomic_refs merge protection]]):gmatch "%S+" do ABLE[name] = true end

--- See forge.reads. No request.
---@param capability string
---@return { can: boolean, why: string|nil }
function repository.can(self, capability)
  if capability == "immediate_runs" then return { can = false, why = LATE } end
  if self.enterprise and LACKS[capability] then return { can = false, why = LACKS[capability] } end
  if ABLE[capability] then return { can = true } end
  error(("no such capability: %s"):format(tostring(capability)), 3)
end

--- See forge.reads. A role that an organisation made is told as the right that it is built on.
---@param user string
---@return string|nil, problem
function repository.role(self, user)
  local found, trouble = self.rest:one(self:at("collaborators/%s/permission", user), function (f, record)
    return ROLES[f.text_or(record, "role_name", "")] or f.one_of(record, "permission", ROLES)
  end, { absent = true, needs = "metadata: read" })
  if found == nil then return nil, trouble end
  return found or "none"
end

--- See forge.reads. GitHub answers 404 for who is no member and for a team that the token may not see; the list of its
-- members tells which it is.
---@param team string "org/slug"
---@param user string
---@return boolean|nil, problem
function repository.member(self, team, user)
  local org, slug = team:match "^([^/]+)/([^/]+)$"
  if not org then
    return problem.refuse("error", ("'%s' names no team"):format(text.line(team)), "say \"organisation/team\"")
  end
  local path = "/" .. address.path("orgs/%s/teams/%s", org, slug)
  local found, trouble, fault = self.rest:one(path .. "/memberships/" .. address.path("%s", user), function (f, record)
    return { active = f.text(record, "state") == "active" }
  end, { needs = "members: read" })
  if found then return found.active end
  if not (fault and fault.status == 404) then return nil, trouble end
  local seen, unseen = self.rest:call { method = "GET", path = path .. "/members", query = { per_page = 1 },
    needs = "members: read" }
  if not seen then return nil, unseen end
  return false
end

local STATUS = { identical = "identical", ahead = "ahead", behind = "behind", diverged = "diverged" }

--- See forge.reads.
---@param base string a branch, tag or commit
---@param head string
---@return table|nil { status, ahead, behind }, problem
function repository.compare(self, base, head)
  return self.rest:one(self:at("compare/%s...%s", base, head), function (f, record)
    return { status = f.one_of(record, "status", STATUS), ahead = f.integer(record, "ahead_by"),
      behind = f.integer(record, "behind_by") }
  end, { query = { per_page = 1 }, needs = "contents: read" })
end

return repository
