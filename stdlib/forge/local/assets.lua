--- Assets of the releases of a local forge, in the release's directory: assets/NAME holds the bytes, uploads/NAME.json
-- what is known of them. An upload that was begun and not ended is a "starter" and keeps its name until it is deleted,
-- as on GitHub.

local problem = require "problem"
local shape = require "shape"
local store = require "forge.local.store"
local text = require "text"

local assets = { methods = {} }

local methods = assets.methods

local RULE = { id = shape.count, name = shape.line, label = shape.text, size = shape.count,
  state = shape.one_of("uploaded", "starter"), sha256 = shape.maybe(shape.digest), content_type = shape.text,
  time = shape.text }

-- A file's name has 255 bytes, and file.write needs some of them.
local NAME_MAX = 200

--- The name that an asset gets: what is neither a letter, a digit nor one of _ + - becomes a dot, and the name begins with
--- no dot and ends with none.
---@param name string
---@return string
function assets.name(name)
  local kept = name:gsub("[^%w_+-]", "."):gsub("%.%.+", "."):gsub("%.$", "")
  return kept:sub(1, 1) == "." and "default" .. kept or kept
end

local function record_file(release, name) return ("%s/uploads/%s.json"):format(release.folder, name) end
local function bytes_file(release, name) return ("%s/assets/%s"):format(release.folder, name) end

local function answer(self, release, record)
  local public = ("releases/%s/assets/%s"):format(release.tag, record.name)
  return { id = record.id, name = record.name, label = record.label, size = record.size, state = record.state,
    digest = record.sha256 and "sha256:" .. record.sha256 or false, content_type = record.content_type,
    url = self:url(public) }
end

--- The assets of a release, by name.
---@param release local_release
---@return forge.asset[]|nil, problem
function methods:assets_of(release)
  local names, trouble = self.store:names(release.folder .. "/uploads")
  if not names then return nil, trouble end
  local list = {}
  for _, name in ipairs(names) do
    local record, broken = self.store:read(("%s/uploads/%s"):format(release.folder, name), RULE)
    if record == nil then return nil, broken end
    if record then list[#list + 1] = answer(self, release, record) end
  end
  table.sort(list, function (a, b) return a.name < b.name end)
  return self.store:array(list)
end

local function frozen(release)
  if not release.draft and release.immutable then
    return problem.new("denied", ("release %d is immutable: its assets stay as they are"):format(release.id))
  end
end

local function upload_file(id) return ("incoming/%d"):format(id) end

-- Takes the name: the record of an upload that has begun.
local function begin(self, id, request, name)
  local release, trouble = self:release_record(id)
  if not release then return nil, trouble end
  trouble = frozen(release)
  if trouble then return nil, trouble end
  if self.store:type(record_file(release, name)) then
    return problem.refuse("denied", ("release %d has an asset %s already"):format(id, text.line(name)), "delete it first")
  end
  local record = { name = name, label = request.label or "", size = 0, state = "starter", time = self.store:now(),
    content_type = request.content_type or "application/octet-stream" }
  record.id, trouble = self.store:new_id()
  if not record.id then return nil, trouble end
  local ok
  ok, trouble = self.store:write(record_file(release, name), record)
  if not ok then return nil, trouble end
  return record
end

-- Copies the bytes to where nobody looks. Outside of the lock: they may be many.
local function copy(self, record, request)
  local to = self.store:path(upload_file(record.id))
  local ok, words = self.parts.file.mkdir(to:match "^(.*)/")
  local copied
  if ok then copied, words = self.parts.file.copy(request.path, to) end
  if not copied then return problem.refuse("error", text.line(words)) end
  if request.size and request.size ~= copied.size or request.sha256 and request.sha256 ~= copied.sha256 then
    self.store:remove(upload_file(record.id))
    return problem.refuse("error", ("%s: its bytes are not those that were announced"):format(text.line(request.path)),
      "it changed while it was uploaded; build it again, or plan again")
  end
  return copied
end

-- The bytes get their name, and then the record says so. The release may have been published meanwhile, or be gone.
local function finish(self, id, record, copied)
  local release, trouble = self:release_record(id)
  if release then trouble = frozen(release) end
  if not release or trouble then
    self.store:remove(upload_file(record.id))
    return nil, trouble
  end
  local ok
  ok, trouble = self.store:rename(upload_file(record.id), bytes_file(release, record.name))
  if not ok then return store.unsure(trouble) end
  record.state, record.size, record.sha256 = "uploaded", copied.size, copied.sha256
  ok, trouble = self.store:write(record_file(release, record.name), record)
  if not ok then return store.unsure(trouble) end
  return answer(self, release, record)
end

--- See forge.lua: upload_asset.
function methods:upload_asset(id, request, progress)
  local trouble = self:needs("write", "upload an asset")
  if trouble then return nil, trouble end
  local name = assets.name(request.name)
  if name == "" or #name > NAME_MAX then
    return problem.refuse("denied", ("'%s' is no name of an asset"):format(text.line(request.name)))
  end
  local record
  record, trouble = self.store:locked(function () return begin(self, id, request, name) end)
  if not record then return nil, trouble end
  local copied
  copied, trouble = copy(self, record, request)
  if not copied then
    -- The source was at fault; the name is free again.
    self:delete_asset(record.id)
    return nil, trouble
  end
  if progress then progress(copied.size, copied.size) end
  return self.store:locked(function () return finish(self, id, record, copied) end)
end

--- See forge.lua: delete_asset.
function methods:delete_asset(id)
  local trouble = self:needs("write", "delete an asset")
  if trouble then return nil, trouble end
  return self.store:locked(function ()
    local release, asset = self:release_with_asset(id)
    if not release then return nil, asset end
    local refusal = frozen(release)
    if refusal then return nil, refusal end
    -- The record goes last: what a crash leaves can be deleted again.
    local ok
    ok, refusal = self.store:remove(upload_file(id))
    if ok then ok, refusal = self.store:remove(bytes_file(release, asset.name)) end
    if ok then ok, refusal = self.store:remove(record_file(release, asset.name)) end
    if not ok then return nil, refusal end
    return true
  end)
end

--- See forge.lua: download_asset.
function methods:download_asset(id, request)
  local release, asset = self:release_with_asset(id)
  if not release then return nil, asset end
  if asset.state ~= "uploaded" then
    return problem.refuse("error", ("the upload of asset %s did not end"):format(text.line(asset.name)),
      "delete it and upload it again")
  end
  local copied, words = self.parts.file.copy(self.store:path(bytes_file(release, asset.name)), request.path,
    { max = request.size })
  if not copied then return problem.refuse("error", text.line(words)) end
  return copied
end

--- See forge.lua: fetch. Only what stands below releases/ is public.
function methods:fetch(url)
  local path = self:path_of_url(url)
  local name = path and path:sub(1, #self.store.root + 1) == self.store.root .. "/" and path:sub(#self.store.root + 2)
  if not name then
    return problem.refuse("error", ("%s is nothing of this forge's"):format(text.line(url)))
  end
  if not name:find "^releases/.+/assets/[^/]+$" or ("/" .. name .. "/"):find("/../", 1, true) then
    return { status = 404, size = 0 }
  end
  local copied, words, kind = self.parts.file.copy(path, nil)
  if not copied then
    if kind == "not_found" then return { status = 404, size = 0 } end
    return problem.refuse("error", text.line(words))
  end
  return { status = 200, sha256 = copied.sha256, size = copied.size }
end

return assets
