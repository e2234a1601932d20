--- Releases of a local forge. A draft is the directory drafts/ID, a public release the directory releases/TAG: to publish
-- is to move the one to the other, in one step, so that nothing of a draft is ever below what a web server serves, and
-- no two releases of one tag are public. In it: release.json, and what assets.lua keeps.

local problem = require "problem"
local settings = require "forge.local.settings"
local shape = require "shape"
local store = require "forge.local.store"
local template = require "template"
local text = require "text"

local releases = { methods = {} }

local methods = releases.methods

-- publishing: written down before the tag is made, so that a publishing that was killed is known for what it is.
local RULE = { id = shape.count, tag = shape.line, target = shape.text, name = shape.text, body = shape.text,
  prerelease = shape.flag, immutable = shape.flag, author = settings.is_user, time = shape.text,
  published = shape.maybe(shape.text), publishing = shape.maybe(shape.flag) }

-- A tag has no more parts.
local DEPTH_MAX = 16

-- How often a reader looks again when a release was published or deleted under its eyes, before it takes its turn.
local LOOKS_MAX = 4

---@class local_release a release's record, with where it stands
---@field folder string "drafts/3" or "releases/v1.0.0"
---@field draft boolean
---@field assets forge.asset[]

-- The release in a folder; false when there is none, and false and true when it went while it was read.
local function read(self, folder, draft)
  local record, trouble = self.store:read(folder .. "/release.json", RULE)
  if not record then return record, trouble end
  record.folder, record.draft = folder, draft
  record.assets, trouble = self:assets_of(record)
  if not self.store:is_file(folder .. "/release.json") then return false, true end
  if not record.assets then return nil, trouble end
  return record
end

-- Adds the public releases below a folder. True, or false when one of them went meanwhile.
local function collect(self, folder, found, depth)
  local names, trouble = self.store:names(folder)
  if not names then return nil, trouble end
  for _, name in ipairs(names) do
    local inner = folder .. "/" .. name
    if self.store:type(inner) == "directory" then
      local record, broken = read(self, inner, false)
      if record == nil then return nil, broken end
      if record then
        found[record.id] = record
      elseif broken then
        return false
      elseif depth < DEPTH_MAX then
        local ok
        ok, trouble = collect(self, inner, found, depth + 1)
        if not ok then return ok, trouble end
      end
    end
  end
  return true
end

-- One look at all records: by id, or false when something went meanwhile. Drafts first: one that is published after them
-- is then met among the public ones; and one that became a draft again is among the drafts when they are listed anew.
local function look(self)
  local ids, trouble = self.store:numbers("drafts", "")
  if not ids then return nil, trouble end
  local found = {}
  for _, id in ipairs(ids) do
    local record, broken = read(self, "drafts/" .. id, true)
    if record == nil then return nil, broken end
    if broken then return false end
    if record then found[id] = record end
  end
  local ok
  ok, trouble = collect(self, "releases", found, 1)
  if not ok then return ok, trouble end
  local again
  again, trouble = self.store:numbers("drafts", "")
  if not again then return nil, trouble end
  return table.concat(again, " ") == table.concat(ids, " ") and found
end

-- All records by id, as they were at one moment.
local function all(self)
  for _ = 1, LOOKS_MAX do
    local found, trouble = look(self)
    if found ~= false then return found, trouble end
  end
  return self.store:locked(function () return look(self) end)
end

local function told(self, record)
  return { id = record.id, tag = record.tag, target = record.target, name = record.name, body = record.body,
    draft = record.draft, prerelease = record.prerelease, immutable = not record.draft and record.immutable,
    assets = record.assets, url = self:url(record.folder .. "/release.json") }
end

-- What a write answers: the release with its assets as they are now.
local function answer(self, record)
  local trouble
  record.assets, trouble = self:assets_of(record)
  if not record.assets then return nil, trouble end
  return told(self, record)
end

