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

--- Opens the forge that a release lives on.
---@param record table|nil the spec's `forge`
---@param remote string the remote, by its name in the clone or, where the clone has none of this name, its URL
---@param url string|false|nil what the clone says of its URL
---@param options { say: fun(line: string), user: string|nil } user: who acts, where the forge has no token to tell
---@return table|nil forge with the methods of forge.reads and forge.writes, and `target`; problem
return function (record, remote, url, options)
  local target, why = forge.target(record, url or remote, env.get, not url and "spec" or nil)
  if not target then
    return problem.refuse("error", why,
      "say in the release: forge = github {} or forge = local_forge \"DIRECTORY\"")
  end
  -- A local forge sleeps while it holds files of its own, where nobody else may come between.
  local parts = { json = json, digest = digest, clock = target.kind == "local" and clock or together.clock(clock),
    file = file, git = git, env = env, say = options.say, repo = repo, history = history, user = options.user,
    version = embedded.version(), http = together.http(lazy "host.http") }
  local opened, trouble = require("forge." .. target.kind).new(target, parts)
  if not opened then return nil, trouble end
  return reach.attach(opened, parts)
end
