--- The assets of releases: bytes that stream from and to files, with their digest.

local address = require "forge.github.address"
local explained = require "forge.github.release_refusal"
local problem = require "problem"
local read_asset = require "forge.github.asset"
local text = require "text"
local token = require "forge.github.token"

local assets = {}

local NEEDS = "contents: write"

-- GitHub answers an upload when it has all of it; then it may think for a while.
local IDLE_MS = 120000

-- What anybody may fetch is read to its end, but not for ever.
local FETCH_BYTES_MAX = 8 << 30

-- Where a release takes uploads: as it says itself ("...{?name,label}"), when that is a server of ours.
local function upload_address(self, id)
  local url = self.upload_urls[id]
  if not url then
    local release, trouble = self:release(id)
    if release == nil then return nil, trouble end
    if not release then
      return problem.refuse("error", ("release %d of %s is not there"):format(id, self.target.repository))
    end
    url = self.upload_urls[id]
  end
  url = url:gsub("{.*$", "")
  local origin = self.rest.http.origin(url)
  if origin ~= self.rest.origin and origin ~= token.uploads_origin(self.rest.origin) then
    return problem.refuse("error", ("release %d takes its assets at %s, which is no server of GitHub's"):format(id,
      text.line(origin or "no address")))
  end
  return url
end

--- See forge.writes. The bytes that were sent are compared with the digest that was asked for; the answer's name, size
-- and digest are the caller's to compare: GitHub renames what it does not like.
---@param id integer the release's
---@param asset table { name, path, size, sha256, content_type, label }
---@param progress fun(done: integer, total: integer)|nil
---@return forge.asset|nil, problem
function assets.upload_asset(self, id, asset, progress)
  local content_type = asset.content_type or "application/octet-stream"
  if not content_type:find "^[%w!#$&^_.+-]+/[ -~]+$" then
    return problem.refuse("error", ("asset %s: '%s' is no content type"):format(text.line(asset.name),
      text.line(content_type)))
  end
  local there, message = self.parts.file.stat(asset.path)
  if not there or there.size ~= asset.size then
    return problem.refuse("error", ("asset %s: %s"):format(text.line(asset.name), there
      and ("%s has %d bytes, not %d"):format(text.line(asset.path), there.size, asset.size) or text.line(message)))
  end
  local url, trouble = upload_address(self, id)
  if not url then return nil, trouble end
  local request = {
    method = "POST", url = url .. address.query { name = asset.name, label = asset.label }, needs = NEEDS,
    content_type = content_type, upload = { path = asset.path, size = asset.size },
    progress = progress, idle_ms = IDLE_MS,
  }
  local value, answer, fault = self.rest:call(request)
  if value == nil then
    if fault and fault.codes.already_exists then
      answer.todo = "look at the asset of this name: delete it by its id, or take another name"
      return nil, answer
    end
    return explained(answer, fault)
  end
  if asset.sha256 and answer.upload_sha256 ~= asset.sha256:lower() then
    return problem.refuse("unknown", ("%s changed while it was sent: asset %s is not what was planned"):format(
      text.line(asset.path), text.line(asset.name)), "leave the file alone and run the same command again")
  end
  return self.rest:told(request, value, read_asset)
end

--- See forge.writes. One that is gone already is success.
---@param id integer
---@return true|nil, problem
function assets.delete_asset(self, id)
  local done, trouble, fault = self.rest:write("DELETE", self:at("releases/assets/%d", id), nil, { needs = NEEDS })
  if done then return true end
  if not (fault and fault.status == 404) then return explained(trouble, fault) end
  return self.rest:sees_repository()
end

--- See forge.writes. GitHub sends us on to a store of its own, which never sees the token.
---@param id integer
---@param options { path: string, size: integer }
---@return { sha256: string, size: integer }|nil, problem
function assets.download_asset(self, id, options)
  if self.parts.file.stat(options.path) then
    return problem.refuse("error", ("asset %d: %s is there already"):format(id, text.line(options.path)),
      "a download goes into a new file")
  end
  local path = self:at("releases/assets/%d", id)
  local request = {
    method = "GET", url = self.rest.base .. path, where = "GitHub: GET " .. path, read = true,
    max = math.max(options.size, 1), -- 0 would be no cap
    headers = self.rest:headers { accept = "application/octet-stream" }, needs = "contents: read", idle_ms = IDLE_MS,
    sink = options.path,
  }
  local answer, trouble = self.rest:send(request)
  if not answer then return nil, trouble end
  if answer.status ~= 200 then
    local _, refused = self.rest:refuse(request, answer)
    return nil, refused
  end
  if answer.size > options.size then
    self.parts.file.remove(options.path)
    return problem.refuse("error", ("asset %d is larger than %d bytes"):format(id, options.size))
  end
  return { sha256 = answer.sha256, size = answer.size }
end

--- See forge.writes.
---@param url string
---@return { status: integer, sha256: string, size: integer }|nil, problem
function assets.fetch(self, url)
  local origin, refused = self.rest.http.origin(url)
  if not origin then return problem.refuse("error", ("%s: %s"):format(text.line(url), refused)) end
  local directory, message = self.parts.file.temporary_directory()
  if not directory then return problem.refuse("error", message) end
  local answer, trouble = self.rest:send {
    method = "GET", url = url, where = "GET " .. text.line((url:gsub("[?#].*$", ""))), read = true, anonymous = true,
    headers = { ["User-Agent"] = self.rest.agent, ["Accept"] = "*/*" }, max = FETCH_BYTES_MAX, idle_ms = IDLE_MS,
    sink = directory .. "/body",
  }
  self.parts.file.remove(directory, { recursive = true })
  if not answer then return nil, trouble end
  local body = answer.body or ""
  return { status = answer.status, sha256 = answer.sha256 or self.parts.digest.sha256(body),
    size = answer.size or #body }
end

return assets
