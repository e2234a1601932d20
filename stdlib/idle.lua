--- For how long a server may be silent in the midst of a request: RELRUN_HTTP_IDLE, in seconds, in the place of what relrun
-- allows by itself (a minute; two for an upload). For those whose network is slower, or whose tests are in a hurry. Pure.

local problem = require "problem"
local text = require "text"

local idle = { VARIABLE = "RELRUN_HTTP_IDLE", MOST = 3600 }

--- The seconds that the environment asks for; nil, and no problem, where it asks for none.
---@param env fun(name: string): string|nil
---@return integer|nil seconds, problem
function idle.seconds(env)
  local value = env(idle.VARIABLE)
  if not value or value == "" then return nil end
  local seconds = value:find "^%d+$" and math.tointeger(tonumber(value))
  if seconds and seconds >= 1 and seconds <= idle.MOST then return seconds end
  return problem.refuse("usage", ("%s is '%s', and not a number of seconds from 1 to %d"):format(idle.VARIABLE,
    text.line(value), idle.MOST))
end

return idle
