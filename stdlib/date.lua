--- Dates of the civil calendar in UTC, from seconds since 1970; no clock and no zone of the machine takes part.

local date = {}

--- "YYYY-MM-DD" (proleptic Gregorian; days to civil as Howard Hinnant has it).
---@param seconds integer
---@return string
function date.day(seconds)
  local days = seconds // 86400 + 719468
  local era = days // 146097
  local doe = days - era * 146097
  local yoe = (doe - doe // 1460 + doe // 36524 - doe // 146096) // 365
  local doy = doe - (365 * yoe + yoe // 4 - yoe // 100)
  local mp = (5 * doy + 2) // 153
  local day, month = doy - (153 * mp + 2) // 5 + 1, mp < 10 and mp + 3 or mp - 9
  return ("%04d-%02d-%02d"):format(yoe + era * 400 + (month <= 2 and 1 or 0), month, day)
end

--- "YYYY-MM-DDTHH:MM:SSZ" (RFC 3339).
---@param seconds integer
---@return string
function date.time(seconds)
  local of_day = seconds % 86400
  return ("%sT%02d:%02d:%02dZ"):format(date.day(seconds), of_day // 3600, of_day // 60 % 60, of_day % 60)
end

return date
