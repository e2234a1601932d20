--- Opens a forge: hands the backends, which are pure, what they need of the host. The only module that knows both.

local digest = require "host.digest"
local clock = require "host.clock"
local embedded = require "host.embedded"
local env = require "host.env"
local file = require "host.file"
local json = require "host.json"
local forge = require "forge"
local history = require "host.history"
local repo = require "host.repo"
local git = require "git"
local lazy = require "lazy"
local problem = require "problem"
local reach = require "forge.reach"
local together = require "together"

-- What tells one opened forge from another.
local function key_of(record, remote, url, user)
  record = record or {}
  return json.encode(json.array { url or false, remote, record.word or false, record.host or false,
    record.repository or false, record.path or false, user or false })
end

--- Opens the forge that a release lives on. Who asks again and again shares one: it then asks with what the forge said
-- before in hand, which costs nothing where nothing has changed, and its writes keep their distance from each other.
---@param record table|nil the spec's `forge`
---@param remote string the remote, by its name in the clone or, where the clone has none of this name, its URL
---@param url string|false|nil what the clone says of its URL
---@param options { say: fun(line: string), user: string|nil, forges: table|nil } user: who acts, where the forge has no
---  token to tell; forges: holds the opened ones, for all that are given this table to share
--- Asks nothing, but whether a remote of another name than CI's is the same repository.
---@return table|nil forge with the methods of forge.reads and forge.writes, and `target`; problem
return function (record, remote, url, options)
  local forges = options.forges or {}
  local key = key_of(record, remote, url, options.user)
  if forges[key] then return forges[key] end
  local target, why, todo = forge.target(record, url or remote, env.get, not url and "spec" or nil)
  if not target then
    return problem.refuse("error", why,
      todo or "say in the release: forge = github {} or forge = local_forge \"DIRECTORY\"")
  end
  -- A local forge sleeps while it holds files of its own, where nobody else may come between.
  local parts = { json = json, digest = digest, clock = target.kind == "local" and clock or together.clock(clock),
    file = file, git = git, env = env, say = options.say, repo = repo, history = history, user = options.user,
    version = embedded.version(), http = together.http(lazy "host.http") }
  local opened, trouble = require("forge." .. target.kind).new(target, parts)
  if not opened then return nil, trouble end
  if target.beside then
    local same
    same, trouble = opened:is_named(target.beside.name)
    if same == nil then return nil, trouble end
    if not same then return problem.refuse("error", target.beside.why, forge.NAME_REPOSITORY) end
  end
  forges[key] = reach.attach(opened, parts)
  return forges[key]
end
