--- Calendar versions by a format of calver.org: `YYYY.MM.MICRO`, `YYYY.0M.0D`, `YY.MINOR`, ...
--
-- A format is a row of tokens with `.`, `-` or `_` between them (fixed-width ones, as in `YYYY0M0D`, need none). Its
-- year is the first of its dates and the calendar part goes from large to small, so that a later day is never a lower
-- version. WW counts weeks from January 1st (days 1 to 7 are week 1): unlike ISO weeks these never outlive the year.
--
-- A version has `parts` (token -> digits without leading zeros; the year in full) and `pre` (a suffix, or nil).

local decimal = require "versions.decimal"
local pep440 = require "versions.pep440"
local semver = require "versions.semver"
local value = require "versions.value"

local calver = {}

-- What a token stands for, the pattern of its text, whether its width is fixed, and its rank in the calendar.
local TOKENS = {
  YYYY = { unit = "year", pattern = "([1-9]%d%d%d)", fixed = true, rank = 1 },
  YY = { unit = "year", pattern = "(%d+)", rank = 1, century = true },
  ["0Y"] = { unit = "year", pattern = "(%d%d%d?)", rank = 1, century = true, padded = true },
  MM = { unit = "month", pattern = "(%d+)", rank = 2 },
  ["0M"] = { unit = "month", pattern = "(%d%d)", fixed = true, rank = 2, padded = true },
  WW = { unit = "week", pattern = "(%d+)", rank = 2 },
  ["0W"] = { unit = "week", pattern = "(%d%d)", fixed = true, rank = 2, padded = true },
  DD = { unit = "day", pattern = "(%d+)", rank = 3 },
  ["0D"] = { unit = "day", pattern = "(%d%d)", fixed = true, rank = 3, padded = true },
  MAJOR = { counter = "major", pattern = "(%d+)", rank = 1 },
  MINOR = { counter = "minor", pattern = "(%d+)", rank = 2 },
  MICRO = { counter = "patch", pattern = "(%d+)", rank = 3 },
}

local TOKEN_NAMES = { "MAJOR", "MINOR", "MICRO", "YYYY", "YY", "0Y", "MM", "0M", "WW", "0W", "DD", "0D" }
local RANK_OF_LEVEL = { major = 1, minor = 2, patch = 3 }
local STYLES = { semver = semver.pre, pep440 = pep440.pre }

-- ---------------------------------------------------------------- formats

