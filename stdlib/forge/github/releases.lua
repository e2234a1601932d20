--- Releases. GitHub tells drafts to who may push and to nobody else, finds none of them by tag, and takes two of one
-- tag without a word: they are found by reading the whole list.

local explained = require "forge.github.release_refusal"
local problem = require "problem"
local read_asset = require "forge.github.asset"
local text = require "text"

local token = require "forge.github.token"

local releases = {}

local NEEDS = "contents: write"

-- A page of a hundred releases with hundreds of assets each is large, and is no error.
local LIST_BYTES_MAX = 64 << 20

local function reader(self)
  return function (f, record)
    local assets = f.each(f.list(record, "assets"), read_asset)
    table.sort(assets, function (a, b)
      if a.name ~= b.name then return a.name < b.name end
      return a.id < b.id
    end)
    local id = f.integer(record, "id")
    self.upload_urls[id] = f.text(record, "upload_url")
    -- Somebody may have begun a draft without a tag; what is public has one.
    local draft = f.flag(record, "draft")
    return {
      id = id, tag = draft and f.text_or(record, "tag_name", "") or f.text(record, "tag_name"), target = f.text_or(record, "target_commitish", ""),
      name = f.text_or(record, "name", ""), body = f.text_or(record, "body", ""), draft = draft,
      prerelease = f.flag(record, "prerelease"), immutable = f.flag_or(record, "immutable", false), assets = assets,
      url = f.text(record, "html_url"),
    }
  end
end

local MAY_PUSH = { admin = true, maintain = true, write = true }

--- See forge.reads. An app's token is not told what it may do: one that may not write sees no drafts, and could make
-- none either.
---@return forge.release[]|nil, problem
function releases.releases(self)
  local permission, trouble = self:permission()
  if permission == nil then return nil, trouble end
  if not self.rest.variable or permission and not MAY_PUSH[permission] then
    local with = self.rest.variable and "with the token in " .. self.rest.variable or "without a token"
    return problem.refuse("error", ("the drafts of %s cannot be seen %s: GitHub shows them to who may push"):format(
      self.target.repository, with), token.remedy(self.rest.names, self.rest.host, NEEDS))
  end
  local found
  found, trouble = self.rest:all(self:at "releases", reader(self), { needs = NEEDS, max = LIST_BYTES_MAX })
  if not found then return nil, trouble end
  table.sort(found, function (a, b) return a.id < b.id end)
  return found
end

--- One release by its id, drafts too; false when it is gone.
---@param id integer
---@return forge.release|false|nil, problem
function releases.release(self, id)
  return self.rest:one(self:at("releases/%d", id), reader(self), { absent = true, needs = NEEDS })
end

-- GitHub wants a text, and takes its absence for "true": the newest release would be the latest, old lines too.
local function make_latest(latest)
  if latest == nil then return "legacy" end
  return latest and "true" or "false"
end

local function check_target(target)
  if target and (#target ~= 40 or target:find "%X") then
    error("a release's target is a commit, named in full: a branch could move before the tag is made", 3)
  end
end

--- See forge.writes. A target that changes workflows needs more than a token of Actions may have; GitHub then says 404.
---@param release table { tag, target, name, body, draft, prerelease, latest }
---@return forge.release|nil, problem
function releases.create_release(self, release)
  check_target(release.target)
  local made, trouble, fault = self.rest:write("POST", self:at "releases", {
    tag_name = release.tag, target_commitish = release.target, name = release.name, body = release.body,
    draft = release.draft or false, prerelease = release.prerelease or false, make_latest = make_latest(release.latest),
  }, { needs = NEEDS, read = reader(self) })
  if made then return made end
  if fault and fault.status == 404 and self.rest.seen then
    trouble.todo = "give the token contents: write; where the commit changes .github/workflows also workflows: write, "
      .. "which GITHUB_TOKEN cannot have: push the tag first"
  end
  return explained(trouble, fault)
end

--- See forge.writes. What is not given stays; a release that is published says whether it is the latest.
---@param id integer
---@param fields table
---@return forge.release|nil, problem
function releases.update_release(self, id, fields)
  check_target(fields.target)
  local latest
  if fields.latest ~= nil or fields.draft == false then latest = make_latest(fields.latest) end
  local changed, trouble, fault = self.rest:write("PATCH", self:at("releases/%d", id), {
    tag_name = fields.tag, target_commitish = fields.target, name = fields.name, body = fields.body,
    draft = fields.draft, prerelease = fields.prerelease, make_latest = latest,
  }, { needs = NEEDS, read = reader(self) })
  if changed then return changed end
  return explained(trouble, fault)
end

--- See forge.writes. One that is gone already is a problem: whoever deletes has looked before.
---@param id integer
---@return true|nil, problem
function releases.delete_release(self, id)
  local found, trouble = self:release(id)
  if found == nil then return nil, trouble end
  if not found then
    return problem.refuse("error", ("release %d of %s is not there"):format(id, self.target.repository))
  end
  if not found.draft then
    return problem.refuse("denied", ("release %d of %s is published, and relrun deletes drafts only"):format(id,
      text.line(found.tag)), "withdraw a published release by hand: " .. text.line(found.url))
  end
  local done, refused, fault = self.rest:write("DELETE", self:at("releases/%d", id), nil, { needs = NEEDS })
  if done or fault and fault.status == 404 then return true end
  return nil, refused
end

return releases