--- See forge.lua: releases.
function methods:releases()
  local trouble = self:needs("write", "see the drafts of releases")
  if trouble then return nil, trouble end
  local found
  found, trouble = all(self)
  if not found then return nil, trouble end
  local ids, list = {}, {}
  for id in pairs(found) do ids[#ids + 1] = id end
  table.sort(ids)
  for i, id in ipairs(ids) do list[i] = told(self, found[id]) end
  return self.store:array(list)
end

--- See forge.lua: release.
function methods:release(id)
  local trouble = self:needs("write", "see the drafts of releases")
  if trouble then return nil, trouble end
  local found
  found, trouble = all(self)
  if not found then return nil, trouble end
  if not found[id] then return false end
  return answer(self, found[id])
end

--- The release of an id, with where it stands.
---@param id integer
---@return local_release|nil, problem
function methods:release_record(id)
  local found, trouble = all(self)
  if not found then return nil, trouble end
  if not found[id] then return problem.refuse("error", ("there is no release %d"):format(id)) end
  return found[id]
end

--- The release that holds an asset, and the asset.
---@param id integer
---@return local_release|nil, problem|table asset
function methods:release_with_asset(id)
  local found, trouble = all(self)
  if not found then return nil, trouble end
  for _, record in pairs(found) do
    for _, asset in ipairs(record.assets) do
      if asset.id == id then return record, asset end
    end
  end
  return problem.refuse("error", ("there is no asset %d"):format(id))
end

local function keep(self, record)
  local kept = {}
  for name in pairs(RULE) do kept[name] = record[name] end
  return self.store:write(record.folder .. "/release.json", kept)
end

local FIELDS = { tag = shape.maybe(shape.line), target = shape.maybe(shape.text), name = shape.maybe(shape.text),
  body = shape.maybe(shape.text), draft = shape.maybe(shape.flag), prerelease = shape.maybe(shape.flag),
  latest = shape.maybe(shape.flag) }

local function objection(fields)
  local where, wrong = shape.check("", fields, FIELDS)
  if where then return problem.new("denied", ("no release: %s: %s"):format(text.line(where), text.line(wrong))) end
  local ok, words = true, nil
  if fields.tag then ok, words = template.tag_ok(fields.tag) end
  if not ok then return problem.new("denied", "no release: " .. words) end
end

-- The public release of a tag; false when there is none.
local function public(self, tag) return read(self, "releases/" .. tag, false) end

local function taken(tag) return problem.refuse("denied", ("there is a public release of the tag %s"):format(text.line(tag)),
  "release another version") end

-- The tag of a release is made when it is published, if it is not there.
local function make_tag(self, record)
  local ref = "refs/tags/" .. record.tag
  local oid, trouble = self.bare:ref(ref)
  if oid == nil then return nil, trouble end
  if oid and record.publishing then self.bare:free_ref(ref) end
  if oid then return true end
  local target = record.target
  if target == "" then
    target, trouble = self:default_branch()
    if not target then return nil, trouble end
  end
  local commit
  commit, trouble = self.bare:commit_of(target)
  if commit == nil then return nil, trouble end
  if not commit then
    return problem.refuse("denied", ("there is no commit %s for the tag %s"):format(text.line(target), text.line(record.tag)))
  end
  local resuming = record.publishing
  record.publishing = true
  local ok, kind
  ok, trouble = keep(self, record)
  if not ok then return nil, trouble end
  ok, trouble, kind = self.bare:set_ref(ref, commit, nil, "release " .. record.tag, resuming)
  -- Somebody else's push of the tag was faster: it is there.
  if not ok and kind ~= "conflict" then return nil, trouble end
  return true
end

-- Moves a draft to where everybody sees it.
local function publish(self, record)
  local other, trouble = public(self, record.tag)
  if other == nil then return nil, trouble end
  if other then return taken(record.tag) end
  local said
  said, trouble = self:settings()
  if not said then return nil, trouble end
  local ok
  ok, trouble = make_tag(self, record)
  if not ok then return nil, trouble end
  record.publishing, record.published, record.immutable = nil, self.store:now(), said.immutable_releases
  ok, trouble = keep(self, record)
  if not ok then return store.unsure(trouble) end
  local to = "releases/" .. record.tag
  ok, trouble = self.store:rename(record.folder, to)
  if not ok then return store.unsure(trouble) end
  record.folder, record.draft = to, false
  return true
end

-- latest.json names the release that a visitor is shown first.
local function keep_latest(self, record, latest)
  if record.draft or latest == false or latest == nil and record.prerelease then return true end
  local ok, trouble = self.store:write("latest.json", { id = record.id, tag = record.tag })
  if not ok then return store.unsure(trouble) end
  return true
end

-- Drafts whose deletion was killed: without a record they are none. Under the lock, where nobody is making one.
local function sweep(self)
  local ids, trouble = self.store:numbers("drafts", "")
  if not ids then return nil, trouble end
  for _, id in ipairs(ids) do
    if not self.store:type(("drafts/%d/release.json"):format(id)) then self.store:remove("drafts/" .. id) end
  end
  return true
end

--- See forge.lua: create_release.
function methods:create_release(fields)
  local trouble = self:needs("write", "make a release") or objection(fields)
  if trouble then return nil, trouble end
  return self.store:locked(function ()
    local ok, refusal = sweep(self)
    if not ok then return nil, refusal end
    local id
    id, refusal = self.store:new_id()
    if not id then return nil, refusal end
    -- What is to be public at once is made where nobody looks, so that no crash leaves a draft that nobody asked for.
    local record = { id = id, tag = fields.tag, target = fields.target or "", name = fields.name or fields.tag,
      body = fields.body or "", prerelease = fields.prerelease or false, immutable = false, author = self.user,
      time = self.store:now(), folder = (fields.draft and "drafts/%d" or "incoming/release-%d"):format(id), draft = true }
    ok, refusal = keep(self, record)
    if ok and not fields.draft then
      ok, refusal = publish(self, record)
      if not ok then self.store:remove(record.folder) end
      if ok then ok, refusal = keep_latest(self, record, fields.latest) end
    end
    if not ok then return nil, refusal end
    return answer(self, record)
  end)
end

-- A public release takes another tag, or becomes a draft again.
local function move_public(self, record, fields)
  local to
  if fields.draft then
    to = "drafts/" .. record.id
  elseif fields.tag and "releases/" .. fields.tag ~= record.folder then
    local other, trouble = public(self, fields.tag)
    if other == nil then return nil, trouble end
    if other then return taken(fields.tag) end
    to = "releases/" .. fields.tag
  end
  if to and record.immutable then
    return problem.refuse("denied", ("release %d is immutable: its tag and assets stay"):format(record.id))
  end
  if not to then return true end
  record.tag = fields.tag or record.tag
  local ok, trouble = keep(self, record)
  if ok then ok, trouble = self.store:rename(record.folder, to) end
  if not ok then return store.unsure(trouble) end
  record.folder, record.draft = to, fields.draft or false
  return true
end

--- See forge.lua: update_release. Of an immutable one, name and body and what follows from them may change.
function methods:update_release(id, fields)
  local trouble = self:needs("write", "change a release") or objection(fields)
  if trouble then return nil, trouble end
  return self.store:locked(function ()
    local record, refusal = self:release_record(id)
    if not record then return nil, refusal end
    -- Where everybody looks, nothing lies about.
    local ok
    ok, refusal = self.store:tidy(record.folder)
    if ok then ok, refusal = self.store:tidy(record.folder .. "/uploads") end
    if not ok then return nil, refusal end
    if not record.draft then
      ok, refusal = move_public(self, record, fields)
      if not ok then return nil, refusal end
    end
    for _, name in ipairs { "tag", "target", "name", "body", "prerelease" } do
      if fields[name] ~= nil then record[name] = fields[name] end
    end
    ok, refusal = keep(self, record)
    if ok and record.draft and fields.draft == false then ok, refusal = publish(self, record) end
    if ok and (fields.draft == false or fields.latest) then ok, refusal = keep_latest(self, record, fields.latest) end
    if not ok then return nil, refusal end
    return answer(self, record)
  end)
end

--- See forge.lua: delete_release.
function methods:delete_release(id)
  local trouble = self:needs("write", "delete a release")
  if trouble then return nil, trouble end
  return self.store:locked(function ()
    local record, refusal = self:release_record(id)
    if not record then return nil, refusal end
    if not record.draft then
      return problem.refuse("denied", ("release %d of %s is public"):format(id, text.line(record.tag)),
        "relrun deletes drafts only")
    end
    -- Without its record the rest is no release any more, whatever stays of it until the next one is made.
    local ok
    ok, refusal = self.store:remove(record.folder .. "/release.json")
    if not ok then return nil, refusal end
    self.store:remove(record.folder)
    return true
  end)
end

return releases
