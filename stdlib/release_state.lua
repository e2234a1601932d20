--- What a forge holds of one release: which of its drafts counts, and whether its assets are exactly those that are
-- wanted. Forges take two drafts of one tag without a word, find none of them by the tag, and keep uploads that never
-- ended; so the whole list is read, the draft of the lowest id counts, and sets are compared name by name. It asks,
-- and changes nothing.

local problem = require "problem"
local release_body = require "release_body"
local text = require "text"
local together = require "together"

local release_state = {}

---@class release_state.wanted
---@field name string
---@field size integer bytes
---@field sha256 string

---@class release_state.found
---@field published forge.release|nil
---@field ours forge.release[] drafts with our mark, by id
---@field foreign forge.release[] drafts without it

--- All releases of a tag.
---@param forge table
---@param tag string
---@return release_state.found|nil, problem
function release_state.of_tag(forge, tag)
  local all, trouble = forge:releases()
  if not all then return nil, trouble end
  local found = { ours = {}, foreign = {} }
  for _, release in ipairs(all) do
    if release.tag == tag then
      if not release.draft then
        found.published = release
      else
        table.insert(release_body.purpose(release.body) and found.ours or found.foreign, release)
      end
    end
  end
  table.sort(found.ours, function (a, b) return a.id < b.id end)
  return found
end

-- The digests of assets that a forge does not tell, by the doors through which they were read: an asset's bytes never
-- change under its id. No state of a release: with its doors it is gone, and without it the answers would be the same, after
-- more downloads.
---@type table<table, { digests: table<integer, string>, directory: string|nil, files: integer }>
local hashed = setmetatable({}, { __mode = "k" })

local function hashed_behind(doors)
  local whole = doors.whole or doors
  hashed[whole] = hashed[whole] or { digests = {}, files = 0 }
  return hashed[whole]
end

-- Does something with the path of a new file. Files that are there at the same time stand in one directory, which goes with
-- the last of them: whoever is killed among many downloads leaves one behind.
local function with_file(read, doors, name, use)
  if read.files == 0 then
    local directory, words = doors.file.temporary_directory()
    if not directory then return problem.refuse("error", words) end
    read.directory = directory
  end
  read.files = read.files + 1
  local path = ("%s/%s"):format(read.directory, name)
  local got, trouble = use(path)
  read.files = read.files - 1
  if read.files > 0 then
    doors.file.remove(path)
  else
    doors.file.remove(read.directory, { recursive = true })
  end
  return got, trouble
end

local function download_digest(forge, asset, doors)
  local read = hashed_behind(doors)
  if read.digests[asset.id] then return read.digests[asset.id] end
  local got, trouble = with_file(read, doors, asset.id, function (path)
    return forge:download_asset(asset.id, { path = path, size = asset.size })
  end)
  if not got then return nil, trouble end
  read.digests[asset.id] = got.sha256
  return got.sha256
end

--- An upload that was begun and did not end.
---@param asset forge.asset
---@return boolean
function release_state.is_torn(asset) return asset.state ~= "uploaded" or asset.size == 0 end

--- Is an asset the wanted one?
---@param forge table
---@param asset forge.asset of the same name
---@param wanted release_state.wanted
---@param doors table
---@return boolean|nil, problem|string why it is not
function release_state.is_wanted(forge, asset, wanted, doors)
  if release_state.is_torn(asset) then return false, ("asset %s: its upload did not end"):format(text.line(asset.name)) end
  if asset.size ~= wanted.size then
    return false, ("asset %s has %d bytes, not %d"):format(text.line(asset.name), asset.size, wanted.size)
  end
  local sha256 = asset.digest and (asset.digest:lower():match "^sha256:(%x+)$" or "of another kind")
  if not sha256 then
    local trouble
    sha256, trouble = download_digest(forge, asset, doors)
    if not sha256 then return nil, trouble end
  end
  if sha256 == wanted.sha256 then return true end
  return false, ("asset %s has the digest %s, not %s"):format(text.line(asset.name), sha256:sub(1, 16),
    wanted.sha256:sub(1, 16))
end

--- The asset of a name. Names that differ in nothing but upper and lower case are one on some systems.
---@param release forge.release
---@param name string
---@return forge.asset|nil
function release_state.asset(release, name)
  for _, asset in ipairs(release.assets) do
    if asset.name:lower() == name:lower() then return asset end
  end
end

--- An asset that nobody wants, or that stands there twice, by its name; nil when there is none.
---@param release forge.release
---@param wanted release_state.wanted[]
---@return string|nil name
function release_state.extra(release, wanted)
  local left = {}
  for _, one in ipairs(wanted) do left[one.name] = true end
  for _, asset in ipairs(release.assets) do
    if not left[asset.name] then return asset.name end
    left[asset.name] = nil
  end
end

--- Are the assets of a release exactly the wanted ones: names, sizes, digests? What has to be read for it is read side by side.
---@param forge table
---@param release forge.release
---@param wanted release_state.wanted[]
---@param doors table
---@return boolean|nil, problem|string why they are not
function release_state.is_exact(forge, release, wanted, doors)
  local extra = release_state.extra(release, wanted)
  if extra then return false, ("it has an asset %s that nobody planned"):format(text.line(extra)) end
  local looks, exact, why, met = {}, true, nil, nil
  for i, one in ipairs(wanted) do
    local asset = release_state.asset(release, one.name)
    if not asset then return false, ("asset %s is not there"):format(text.line(one.name)) end
    looks[i] = function ()
      local same, reason = release_state.is_wanted(forge, asset, one, doors)
      met = met or problem.shared_by_all(same, reason)
      return same, reason
    end
  end
  together.run(looks, function (_, same, reason)
    if exact and not same then exact, why = same, reason end
  end, { enough = function (_, same) return not same end, withhold = function () return met end })
  return exact, why
end

--- A release in a message: its number and where people see it.
---@return string
function release_state.tell(release) return ("%d (%s)"):format(release.id, text.line(release.url)) end

--- What later operations are told of a release.
---@return table { id, url, published, assets }
function release_state.result(release, wanted)
  return { id = release.id, url = release.url, published = not release.draft, assets = release.assets, wanted = wanted }
end

return release_state
