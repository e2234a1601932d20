--- Version requirements, as the package managers write them, and how one is raised to a new version.
--
-- Raising keeps what the author wrote: operators, spacing, the number of parts where more parts would admit
-- less, and upper bounds. It never lowers, and refuses where an upper bound excludes the new version.

local source = require "files.source"
local order = require "files.order"

local specifier = {}

-- What separates clauses, and what a version without an operator means.
local LANGUAGES = {
  pep508 = { separator = "^[ \t]*,[ \t]*", bare = nil },
  cargo = { separator = "^[ \t]*,[ \t]*", bare = "^" },
  npm = { separator = "^[ \t]*,?[ \t]*", bare = "=" },
  helm = { separator = "^[ \t]*,?[ \t]*", bare = "=" },
  poetry = { separator = "^[ \t]*,[ \t]*", bare = "=" },
}
local OPERATORS = { "===", "==", "~=", "!=", ">=", "<=", "^", "~", ">", "<", "=" }

--- The clauses of a requirement: { operator, version, first, last } with the span of the version.
local function clauses_of(language, text)
  local rules, found, at = LANGUAGES[language], {}, 1
  at = text:find("[^ \t]", at) or #text + 1
  while at <= #text do
    local operator
    for _, candidate in ipairs(OPERATORS) do
      if text:sub(at, at + #candidate - 1) == candidate then
        operator = candidate
        break
      end
    end
    local first = text:find("[^ \t]", at + #(operator or "")) or #text + 1
    local version = text:match("^[%w%.%*%+%-!_]+", first)
    operator = operator or rules.bare
    if not version or not operator then return nil end
    found[#found + 1] = { operator = operator, version = version, first = first, last = first + #version - 1 }
    local _, stop = text:find(rules.separator, first + #version)
    stop = stop or first + #version - 1
    if stop + 1 <= #text and stop == first + #version - 1 then
      if text:find("^[ \t]+$", stop + 1) then break end
      return nil
    end
    at = stop + 1
  end
  return found
end

--- The first `count` numbers of a version, zeros where it has fewer.
local function shortened(version, count)
  local parts = table.move(version.numbers, 1, count, 1, {})
  for index = #version.numbers + 1, count do parts[index] = "0" end
  local epoch = version.epoch ~= "0" and version.epoch .. "!" or ""
  return epoch .. table.concat(parts, ".")
end

--- `1.x`, `0.1.*`: the numbers before the wildcard and the wildcard's spelling; nil when there is none.
local function wildcard(text)
  local numbers, tail = text:match("^[vV]?([%d%.!]-)(%.?[xX%*][xX%*%.]*)$")
  if not numbers then return nil end
  return numbers ~= "" and order.parse(numbers) or { epoch = "0", numbers = {}, phase = 0, rest = {} }, tail
end

--- Whether all of `^1`, `~1`, `1.x` (their first `count` numbers fixed) admit `new` without naming it in
--- full.
local function within(written, new, count) return order.release(written, new, count) == 0 end

--- What takes the place of one clause's version: text, or nil and a message.
local function raised(clause, new, language)
  local operator = clause.operator
  local base, tail = wildcard(clause.version)
  if base then
    local count = #base.numbers
    if operator == "!=" then
      if count > 0 and within(base, new, count) then return nil, "excluded by !=" .. clause.version end
      return clause.version
    end
    if count == 0 or order.release(base, new, count) >= 0 then return clause.version end
    if operator == "<" or operator == "<=" then
      return nil, "outside the upper bound " .. operator .. clause.version
    end
    return shortened(new, count) .. tail
  end
  local old = order.parse(clause.version)
  if not old then return nil, source.shown(clause.version) .. " is not understood" end
  local way = order.compare(new, old)
  if operator == "<" then
    -- PEP 440: `<2` admits no pre-release of 2 either.
    local below = way < 0 and not (new.prerelease and not old.prerelease and order.release(new, old) == 0)
    if below then return clause.version end
    return nil, "outside the upper bound <" .. clause.version
  elseif operator == "<=" then
    if way <= 0 then return clause.version end
    return nil, "outside the upper bound <=" .. clause.version
  elseif operator == "!=" then
    if way ~= 0 then return clause.version end
    return nil, "excluded by !=" .. clause.version
  elseif operator == ">" or way <= 0 then
    return clause.version
  end
  local count, full = #old.numbers, new.text
  -- Fewer parts stand for a wider range: `^0` admits all of 0.x, `^0.3.0` only 0.3.x.
  local narrower = operator == "~=" and #new.numbers ~= count
    or operator == "~" and count == 1
    or operator == "^" and count < 3 and shortened(old, count):find("^[0%.]+$")
    or operator == "=" and count < 3 and language ~= "poetry"
  if not narrower then return (clause.version:match("^[vV]") and not full:find("^[vV]") and "v" or "") .. full end
  if not new.prerelease then return shortened(new, count) end
  return nil, ("a pre-release, which %s%s would not admit"):format(operator, shortened(new, count))
end

--- Raises a requirement so that it asks for a new version.
---@param language "pep508"|"cargo"|"npm"|"helm"|"poetry"
---@param text string the requirement, like `>=0.1.0,<0.3`
---@param version string
---@return string|nil text equal to the one given when there is nothing to raise
---@return string|nil message
function specifier.raise(language, text, version)
  if not LANGUAGES[language] then error("unknown language " .. tostring(language), 2) end
  local new = order.parse(version)
  if not new then return nil, source.shown(version) .. " is not understood as a version" end
  new.text = version
  -- `workspace:^1.2.0` holds a range after its prefix; `workspace:*`, `file:...`, URLs and dist-tags hold
  -- none.
  local prefix, range = text:match("^(workspace:)(.*)$")
  prefix, range = prefix or "", range or text
  local no_range = range:find("[:/@]") or range:find("^[%a%-]+$") or range:find("^[~^]$")
  if language == "npm" and no_range then return text end
  if range:find("||", 1, true) or range:find(" %- ") then
    return nil, source.shown(text) .. " has alternatives or a hyphen range: raise it by hand"
  end
  local clauses = clauses_of(language, range)
  if not clauses then return nil, source.shown(text) .. " is not understood as a requirement" end
  local parts, from = { prefix }, 1
  for _, clause in ipairs(clauses) do
    local written, problem = raised(clause, new, language)
    if not written then return nil, ("%s is %s"):format(source.shown(version), problem) end
    parts[#parts + 1] = range:sub(from, clause.first - 1)
    parts[#parts + 1], from = written, clause.last + 1
  end
  parts[#parts + 1] = range:sub(from)
  return table.concat(parts)
end

return specifier
