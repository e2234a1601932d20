--- The conversation with GitHub's REST API: one request after the other, with the headers that GitHub asks for, its
-- limits obeyed, its lists read to their end, and every refusal made one line. Pure: the requests themselves are
-- parts.http's.
--
-- The version of the API is pinned to 2022-11-28 on every host: all servers know it, the Enterprise ones no newer one,
-- and what the newer one would add is asked for by parameters (the run of a dispatch). Answers are read so that both
-- shapes will do.
--
-- Reads are tried three times when the network or the server fails. Writes are repeated only when it is certain that
-- none happened: the request never left, or GitHub said that it was one too many. Else their outcome is unknown, and
-- whoever asked must look.

local address = require "forge.github.address"
local idle = require "idle"
local limits = require "forge.github.limits"
local pages = require "forge.github.pages"
local problem = require "problem"
local refusal = require "forge.github.refusal"
local token = require "forge.github.token"
local text = require "text"

local rest = {}

rest.VERSION = "2022-11-28"

local READ_TRIES = 3
local LIMIT_WAITS = 3
local CACHE_BYTES_MAX = 16 << 20
local BUSY = { [500] = true, [502] = true, [503] = true, [504] = true }

---@class github.rest
---@field target table
---@field origin string of the API
---@field base string the API's address
---@field root string the path of the repository
---@field host string the API's host, for people
---@field names string[] the variables that may hold the token
---@field variable string|nil the one that does
---@field idle_ms integer|nil how long a server may be silent, where the environment says it
local methods = {}
methods.__index = methods

--- Begins a conversation.
---@param target table { api, mutation_gap_ms =|nil, pause_ms =|nil, limit_wait_s =|nil, host_from =|nil }
---@param parts table as forge.connect gives them
---@return github.rest|nil, problem
function rest.new(target, parts)
  local http = parts.http
  local origin, why = http.origin(target.api)
  if not origin then return problem.refuse("error", ("the address of GitHub's API is none: %s"):format(why)) end
  local patience, wrong = idle.seconds(parts.env.get)
  if wrong then return nil, wrong end
  -- Plain HTTP goes to this machine only, where nobody's limits are: neither pauses nor gaps spare anybody anything.
  local near = origin:find "^http://" ~= nil
  local self = setmetatable({
    target = target, parts = parts, http = http, origin = origin, base = target.api:gsub("/+$", ""),
    host = origin:gsub("^https?://", ""),
    names = token.names(target, origin, parts), credentials = {}, cache = {}, cached = 0,
    gap_ms = target.mutation_gap_ms or (near and 0 or 1000), pause_ms = target.pause_ms or (near and 50 or 1000),
    limit_wait_s = target.limit_wait_s or 60, agent = "relrun/" .. parts.version,
    fields = require("forge.github.fields").new(parts.json), idle_ms = patience and patience * 1000,
  }, methods)
  for _, name in ipairs(self.names) do
    if parts.env.has(name) then self.variable = name break end
  end
  if self.variable then
    local uploads = token.uploads_origin(origin)
    for _, one in ipairs(origin == uploads and { origin } or { origin, uploads }) do
      local credential, unusable = http.credential { names = self.names, origin = one, scheme = "Bearer" }
      if not credential then
        return problem.refuse("error", ("the token in %s cannot be used: %s"):format(self.variable,
          text.line(unusable or "it is empty")), "set it anew")
      end
      table.insert(self.credentials, credential)
    end
  end
  return self
end

-- null and an absent field mean the same to whoever reads an answer.
local function without_null(value, null)
  if type(value) ~= "table" then return value end
  for key, item in pairs(value) do
    if item == null then
      if type(key) == "string" then value[key] = nil end
    else
      without_null(item, null)
    end
  end
  return value
end

--- Reads JSON; fields that are null are gone.
---@return any value, or nil, message
function methods:decode(bytes)
  local value, message = self.parts.json.decode(bytes, { floats = true })
  if value == nil then return nil, message end
  return without_null(value, self.parts.json.null)
end

--- Waits; a problem when the wait was interrupted.
---@return true|nil, problem
function methods:sleep(ms)
  local ok, message = self.parts.clock.sleep(ms)
  if ok then return true end
  return problem.refuse("interrupted", message)
end