local function token_at(format, at)
  for _, name in ipairs(TOKEN_NAMES) do
    if format:sub(at, at + #name - 1) == name then return name end
  end
end

--- Cuts a format into tokens: { name=, separator= the text before it }.
local function tokens_of(format)
  local tokens, at = {}, 1
  while at <= #format do
    local separator, start = format:match("^([._-]?)()", at)
    local name = token_at(format, start)
    if not name then return nil, ("%s is no token"):format(value.quote(format:sub(start))) end
    if #tokens == 0 and separator ~= "" then return nil, "it begins with a separator" end
    tokens[#tokens + 1] = { name = name, separator = separator }
    at = start + #name
  end
  return tokens
end

-- One rule each; every one returns a sentence when the tokens break it.
local RULES = {
  function (tokens)
    for at = 2, #tokens do
      local before, here = tokens[at - 1].name, tokens[at].name
      if tokens[at].separator == "" and not (TOKENS[before].fixed and TOKENS[here].fixed) then
        return ("%s and %s need a separator between them"):format(before, here)
      end
    end
  end,
  function (tokens)
    local date, counter, units = 0, 0, {}
    for _, token in ipairs(tokens) do
      local row = TOKENS[token.name]
      if row.unit then
        if row.rank <= date then return ("%s stands after a smaller or equal part of the date"):format(token.name) end
        date, units[row.unit] = row.rank, true
      else
        if row.rank <= counter then return ("%s stands after a smaller or equal counter"):format(token.name) end
        counter = row.rank
      end
    end
    if not units.year then return "it has no year (YYYY, YY or 0Y)" end
    if units.day and not units.month then return "its day has no month (MM or 0M) before it" end
  end,
}

--- Reads a format.
---@param format string such as "YYYY.0M.MICRO"
---@return table|nil layout tokens, and the pattern of a whole version
---@return string|nil message
function calver.layout(format)
  if type(format) ~= "string" or format == "" then return nil, 'calver needs a format, such as "YYYY.MM.MICRO"' end
  local tokens, problem = tokens_of(format)
  for _, rule in ipairs(RULES) do problem = problem or rule(tokens) end
  if problem then return nil, ("%s is not a calendar format: %s"):format(value.quote(format), problem) end
  local pattern = {}
  for at, token in ipairs(tokens) do
    pattern[at] = (token.separator == "" and "" or "%" .. token.separator) .. TOKENS[token.name].pattern
  end
  return { format = format, tokens = tokens, pattern = "^" .. table.concat(pattern) .. "()" }
end

-- ---------------------------------------------------------------- dates

local function is_leap(year) return year % 4 == 0 and (year % 100 ~= 0 or year % 400 == 0) end

local function days_in(year, month)
  if month == 2 then return is_leap(year) and 29 or 28 end
  return (month == 4 or month == 6 or month == 9 or month == 11) and 30 or 31
end

--- The parts of a day of the release; raises unless `context.date` is one, because the caller reads the clock.
local function read_date(context)
  local date = type(context) == "table" and context.date
  local year, month, day = tostring(date):match "^(2%d%d%d)%-(%d%d)%-(%d%d)$"
  if year then year, month, day = tonumber(year), tonumber(month), tonumber(day) end
  if not year or month < 1 or month > 12 or day < 1 or day > days_in(year, month) then
    error(('calver needs context.date = "YYYY-MM-DD", not %s'):format(tostring(date)), 3)
  end
  local of_year = day
  for before = 1, month - 1 do of_year = of_year + days_in(year, before) end
  return { year = year, month = month, day = day, week = (of_year - 1) // 7 + 1 }
end

--- What a token says of a date.
local function part_of_date(name, date) return ("%d"):format(date[TOKENS[name].unit]) end

--- Says whether the parts read from text are a date; months first, because days depend on them.
local function date_problem(parts)
  local year, month = tonumber(parts.year), tonumber(parts.month or "1")
  local week, day = tonumber(parts.week or "1"), tonumber(parts.day or "1")
  if month < 1 or month > 12 then return "there is no month " .. parts.month end
  if week < 1 or week > 53 then return "there is no week " .. parts.week end
  if day < 1 or day > days_in(year, month) then return "the month has no day " .. parts.day end
end

-- ---------------------------------------------------------------- versions

--- The text of a part, and the reverse; nil when the token is not written so.
local function write_part(name, digits)
  local row = TOKENS[name]
  if row.century then digits = ("%d"):format(tonumber(digits) - 2000) end
  return row.padded and #digits < 2 and "0" .. digits or digits
end

local function read_part(name, text)
  local row = TOKENS[name]
  local digits = decimal.of(text)
  if row.century then
    if #digits > 3 then return nil end
    digits = ("%d"):format(tonumber(digits) + 2000)
  end
  return write_part(name, digits) == text and digits or nil
end

local function make(layout, parts, style, pre)
  local text = {}
  for _, token in ipairs(layout.tokens) do
    local row = TOKENS[token.name]
    text[#text + 1] = token.separator .. write_part(token.name, parts[row.unit or row.counter])
  end
  if pre then text[#text + 1] = style.opening .. pre end
  return value.freeze { text = table.concat(text), parts = parts, major = parts.major, pre = pre and style.parse(pre) }
end

local function parse(layout, style, text)
  if type(text) ~= "string" then error("a version is parsed from a string, not a " .. type(text), 3) end
  local plausible, problem = value.plausible(text)
  if not plausible then return nil, problem end
  local found = { text:match(layout.pattern) }
  local after, pre = found[#layout.tokens + 1], nil
  if not after then
    problem = "the numbers do not fit the format"
  else
    local parts = {}
    for at, token in ipairs(layout.tokens) do
      local row = TOKENS[token.name]
      local digits = read_part(token.name, found[at])
      if not digits then problem = problem or ("%s is not written as %s"):format(value.quote(found[at]), token.name) end
      parts[row.unit or row.counter] = digits
    end
    problem = problem or date_problem(parts)
    if not problem and after <= #text then
      if text:sub(after, after + #style.opening - 1) ~= style.opening then
        problem = ("%s is not understood"):format(value.quote(text:sub(after)))
      else
        pre = text:sub(after + #style.opening)
        local _, refused = style.parse(pre)
        problem = refused
      end
    end
    if not problem then return make(layout, parts, style, pre) end
  end
  return nil, ("%s is not a calendar version of the format %s: %s"):format(value.quote(text), layout.format, problem)
end

local function compare(layout, style, a, b)
  for _, token in ipairs(layout.tokens) do
    local key = TOKENS[token.name].unit or TOKENS[token.name].counter
    local order = decimal.compare(a.parts[key], b.parts[key])
    if order ~= 0 then return order end
  end
  return style.compare(a.pre, b.pre)
end

--- The counter that a level counts: its own, else the next smaller one, else the smallest that the format has.
local function counter_for(layout, level)
  local chosen
  for _, token in ipairs(layout.tokens) do
    local row = TOKENS[token.name]
    if row.counter then
      chosen = row.counter
      if row.rank >= RANK_OF_LEVEL[level] then break end
    end
  end
  return chosen
end

--- -1, 0 or 1: where the date of the release stands against the date in `parts`, in the units of the format.
local function compare_date(layout, date, parts)
  for _, token in ipairs(layout.tokens) do
    local unit = TOKENS[token.name].unit
    local order = unit and decimal.compare(part_of_date(token.name, date), parts[unit]) or 0
    if order ~= 0 then return order end
  end
  return 0
end

--- The version that follows on a date: from the first part that grows, what stands to its right starts anew.
local function bump(layout, style, version, level, context)
  if not RANK_OF_LEVEL[level] then error("no level " .. tostring(level) .. ": major, minor or patch", 2) end
  local date = read_date(context)
  if compare_date(layout, date, version.parts) < 0 then
    return nil, ("%s is dated after %s: a version never goes backwards"):format(version.text, context.date)
  end
  local counted, parts, grown = counter_for(layout, level), {}, false
  for _, token in ipairs(layout.tokens) do
    local row = TOKENS[token.name]
    if row.unit then
      parts[row.unit] = part_of_date(token.name, date)
      grown = grown or parts[row.unit] ~= version.parts[row.unit]
    elseif grown then
      parts[row.counter] = "0"
    elseif row.counter == counted then
      parts[row.counter], grown = decimal.next(version.parts[row.counter]), true
    else
      parts[row.counter] = version.parts[row.counter]
    end
  end
  if grown then return make(layout, parts, style) end
  return nil, ("%s is released already and its format %s has no counter: add MICRO to the format")
    :format(version.text, layout.format)
end

--- The first version of a date: its counters are 0.
local function first(layout, style, context)
  local date, parts = read_date(context), {}
  for _, token in ipairs(layout.tokens) do
    local row = TOKENS[token.name]
    parts[row.unit or row.counter] = row.unit and part_of_date(token.name, date) or "0"
  end
  return make(layout, parts, style)
end

--- Says what is wrong with the scheme's options, for a spec that wants to say so in its own place.
---@param options table { format = string, prerelease = "semver"|"pep440"|nil }
---@return true|nil
---@return string|nil message
function calver.check(options)
  local layout, problem = calver.layout(options.format)
  if not layout then return nil, problem end
  if options.prerelease ~= nil and not STYLES[options.prerelease] then
    return nil, 'the option prerelease is "semver" (-rc.1) or "pep440" (rc1)'
  end
  return true
end

--- The scheme; see `versions.scheme` for what each function promises.
---@param options table { format = string, prerelease = "semver" (default) | "pep440" }
---@return table scheme
function calver.new(options)
  options = options or {}
  value.check_options(options, { format = true, prerelease = true }, "the scheme calver")
  local valid, problem = calver.check(options)
  if not valid then error(problem, 2) end
  local layout, style = calver.layout(options.format), STYLES[options.prerelease or "semver"]
  return {
    name = "calver",
    parse = function (text) return parse(layout, style, text) end,
    compare = function (a, b) return compare(layout, style, a, b) end,
    is_prerelease = function (version) return version.pre ~= nil end,
    is_release = function () return true end,
    base = function (version) return version.pre and make(layout, version.parts, style) or version end,
    bump = function (version, level, context) return bump(layout, style, version, level, context) end,
    first = function (context) return first(layout, style, context) end,
    prerelease = function (version, label, number)
      local known, refused = style.valid_label(label)
      if not known then error(refused, 2) end
      return make(layout, version.parts, style, style.text(label, decimal.counter(number)))
    end,
    prerelease_of = function (version)
      if version.pre then return style.label_of(version.pre) end
    end,
    valid_label = style.valid_label,
  }
end

return calver
