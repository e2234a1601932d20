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

--- Opens the forge that a release lives on.
---@param record table|nil the spec's `forge`
---@param url string the remote's URL
---@param options { say: fun(line: string), user: string|nil, url_from: "spec"|nil } user: who acts, where the forge has no
---  token to tell; url_from: see forge.target
---@return table|nil forge with the methods of forge.reads and forge.writes, and `target`; problem
return function (record, url, options)
  local target, why = forge.target(record, url, env.get, options.url_from)
  if not target then
    return problem.refuse("error", why,
      "say in the release: forge = github {} or forge = local_forge \"DIRECTORY\"")
  end
  local parts = { json = json, digest = digest, clock = clock, file = file, git = git, env = env, say = options.say,
    repo = repo, history = history, user = options.user, version = embedded.version(), http = lazy "host.http" }
  local opened, trouble = require("forge." .. target.kind).new(target, parts)
  if not opened then return nil, trouble end
  return reach.attach(opened, parts)
end
