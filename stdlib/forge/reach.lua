--- What anybody can reach: addresses on any server, and images in OCI registries. The same for every forge, over
-- parts.http, and always without credentials of ours: what only we can read is not public.

local problem = require "problem"
local text = require "text"

local reach = {}

local TRIES, PAUSE_MS = 3, 500
local TEXT_MAX, TOKEN_MAX = 4 << 20, 64 << 10

-- One way to name what an image's tag stands for: an index or a manifest, in Docker's words or in OCI's.
local MANIFESTS = table.concat({
  "application/vnd.oci.image.index.v1+json", "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json", "application/vnd.docker.distribution.manifest.v2+json",
}, ", ")

-- Reading can be tried again: after a failure of the network, or an answer of a server that is busy.
local function read(parts, request)
  for try = 1, TRIES do
    local answer, words, kind = parts.http.request(request)
    if answer and answer.status < 500 or try == TRIES or kind == "interrupted" or kind == "redirect" or kind == "tls" then
      if answer then return answer end
      return problem.refuse(kind == "interrupted" and "interrupted" or "error", text.line(words))
    end
    local ok, refusal = parts.clock.sleep(PAUSE_MS * try)
    if not ok then return problem.refuse("interrupted", refusal) end
  end
end

local function is_fine(answer) return answer.status >= 200 and answer.status <= 299 end

-- The whole size, as HEAD tells it or as the answer about one byte does.
local function size_of(answer)
  local told = answer.status == 206 and (answer.headers["content-range"] or ""):match "^bytes %d+%-%d+/(%d+)$"
    or answer.status ~= 206 and answer.headers["content-length"]
  return told and told:find "^%d+$" and #told < 19 and math.tointeger(tonumber(told)) or false
end

--- Asks whether an address answers; see forge.reads. Some servers refuse HEAD or sign addresses for GET alone: those are
-- asked for one byte.
---@param parts { http: table, clock: table }
---@param url string
---@return { status: integer, size: integer|false }|nil, problem
function reach.url(parts, url)
  if not parts.http.origin(url) then
    return problem.refuse("error", ("%s is no address that can be asked"):format(text.line(url)),
      "addresses begin with https://")
  end
  local answer, trouble = read(parts, { method = "HEAD", url = url, redirects = 5 })
  if not answer then return nil, trouble end
  if not is_fine(answer) and answer.status ~= 404 then
    answer, trouble = read(parts, { method = "GET", url = url, headers = { Range = "bytes=0-0" }, max = TEXT_MAX,
      redirects = 5 })
    if not answer then return nil, trouble end
    return { status = answer.status == 206 and 200 or answer.status, size = is_fine(answer) and size_of(answer) }
  end
  return { status = answer.status, size = is_fine(answer) and size_of(answer) }
end

--- Takes an image's name apart, as container tools do: a first part that looks like a host is one.
---@param reference string "ghcr.io/owner/name:tag", "name@sha256:HEX", "alpine"
---@return { host: string, name: string, reference: string }|nil
function reach.parse_image(reference)
  local rest, digest = reference:match "^([^@]+)@(sha256:%x+)$"
  rest = rest or reference
  local host, name = rest:match "^([^/]+)/(.+)$"
  if not host or not (host:find "[.:]" or host == "localhost") then host, name = "docker.io", rest end
  local path, tag = name:match "^(.+):([%w_][%w._-]*)$"
  name = path or name
  if host == "docker.io" then
    host = "registry-1.docker.io"
    if not name:find("/", 1, true) then name = "library/" .. name end
  end
  if not host:find "^[%w.-]+:?%d*$" or not name:find "^[%l%d].*[%l%d]$" and not name:find "^[%l%d]$" or name:find "[^%l%d/._-]" or name:find("..", 1, true)
    or digest and #digest ~= 71 or reference:find("@", 1, true) and not digest then
    return nil
  end
  return { host = host, name = name, reference = digest or tag or "latest" }
end