--- The problem of a request that got no answer. Only a write that certainly never left is an error.
local function unanswered(request, message, kind)
  -- The message begins with the method and the address, and so do our words.
  local address_named = request.method .. " " .. request.url:gsub("[?#].*$", "") .. ": "
  if message:sub(1, #address_named) == address_named then message = message:sub(#address_named + 1) end
  local words = ("%s: %s"):format(request.where, text.line(message))
  if request.read then
    return problem.refuse(kind == "interrupted" and kind or "error", words, kind ~= "interrupted" and
      "check the network, and run the same command again" or nil)
  elseif kind == "unsent" or kind == "tls" or kind == "unsupported" then
    return problem.refuse("error", words, "check the network, and run the same command again")
  end
  return problem.refuse("unknown", words, "run the same command again: it looks what became of the write")
end

-- GitHub wants a second between writes; between those that go out together the gap of each sees to it.
local function pace(self)
  local last = self.wrote_ms
  local wait = last and last + self.gap_ms - self.parts.clock.monotonic_ms() or 0
  if wait > 0 then return self:sleep(wait) end
  return true
end

-- Waits for the end of a limit, or says when that is.
local function obey(self, request, seconds, waits)
  local now = self.parts.clock.now()
  if seconds > self.limit_wait_s or waits >= LIMIT_WAITS then
    local limit = problem.new("error", ("%s: %s's rate limit is reached; it ends in %s, at %s"):format(request.where,
      self.host, limits.span(seconds), limits.clock(now + seconds, now)), self.variable and
      "wait until then and run the same command again" or token.remedy(self.names, self.host))
    limit.shared = "limit"
    return nil, limit
  end
  if not self.told_limit and self.parts.say then
    self.told_limit = true
    self.parts.say(("%s asks to wait: its rate limit ends in %s"):format(self.host, limits.span(seconds)))
  end
  return self:sleep(seconds * 1000)
end

--- One request, until it is answered by something that is neither a limit nor, for a read, a passing failure.
---@param request table { method, url, where, read, body, headers, upload, sink, max, progress, anonymous, idle_ms,
---  is_limited }: is_limited(answer) tells a limit that no status tells
---@return table|nil answer { status, headers, body, ... }, or nil, problem
function methods:send(request)
  local tries, waits = 1, 0
  while true do
    local pause_ms = self.pause_ms * tries
    if not request.read then
      local ok, trouble = pace(self)
      if not ok then return nil, trouble end
    end
    local answer, message, kind = self.http.request {
      method = request.method, url = request.url, headers = request.headers, body = request.body,
      upload = request.upload, sink = request.sink, max = request.max, progress = request.progress,
      credential = not request.anonymous and self.variable and self.credentials or nil,
      idle_ms = self.idle_ms or request.idle_ms, gap_ms = not request.read and self.gap_ms or nil,
    }
    -- Not sent, because of a problem that somebody else met; see together.run.
    if kind == "withheld" then return nil, message end
    if not request.read then self.wrote_ms = self.parts.clock.monotonic_ms() end
    local again
    if not answer then
      again = tries < READ_TRIES and (kind == "unsent" or request.read and kind == "unknown")
      if not again then return unanswered(request, message, kind) end
    else
      local seconds = limits.wait(answer, self.parts.clock.now(), request.is_limited and request.is_limited(answer))
      if seconds then
        local ok, trouble = obey(self, request, seconds, waits)
        if not ok then return nil, trouble end
        waits = waits + 1
      else
        local asked_s = limits.retry_after(answer) or 0
        again = tries < READ_TRIES and request.read and BUSY[answer.status] and asked_s <= self.limit_wait_s
        if not again then return answer end
        pause_ms = math.max(pause_ms, asked_s * 1000)
      end
    end
    if again then
      local ok, trouble = self:sleep(pause_ms)
      if not ok then return nil, trouble end
      tries = tries + 1
    end
  end
end

--- The headers of a request; `known` is what is remembered of an earlier answer.
---@param request { accept: string|nil, content_type: string|nil, body: any }
---@param known { etag: string }|false|nil
---@return table<string, string>
function methods:headers(request, known)
  return {
    ["Accept"] = request.accept or "application/vnd.github+json", ["User-Agent"] = self.agent,
    ["X-GitHub-Api-Version"] = rest.VERSION, ["If-None-Match"] = known and known.etag or nil,
    ["Content-Type"] = request.content_type or request.body and "application/json" or nil,
  }
end

-- Keeps a read's answer for the next look at the same address: an unchanged one costs nothing of the limit.
local function remember(self, url, answer)
  local etag = (answer.headers.etag or ""):match "^[!-~]+$"
  if answer.status ~= 200 or not etag or not answer.body then return end
  if self.cached + #answer.body > CACHE_BYTES_MAX then self.cache, self.cached = {}, 0 end
  local before = self.cache[url]
  self.cached = self.cached + #answer.body - (before and #before.body or 0)
  self.cache[url] = { etag = etag, status = 200, headers = answer.headers, body = answer.body }
end

--- Forgets what was said at an address: the next look at it is a whole one.
---@param url string
function methods:forget(url)
  local known = self.cache[url]
  if known then self.cached, self.cache[url] = self.cached - #known.body, nil end
end

-- An answer that is unchanged: its body is the one that we know, and of its headers those count that came now (RFC 9111).
local function refreshed(self, url, known, answer)
  local headers = {}
  for name, value in pairs(known.headers) do headers[name] = value end
  for name, value in pairs(answer.headers) do headers[name] = value end
  self.cache[url] = { etag = known.etag, status = 200, headers = headers, body = known.body }
  return self.cache[url]
end

--- The problem of an answer that is no success, and what the answer said.
---@return nil, problem, github.fault
function methods:refuse(request, answer)
  local fault = refusal.fault(answer, function (body) return (self:decode(body)) end)
  return refusal.of(answer, fault, { where = request.where, host = self.host, names = self.names,
    server = self.target.server, variable = self.variable, needs = request.needs, read = request.read })
end

-- What went wrong with the answer to a write that GitHub says it did: the write is there.
local function after_write(request, trouble)
  if not request.read then trouble.kind = "unknown" end
  return nil, trouble
end

--- Asks and decodes.
---@param request table { method, path or url, query, body = table, read, needs, accept, content_type, upload, ... }
---@return any value (true where the answer has no body), table answer; or nil, problem, github.fault|nil
function methods:call(request)
  local path = request.path or request.url:gsub("^https?://[^/?#]+", "")
  request.where = ("GitHub: %s %s"):format(request.method, text.line((path:gsub("[?#].*$", ""))))
  request.url = request.url or self.base .. path .. address.query(request.query)
  request.read = request.read or request.method == "GET"
  if not request.read and not self.variable then
    local tokenless = problem.new("error", request.where .. ": there is no token, and a write needs one",
      token.remedy(self.names, self.host, request.needs))
    tokenless.shared = "token"
    return nil, tokenless
  end
  local known = request.method == "GET" and self.cache[request.url]
  request.headers = self:headers(request, known)
  if request.body then request.body = self.parts.json.encode(request.body) end
  local answer, trouble = self:send(request)
  if not answer then return nil, trouble end
  if known and answer.status == 304 then answer = refreshed(self, request.url, known, answer) end
  if answer.status < 200 or answer.status > 299 then return self:refuse(request, answer) end
  if answer.url and self.http.origin(answer.url) ~= self.http.origin(request.url) then
    return problem.refuse("error", ("%s: another server answered, %s"):format(request.where,
      text.line(self.http.origin(answer.url) or "?")))
  end
  if not answer.body or answer.body == "" then return true, answer end
  local value, message = self:decode(answer.body)
  if value == nil then
    return after_write(request, problem.new("error", ("%s: the answer is no JSON: %s"):format(request.where,
      text.line(message))))
  end
  if request.method == "GET" then remember(self, request.url, answer) end
  return value, answer
end

--- Asks for one record and reads it. With `absent`, 404 is `false`, but only where the repository itself can be seen:
--- GitHub answers 404 for what the token may not see, too.
---@param path string
---@param read fun(fields: table, record: table): any
---@param options { query: table|nil, absent: boolean|nil, needs: string|nil }|nil
---@return any value, or false, or nil, problem, github.fault|nil
function methods:one(path, read, options)
  options = options or {}
  local request = { method = "GET", path = path, query = options.query, needs = options.needs }
  local value, answer, fault = self:call(request)
  if value == nil then
    if not (options.absent and fault and fault.status == 404) then return nil, answer, fault end
    local seen, trouble = self:sees_repository()
    if not seen then return nil, trouble end
    return false
  end
  return self.fields.read(request.where, value, read)
end

--- Can the repository be seen at all? Asked once.
---@return true|nil, problem
function methods:sees_repository()
  if not self.seen then
    local value, trouble = self:call { method = "GET", path = self.root }
    if value == nil then return nil, trouble end
    self.seen = true
  end
  return true
end

--- Asks for a list, all of its pages, and reads every item; see forge/github/pages.lua.
---@param path string
---@param read fun(fields: table, record: table): any
---@param options table|nil
---@return any[]|nil, problem, github.fault|nil
function methods:all(path, read, options) return pages.all(self, path, read, options or {}) end

--- Writes, and reads the answer where `read` is given. What GitHub did and then told badly is of kind "unknown".
---@param method "POST"|"PATCH"|"PUT"|"DELETE"
---@param path string
---@param body table|nil
---@param options { needs: string, read: function|nil }
---@return any value (true without `read`), or nil, problem, github.fault|nil
function methods:write(method, path, body, options)
  local request = { method = method, path = path, body = body, needs = options.needs }
  local value, answer, fault = self:call(request)
  if value == nil then return nil, answer, fault end
  if not options.read then return true end
  return self:told(request, value, options.read)
end

--- Reads the answer of a write that was done.
function methods:told(request, value, read)
  local result, trouble = self.fields.read(request.where, value, read)
  if result == nil then return after_write(request, trouble) end
  return result
end

return rest
