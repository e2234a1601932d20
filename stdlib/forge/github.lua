--- The forge "github": GitHub itself, GitHub with data residency (*.ghe.com) and GitHub Enterprise Server, through
-- their REST API and, where only it has an operation, GraphQL. See forge.lua for what the methods mean; they stand by
-- noun in forge/github/. Pure: requests go through parts.http.
--
-- Two methods are more than the interface: update_refs (several refs at once, compared and swapped) and auto_merge.

local address = require "forge.github.address"
local problem = require "problem"
local rest = require "forge.github.rest"
local text = require "text"
local token = require "forge.github.token"

local github = {}

local NOUNS = { "repository", "rules", "pulls", "merge", "issues", "checks", "releases", "assets", "runs", "graphql" }

---@class github.forge
---@field target table
---@field rest github.rest
---@field parts table
---@field owner string
---@field name string
---@field enterprise boolean a server of somebody's own, which lacks some of GitHub's abilities
local methods = {}
methods.__index = methods

for _, noun in ipairs(NOUNS) do
  for name, method in pairs(require("forge.github." .. noun)) do
    if methods[name] then error(("two nouns have the method '%s'"):format(name)) end
    methods[name] = method
  end
end

--- The path of something of this repository: "/repos/owner/name/" and the template with its arguments encoded.
---@param template string
---@return string
function methods:at(template, ...)
  return self.rest.root .. "/" .. address.path(template, ...)
end

--- Is this repository also called so? One that was renamed answers to its older names. What the token may not see is not it.
---@param name string "owner/name"
---@return boolean|nil, problem
function methods:is_named(name)
  local owner, rest_of_name = name:match "^([%w_.-]+)/([%w_.-]+)$"
  if not owner or owner:find "^%.+$" or rest_of_name:find "^%.+$" then return false end
  local function id_of(root) return self.rest:one(root, function (f, record) return f.integer(record, "id") end) end
  local ours, trouble = id_of(self.rest.root)
  if not ours then return nil, trouble end
  local theirs, unseen, fault = id_of("/repos/" .. address.path("%s/%s", owner, rest_of_name))
  if not theirs and not (fault and (fault.status == 404 or fault.status == 403)) then return nil, unseen end
  return theirs == ours
end

--- Opens the forge. No request is made.
---@param target table { api, graphql, server, repository, host_from =|nil, mutation_gap_ms =|nil, pause_ms =|nil,
---  limit_wait_s =|nil }: the gap between writes, the unit of pauses, and how long a limit may keep us waiting
---@param parts table { http, json, clock, file, env, say, version }
---@return github.forge|nil, problem
function github.new(target, parts)
  local owner, name = target.repository:match "^([%w_.-]+)/([%w_.-]+)$"
  if not owner or owner:find "^%.+$" or name:find "^%.+$" then
    return problem.refuse("error", ("'%s' names no repository of GitHub's"):format(text.line(target.repository)),
      "say \"owner/name\": forge = github { repository = ... }, or give the remote such a URL")
  end
  local conversation, trouble = rest.new(target, parts)
  if not conversation then return nil, trouble end
  conversation.root = "/repos/" .. address.path("%s/%s", owner, name)
  return setmetatable({
    target = target, rest = conversation, parts = parts, owner = owner, name = name, upload_urls = {},
    enterprise = not token.is_github(conversation.origin) and target.api:find "/api/v3/?$" ~= nil,
  }, methods)
end

return github