-- The parameters of `WWW-Authenticate: Bearer realm="...",service="...",scope="..."`.
local function challenge_of(header)
  local given = {}
  local rest = header and header:match "^[Bb]earer%s+(.*)$"
  for key, value in (rest or ""):gmatch '(%w+)="([^"]*)"' do given[key:lower()] = value end
  return given.realm and given or nil
end

local function escape(value)
  return (value:gsub("[^%w._~-]", function (byte) return ("%%%02X"):format(byte:byte()) end))
end

-- The token that a registry gives to anybody; false when it gives none.
local function anonymous_token(parts, header, name)
  local challenge = challenge_of(header)
  if not challenge then return false end
  local address = ("%s%sscope=%s"):format(challenge.realm, challenge.realm:find("?", 1, true) and "&" or "?",
    escape(challenge.scope or ("repository:%s:pull"):format(name)))
  if challenge.service then address = address .. "&service=" .. escape(challenge.service) end
  if not parts.http.origin(address) then return false end
  local answer, trouble = read(parts, { method = "GET", url = address, max = TOKEN_MAX })
  if not answer then return nil, trouble end
  local value = answer.status == 200 and parts.json.decode(answer.body, { floats = true })
  local token = type(value) == "table" and (value.token or value.access_token)
  return type(token) == "string" and token ~= "" and token or false
end

local function refused(reference, status)
  return problem.refuse("error", ("image %s: the registry answers %d to anybody"):format(text.line(reference), status),
    "it is private, or it does not exist")
end

--- What an image's tag stands for; see forge.reads. By the OCI distribution API, with the token that anybody gets.
---@param parts { http: table, clock: table, json: table, digest: table }
---@param reference string
---@return { digest: string }|false|nil, problem
function reach.image(parts, reference)
  local image = reach.parse_image(reference)
  if not image then
    return problem.refuse("error", ("'%s' is no image"):format(text.line(reference)), "an image is \"host/name:tag\"")
  end
  local scheme = image.host:find "^localhost:?%d*$" or image.host:find "^127%.[%d.]+:?%d*$"
  local origin = (scheme and "http://" or "https://") .. image.host
  local request = { method = "HEAD", url = ("%s/v2/%s/manifests/%s"):format(origin, image.name, image.reference),
    headers = { Accept = MANIFESTS }, max = TEXT_MAX, redirects = 3 }
  local answer, trouble = read(parts, request)
  if answer and answer.status == 401 then
    local token
    token, trouble = anonymous_token(parts, answer.headers["www-authenticate"], image.name)
    if token == nil then return nil, trouble end
    if not token then return refused(reference, answer.status) end
    request.credential = parts.http.credential { token = token, origin = origin }
    answer, trouble = read(parts, request)
  end
  if not answer then return nil, trouble end
  if answer.status == 404 then return false end
  if answer.status ~= 200 then return refused(reference, answer.status) end
  local digest = answer.headers["docker-content-digest"]
  if not digest then
    request.method = "GET"
    answer, trouble = read(parts, request)
    if not answer then return nil, trouble end
    if answer.status ~= 200 then return refused(reference, answer.status) end
    digest = "sha256:" .. parts.digest.sha256(answer.body)
  end
  if not digest:find "^sha256:%x+$" or #digest ~= 71 then
    return problem.refuse("error", ("image %s: the registry names it %s, which is no SHA-256"):format(
      text.line(reference), text.line(digest)))
  end
  return { digest = digest }
end

--- Gives a forge the two reads. A local forge's public files have addresses that only it can read.
---@param opened table
---@param parts table
---@return table opened
function reach.attach(opened, parts)
  function opened:reach(url)
    if url:find "^file:" and opened.target and opened.target.kind == "local" then
      local answer, trouble = self:fetch(url)
      if not answer then return nil, trouble end
      return { status = answer.status, size = answer.size or false }
    end
    return reach.url(parts, url)
  end
  function opened.image(_, reference) return reach.image(parts, reference) end
  return opened
end

return reach
