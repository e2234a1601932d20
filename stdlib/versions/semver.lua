--- SemVer 2.0.0: `1.2.0`, `1.2.0-rc.1`, `1.2.0-rc.1+build.5` (https://semver.org/spec/v2.0.0.html).
--
-- A version has `major`, `minor` and `patch` (strings of digits), `pre` and `build` (lists of identifiers, or nil).
-- Parsing is strict: no leading zeros and no `v`, which belongs to the tag's format. Build metadata has no part in
-- the order, so two versions can be equal in order and differ in text.

local decimal = require "versions.decimal"
local value = require "versions.value"

local semver = {}

local LEVELS = { major = true, minor = true, patch = true }

local function split(text)
  local parts = {}
  for part in (text .. "."):gmatch "([^.]*)%." do parts[#parts + 1] = part end
  return parts
end

--- Reads dot-separated identifiers; `strict` refuses numbers with leading zeros (pre-releases have none, builds may).
local function identifiers(text, strict)
  local parts = split(text)
  for _, part in ipairs(parts) do
    if part == "" then return nil, "an identifier is empty" end
    if part:find "[^0-9A-Za-z-]" then
      return nil, ("the identifier %s holds more than letters, digits and hyphens"):format(value.quote(part))
    end
    if strict and part:find "^0%d+$" then
      return nil, ("the number %s has a leading zero"):format(value.quote(part))
    end
  end
  return parts
end

--- Pre-release suffixes on their own (`rc.1`), for every scheme that writes them in SemVer's way.
semver.pre = { opening = "-" }

--- Reads a suffix, without its hyphen.
---@param text string
---@return string[]|nil suffix
---@return string|nil message
function semver.pre.parse(text) return identifiers(text, true) end

--- Orders two suffixes; none (nil) is the final version and comes last.
---@param a string[]|nil
---@param b string[]|nil
---@return integer order -1, 0 or 1
function semver.pre.compare(a, b)
  if not a or not b then return a and -1 or b and 1 or 0 end
  for at = 1, math.max(#a, #b) do
    local left, right = a[at], b[at]
    if not left or not right then return left and 1 or -1 end
    if left ~= right then
      local left_number, right_number = not left:find "%D", not right:find "%D"
      if left_number and right_number then return decimal.compare(left, right) end
      if left_number ~= right_number then return left_number and -1 or 1 end
      return value.compare_bytes(left, right)
    end
  end
  return 0
end

--- The label and the counter of a suffix: `alpha.beta.2` has `alpha.beta` and `2`; nil without a counter at the end.
---@param suffix string[]
---@return string|nil label
---@return string|nil counter digits
function semver.pre.label_of(suffix)
  if #suffix < 2 or suffix[#suffix]:find "%D" then return nil end
  return table.concat(suffix, ".", 1, #suffix - 1), suffix[#suffix]
end

--- The text of a suffix.
---@param label string
---@param counter string digits
---@return string
function semver.pre.text(label, counter) return label .. "." .. counter end

--- Tells whether `label` can stand before a counter.
---@param label string
---@return true|nil
---@return string|nil message
function semver.pre.valid_label(label)
  local parts, problem = identifiers(label, true)
  if parts and #label > value.LABEL_LIMIT then
    parts, problem = nil, ("it is longer than %d bytes"):format(value.LABEL_LIMIT)
  end
  if parts and not label:find "^%a" then parts, problem = nil, "it does not begin with a letter" end
  if parts then return true end
  return nil, ("%s is not a pre-release label: %s"):format(value.quote(label), problem)
end

local function make(major, minor, patch, pre, build)
  local text = major .. "." .. minor .. "." .. patch
  if pre then text = text .. "-" .. table.concat(pre, ".") end
  if build then text = text .. "+" .. table.concat(build, ".") end
  return value.freeze { text = text, major = major, minor = minor, patch = patch, pre = pre, build = build }
end

--- Says what is wrong with text that is not three numbers.
local function core_problem(text, core)
  if core:find "^[vV]%d" then
    return ('it begins with "%s"; a prefix belongs to the tag\'s format'):format(text:sub(1, 1))
  end
  if core:find "^%d+%.%d+%.%d+$" then return "a number has a leading zero" end
  return "it does not begin with MAJOR.MINOR.PATCH, three whole numbers"
end

local function parse(text)
  local major, minor, patch = value.plain(text)
  if major then return value.freeze { text = text, major = major, minor = minor, patch = patch } end

  local plausible, problem = value.plausible(text)
  if not plausible then return nil, problem end
  local front, build_text = text:match "^([^+]*)%+(.*)$"
  local core, pre_text = (front or text):match "^([^-]*)%-(.*)$"
  core = core or front or text
  major, minor, patch = core:match "^(%d+)%.(%d+)%.(%d+)$"
  local pre, build
  if not (major and decimal.strict(major) and decimal.strict(minor) and decimal.strict(patch)) then
    problem = core_problem(text, core)
  else
    if pre_text then pre, problem = identifiers(pre_text, true) end
    if build_text and not problem then build, problem = identifiers(build_text, false) end
  end
  if problem then return nil, ("%s is not a semantic version: %s"):format(value.quote(text), problem) end
  return make(major, minor, patch, pre, build)
end

local function compare(a, b)
  local order = decimal.compare(a.major, b.major)
  if order == 0 then order = decimal.compare(a.minor, b.minor) end
  if order == 0 then order = decimal.compare(a.patch, b.patch) end
  if order == 0 then order = semver.pre.compare(a.pre, b.pre) end
  return order
end

local function base(version)
  if not version.pre and not version.build then return version end
  return make(version.major, version.minor, version.patch)
end

local function bump(version, level)
  if not LEVELS[level] then error("no level " .. tostring(level) .. ": major, minor or patch", 2) end
  if level == "major" then return make(decimal.next(version.major), "0", "0") end
  if level == "minor" then return make(version.major, decimal.next(version.minor), "0") end
  return make(version.major, version.minor, decimal.next(version.patch))
end

local function prerelease(version, label, number)
  local valid, problem = semver.pre.valid_label(label)
  if not valid then error(problem, 2) end
  return make(version.major, version.minor, version.patch, split(semver.pre.text(label, decimal.counter(number))))
end

local function prerelease_of(version)
  if not version.pre then return nil end
  return semver.pre.label_of(version.pre)
end

--- The scheme; see `versions.scheme` for what each function promises.
---@param options table|nil none is known
---@return table scheme
function semver.new(options)
  value.check_options(options, {}, "the scheme semver")
  return {
    name = "semver",
    parse = parse,
    compare = compare,
    rank = value.rank,
    is_prerelease = function (version) return version.pre ~= nil end,
    is_release = function () return true end,
    base = base,
    bump = bump,
    first = function () return make("0", "1", "0") end,
    prerelease = prerelease,
    prerelease_of = prerelease_of,
    valid_label = semver.pre.valid_label,
  }
end

return semver
