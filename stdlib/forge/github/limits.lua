--- GitHub's limits: whether an answer is one of them, how long it asks to wait, and when that is over.
-- A limit is told by 403 or 429, with Retry-After, with x-ratelimit-remaining 0 and the time of the reset, or (the
-- secondary ones) by words alone.

local limits = {}

-- What the documentation asks for when a secondary limit names no time.
local SECONDARY_SECONDS = 60

--- The seconds of Retry-After; nil without them.
---@param answer table { headers }
---@return integer|nil
function limits.retry_after(answer)
  local after = (answer.headers["retry-after"] or ""):match "^%s*(%d+)%s*$"
  return after and math.tointeger(tonumber(after:sub(1, 9)))
end

--- How many seconds an answer asks to wait; nil when it is no limit.
---@param answer table { status, headers, body }
---@param now integer seconds since 1970
---@param told boolean|nil the answer is a limit, whatever its status: GraphQL says so with 200
---@return integer|nil
function limits.wait(answer, now, told)
  if not told and answer.status ~= 403 and answer.status ~= 429 then return nil end
  local headers = answer.headers
  local after = limits.retry_after(answer)
  if after then return after end
  local reset = (headers["x-ratelimit-reset"] or ""):match "^%s*(%d+)%s*$"
  if headers["x-ratelimit-remaining"] == "0" and reset then
    return math.max(1, math.tointeger(tonumber(reset:sub(1, 12))) - now + 1)
  end
  local words = (answer.body or ""):lower()
  if told or answer.status == 429 or words:find("secondary rate limit", 1, true) or words:find("abuse detection", 1, true) then
    return SECONDARY_SECONDS
  end
end

--- "14:03:20 UTC", with the day where it is another one.
---@param at integer seconds since 1970
---@param now integer
---@return string
function limits.clock(at, now)
  local seconds, days = at % 86400, at // 86400 - now // 86400
  local day = days == 0 and "" or days == 1 and " tomorrow" or (" in %d days"):format(days)
  return ("%02d:%02d:%02d UTC%s"):format(seconds // 3600, seconds // 60 % 60, seconds % 60, day)
end

--- "12 s", "25 min", "3 h".
---@param seconds integer
---@return string
function limits.span(seconds)
  if seconds < 120 then return seconds .. " s" end
  if seconds < 7200 then return seconds // 60 .. " min" end
  return seconds // 3600 .. " h"
end

return limits
