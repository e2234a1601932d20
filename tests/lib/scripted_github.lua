--- A GitHub of a few lines: answers are written down by method and path, and what was asked is kept. For tests of
-- stdlib/forge/github without a server; time stands still but for the pauses, which are kept, too.
--
--     local script = scripted.open {}
--     script:on("GET", "/repos/demo/app/pulls/7", { body = { number = 7, ... } })
--     script.forge:pull(7)

local json = require "host.json"
local digest = require "host.digest"
local http = require "host.http"
local github = require "forge.github"
local problem = require "problem"
local records = require "github_records"
local together = require "together"
local test = require "testing"

local scripted = {}

scripted.API = "https://api.github.com"

---@class scripted
---@field forge github.forge
---@field log string[] "METHOD /path?query" of each request
---@field requests table[] as parts.http got them
---@field pauses integer[] ms
---@field said string[]
local methods = {}
methods.__index = methods

--- What answers METHOD PATH (or PATH?QUERY), one answer for each request, the last one for all that follow: a table
--- { status = 200, body = value or bytes, headers, size, sha256, url }, { fails = message, kind = kind }, or a function of
--- the request that gives such a table.
---@return scripted
function methods:on(method, path, ...)
  local answers = table.pack(...)
  self.answers[method .. " " .. path] = { n = answers.n, at = 0, table.unpack(answers, 1, answers.n) }
  return self
end

local function answer_to(self, request)
  local path = request.url:gsub("^https?://[^/]+", "")
  local key = request.method .. " " .. path
  table.insert(self.log, key)
  table.insert(self.requests, request)
  local row = self.answers[key] or self.answers[request.method .. " " .. path:gsub("%?.*$", "")]
  if not row then error("nobody wrote an answer to " .. key, 0) end
  row.at = math.min(row.at + 1, row.n)
  local answer = row[row.at]
  if type(answer) == "function" then answer = answer(request) end
  if answer.fails then return nil, answer.fails, answer.kind end
  local body = answer.body
  if type(body) == "table" then body = json.encode(body) end
  local headers = {}
  for name, value in pairs(answer.headers or {}) do headers[name:lower()] = value end
  return { status = answer.status or 200, headers = headers, body = body or "", size = answer.size or #(body or ""),
    sha256 = answer.sha256, upload_sha256 = answer.upload_sha256, url = answer.url or request.url,
    redirected = answer.url ~= nil }
end

-- As http.parallel does, one after the other.
local function answers_to(self, requests)
  local results = {}
  for i, request in ipairs(requests) do
    local answer, message, kind = answer_to(self, request)
    results[i] = answer and { answer = answer } or { message = message, kind = kind }
  end
  return results
end

--- Opens the forge over a script; raises when it will not open.
---@param options { target: table|nil, env: table|nil }|nil
---@return scripted
function scripted.open(options) return assert(scripted.try(options or {})) end

--- The same, where it may be refused.
---@return scripted|nil, problem
function scripted.try(options)
  local env = options.env or { GITHUB_TOKEN = "secret" }
  local self = setmetatable({ answers = {}, log = {}, requests = {}, pauses = {}, said = {}, now = 1700000000, ms = 0 },
    methods)
  local target = { kind = "github", api = scripted.API, graphql = scripted.API .. "/graphql",
    server = "https://github.com", repository = "demo/app" }
  for key, value in pairs(options.target or {}) do target[key] = value end
  local parts = {
    json = json, digest = digest, version = "9.9.9",
    say = function (line) table.insert(self.said, line) end,
    env = { get = function (name) return env[name] end, has = function (name) return env[name] ~= nil end },
    clock = together.clock {
      now = function () return self.now + self.ms // 1000 end, monotonic_ms = function () return self.ms end,
      sleep = function (ms)
        table.insert(self.pauses, ms)
        self.ms = self.ms + ms
        return true
      end,
    },
    file = { temporary_directory = function () return "/tmp/fetched" end, remove = function () return true end,
      stat = function (path)
        if path:find "^/tmp/there" then return { type = "file", size = 3 } end
        return nil, path .. ": No such file or directory"
      end },
    http = together.http {
      origin = http.origin, request = function (request) return answer_to(self, request) end,
      parallel = function (requests) return answers_to(self, requests) end,
      credential = function (one)
        for _, name in ipairs(one.names) do
          if env[name] then return { credential = name, origin = one.origin } end
        end
      end,
    },
  }
  local trouble
  self.forge, trouble = github.new(target, parts)
  if not self.forge then return nil, trouble end
  return self
end

--- A server that has nothing of anything, and says so in good order.
---@return scripted
function scripted.empty()
  local commit, list = "/repos/demo/app/commits/" .. ("a"):rep(40), json.array
  local missing = { status = 404, body = { message = "Not Found" } }
  return scripted.open():on("GET", "/repos/demo/app", { body = records.repository() })
    :on("GET", "/repos/demo/app/immutable-releases", missing)
    :on("GET", "/repos/demo/app/branches/main/protection", { status = 404, body = { message = "Branch not protected" } })
    :on("GET", commit .. "/check-runs", { body = { total_count = 0, check_runs = list {} } })
    :on("GET", commit .. "/status", { body = { total_count = 0, statuses = list {} } })
    :on("GET", "/repos/demo/app/actions/runs/9/approvals", { body = list {} })
    :on("GET", "/repos/demo/app/actions/runs/9/pending_deployments", { body = list {} })
    :on("GET", "/repos/demo/app/rules/branches/main", { body = list {} })
end

--- Fails unless the results are nil and a problem of this kind, one line that holds all of these words.
---@return problem
function scripted.refused(kind, words, value, trouble)
  test.equal(value, nil)
  if not problem.is(trouble) then error("no problem: " .. tostring(trouble), 2) end
  for _, part in ipairs(words) do test.contains(tostring(trouble), part) end
  test.lacks(tostring(trouble), "\n")
  test.equal(trouble.kind, kind, tostring(trouble))
  return trouble
end

return scripted
