--- Dates, times of day and durations as people write them, as numbers. No clock and no zone of the machine takes part:
-- moments are seconds since 1970, days are the proleptic Gregorian calendar's, offsets from UTC are stated.

local moment = {}

local DAY = 86400

--- The names of the days of the week, Monday first.
moment.DAYS = { "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun" }

-- The day's number since 1970 of a civil date; January and February count to the year before.
local function day_number(year, month, day)
  if month <= 2 then year = year - 1 end
  local era = year // 400
  local yoe = year - era * 400
  local doy = (153 * (month > 2 and month - 3 or month + 9) + 2) // 5 + day - 1
  return era * 146097 + yoe * 365 + yoe // 4 - yoe // 100 + doy - 719468
end

--- The date of a moment in UTC, "YYYY-MM-DD".
---@param seconds integer
---@return string
function moment.date(seconds)
  local days = seconds // DAY + 719468
  local era = days // 146097
  local doe = days - era * 146097
  local yoe = (doe - doe // 1460 + doe // 36524 - doe // 146096) // 365
  local doy = doe - (365 * yoe + yoe // 4 - yoe // 100)
  local mp = (5 * doy + 2) // 153
  local day, month = doy - (153 * mp + 2) // 5 + 1, mp < 10 and mp + 3 or mp - 9
  return ("%04d-%02d-%02d"):format(yoe + era * 400 + (month <= 2 and 1 or 0), month, day)
end

--- A moment in UTC as RFC 3339 writes it, "2026-12-20T18:00:00Z".
---@param seconds integer
---@return string
function moment.time(seconds)
  local of_day = seconds % DAY
  return ("%sT%02d:%02d:%02dZ"):format(moment.date(seconds), of_day // 3600, of_day // 60 % 60, of_day % 60)
end

--- The day of the week of a moment in UTC: one of moment.DAYS.
function moment.weekday(seconds) return moment.DAYS[(seconds // DAY + 3) % 7 + 1] end

--- An offset from UTC in seconds: "+01:00", "-05:30", "Z".
---@param text string
---@return integer|nil seconds, string|nil message
function moment.offset(text)
  if text == "Z" then return 0 end
  local sign, hours, minutes = text:match "^([+-])(%d%d):(%d%d)$"
  hours, minutes = math.tointeger(tonumber(hours)), math.tointeger(tonumber(minutes))
  if not sign or hours > 14 or minutes > 59 then return nil, ("'%s' is no offset from UTC such as +01:00"):format(text) end
  return (sign == "-" and -1 or 1) * (hours * 3600 + minutes * 60)
end

--- The first moment of a date, or of a minute of it: "2026-12-20", "2026-12-20 18:00".
---@param text string
---@return integer|nil seconds as if it were UTC
---@return string|integer message, or how long the thing lasts that was named: a day or a minute
function moment.of(text)
  local year, month, day, rest = text:match "^(%d%d%d%d)-(%d%d)-(%d%d)(.*)$"
  local hour, minute = "0", "0"
  if rest and rest ~= "" then hour, minute = rest:match "^[ T](%d%d):(%d%d)$" end
  if not year or not hour then return nil, ("'%s' is no date such as 2026-12-20"):format(text) end
  year, month, day = math.tointeger(tonumber(year)), math.tointeger(tonumber(month)), math.tointeger(tonumber(day))
  hour, minute = math.tointeger(tonumber(hour)), math.tointeger(tonumber(minute))
  local start = day_number(year, month, day) * DAY
  if month < 1 or month > 12 or moment.date(start) ~= text:sub(1, 10) or hour > 23 or minute > 59 then
    return nil, ("'%s' is not in the calendar"):format(text)
  end
  return start + hour * 3600 + minute * 60, rest == "" and DAY or 60
end

-- A time of day in seconds: "9", "09", "09:30"; 24 is the day's end.
local function time_of_day(text)
  local hour, minute = text:match "^(%d%d?):(%d%d)$"
  if not hour then hour, minute = text:match "^(%d%d?)$", "0" end
  hour, minute = math.tointeger(tonumber(hour)), math.tointeger(tonumber(minute))
  if not hour or minute > 59 or hour * 60 + minute > 24 * 60 then return nil end
  return hour * 3600 + minute * 60
end

--- Hours of a day: "09-17", "09:30-17:00", "22-06" over midnight.
---@param text string
---@return integer|nil from seconds of the day
---@return integer|string to the first second that does not belong to it; or a message
function moment.hours(text)
  local first, last = text:match "^([%d:]+)%-([%d:]+)$"
  local from, to = first and time_of_day(first), last and time_of_day(last)
  if not from or not to or from == to then return nil, ("'%s' are no hours such as 09-17"):format(text) end
  return from, to
end

--- A moment for people: "2026-12-21 09:00 +01:00".
---@param seconds integer
---@param offset string as moment.offset takes it
---@return string
function moment.show(seconds, offset)
  local there = seconds + moment.offset(offset)
  return ("%s %02d:%02d %s"):format(moment.date(there), there % DAY // 3600, there % 3600 // 60, offset == "Z" and "UTC" or offset)
end

local UNITS = { s = 1, m = 60, h = 3600 }

--- A duration in seconds: "90s", "15m", "2h"; at most a week.
---@param text string
---@return integer|nil seconds, string|nil message
function moment.duration(text)
  local count, unit = text:match "^(%d+)([smh])$"
  local seconds = count and #count <= 6 and math.tointeger(tonumber(count)) * UNITS[unit]
  if seconds and seconds > 0 and seconds <= 7 * DAY then return seconds end
  return nil, ("'%s' is no duration such as 90s, 15m or 2h"):format(text)
end

return moment
