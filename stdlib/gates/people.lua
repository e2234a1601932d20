--- Who is meant: people by name, by team, by role. Names are compared as forges do it, in small letters.

local problem = require "problem"
local text = require "text"

local people = {}

-- Roles from the strongest on; who has one has those behind it.
local RANKS = { admin = 5, maintain = 4, write = 3, triage = 2, read = 1, none = 0 }

--- Is there anybody behind this name? A deleted account is called ghost, and anybody's word may be under it.
---@param user string|false|nil
---@return boolean
function people.is_somebody(user)
  return type(user) == "string" and user ~= "" and user:lower() ~= "ghost"
end

--- Are these the same account?
function people.same(a, b)
  return type(a) == "string" and type(b) == "string" and a:lower() == b:lower()
end

--- Says whom a gate means, for its reasons: "alice, team org/stewards or role maintain".
---@param wanted { names: string[]|nil, teams: string[]|nil, roles: string[]|nil }
---@return string
function people.describe(wanted)
  local said = {}
  for _, name in ipairs(wanted.names or {}) do said[#said + 1] = text.line(name) end
  for _, team in ipairs(wanted.teams or {}) do said[#said + 1] = "team " .. text.line(team) end
  for _, role in ipairs(wanted.roles or {}) do said[#said + 1] = "role " .. role end
  if #said <= 1 then return said[1] or "nobody" end
  return table.concat(said, ", ", 1, #said - 1) .. " or " .. said[#said]
end

local function has_role(ask, user, roles)
  local role, trouble = ask("role", user)
  if not role then return nil, trouble end
  local rank = RANKS[role]
  if not rank then
    return problem.refuse("error", ("the forge says that %s has the role '%s', which relrun does not know"):format(
      text.line(user), text.line(tostring(role))))
  end
  for _, wanted in ipairs(roles) do
    if rank >= RANKS[wanted] then return true end
  end
  return false
end

-- An app's account, as GitHub writes it. Rights and teams are people's: an app that may write is no second pair of eyes.
local function is_app(user) return user:find "%[bot%]$" ~= nil end

--- Is this account one of those that are meant? Asks no more of the forge than it needs. An app is meant by name only.
---@param ask fun(method: string, ...): any, problem
---@param user string
---@param wanted { names: string[]|nil, teams: string[]|nil, roles: string[]|nil }
---@return boolean|nil, problem
function people.fits(ask, user, wanted)
  for _, name in ipairs(wanted.names or {}) do
    if people.same(name, user) then return true end
  end
  if is_app(user) then return false end
  for _, team in ipairs(wanted.teams or {}) do
    local is_member, trouble = ask("member", team, user)
    if is_member == nil then return nil, trouble end
    if is_member then return true end
  end
  if #(wanted.roles or {}) > 0 then return has_role(ask, user, wanted.roles) end
  return false
end

return people
