--- Which token goes where. A token is read from the environment by the host and bound to one origin (host.http);
-- here stand only the names of the variables. GITHUB_TOKEN and GH_TOKEN are for GitHub itself and, on CI, for the
-- server that CI says it runs on; a server of one's own has names of its own, because a token of github.com is no
-- business of another host. A host that only the spec names gets none: whoever may edit a spec must not be able to
-- send tokens elsewhere.

local token = {}

local GITHUB = { "GITHUB_TOKEN", "GH_TOKEN" }
local ENTERPRISE = { "GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN" }

--- Is this GitHub's own service, and not a server of somebody's own?
---@param origin string
---@return boolean
function token.is_github(origin)
  return origin == "https://api.github.com" or origin:find "^https://api%.[%w-]+%.ghe%.com$" ~= nil
end

--- The variables that may hold the token for a target's API.
---@param target table
---@param origin string the API's origin
---@param parts table { env, http }
---@return string[] in the order in which they are asked; none where no token may go
function token.names(target, origin, parts)
  if origin == "https://api.github.com" then return GITHUB end
  local named = parts.env.get "GITHUB_ACTIONS" == "true" and parts.env.get "GITHUB_API_URL"
  if named and parts.http.origin(named) == origin then return GITHUB end
  if target.host_from == "spec" then return {} end
  return token.is_github(origin) and GITHUB or ENTERPRISE
end

--- The origin that takes uploads: one of its own on GitHub, the API's on any other server.
---@param origin string the API's
---@return string
function token.uploads_origin(origin)
  if not token.is_github(origin) then return origin end
  return (origin:gsub("^https://api%.", "https://uploads."))
end

--- What to do when there is no token.
---@param names string[]
---@param host string
---@param needs string|nil the permission, "contents: write"
---@return string
function token.remedy(names, host, needs)
  if #names == 0 then
    return ("relrun sends no token to %s, which only the spec names: give the remote a URL on that host"):format(host)
  end
  return ("set %s to a token for %s%s"):format(names[1], host, needs and " that may " .. needs or "")
end

return token
