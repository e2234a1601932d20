--- What the version schemes share: frozen values, caps on foreign text, and sentences that quote it.

local value = {}

local find, match, tonumber = string.find, string.match, tonumber

--- The longest text that is read as a version.
value.LIMIT = 256

--- The longest pre-release label.
value.LABEL_LIMIT = 64

local function refuse_write(_, key)
  error(("a version is immutable: its field %q cannot be set"):format(tostring(key)), 2)
end

local function text_of(version) return version.text end

local function walk(version) return next, getmetatable(version).__index end

--- Makes a version of its fields; the fields can be read and walked, not written.
---@param fields table at least `text`, the canonical text
---@return table version
function value.freeze(fields)
  return setmetatable({}, { __index = fields, __newindex = refuse_write, __pairs = walk, __tostring = text_of })
end

local function escape(byte) return ("\\x%02x"):format(byte:byte()) end

--- Foreign text as it may stand in a message: printable ASCII, at most 60 bytes of it.
---@param text string
---@return string
function value.visible(text)
  local shown = #text > 60 and text:sub(1, 57) .. "..." or text
  return (shown:gsub("[^\x20-\x7e]", escape))
end

--- The same between quotation marks.
---@param text string
---@return string
function value.quote(text) return '"' .. value.visible(text) .. '"' end

--- Reads the common case, three numbers in canonical form, which means the same in SemVer and PEP 440; nil for all
-- other text. It is what makes 20,000 tags cheap. Raises when `text` is not a string.
---@param text string
---@return string|nil major
---@return string|nil minor
---@return string|nil patch
local function plain(text)
  if type(text) ~= "string" then error("a version is parsed from a string, not a " .. type(text), 3) end
  if #text > value.LIMIT or find(text, "%f[%d]0%d") then return nil end
  return match(text, "^(%d+)%.(%d+)%.(%d+)$")
end
value.plain = plain

-- Three numbers below this fit one integer.
local RANK_DIGITS, RANK = 6, 1000000

--- An integer that orders the plain versions of up to six digits a number as their schemes do: to tell an old tag from
-- a new one, a version need not be made of it. Nil for all other text.
---@param text string
---@return integer|nil
function value.rank(text)
  local major, minor, patch = match(text, "^(%d+)%.(%d+)%.(%d+)$")
  if not major or #major > RANK_DIGITS or #minor > RANK_DIGITS or #patch > RANK_DIGITS
    or find(text, "%f[%d]0%d") then return nil end
  return (tonumber(major) * RANK + tonumber(minor)) * RANK + tonumber(patch)
end

--- Holds text against what no scheme accepts: too long, or bytes outside printable ASCII, or spaces.
---@param text string
---@return true|nil
---@return string|nil message
function value.plausible(text)
  if text == "" then return nil, "the version is empty" end
  if #text > value.LIMIT then
    return nil, ("%s is not a version: longer than %d bytes"):format(value.quote(text), value.LIMIT)
  end
  if text:find "[^\x21-\x7e]" then
    return nil, ("%s is not a version: only printable ASCII without spaces may stand in one"):format(value.quote(text))
  end
  return true
end

--- Orders two texts by their bytes, whatever the locale (`<` asks the C library's collation).
---@param a string
---@param b string
---@return integer order -1, 0 or 1
function value.compare_bytes(a, b)
  if a == b then return 0 end
  for at = 1, math.min(#a, #b) do
    local left, right = a:byte(at), b:byte(at)
    if left ~= right then return left < right and -1 or 1 end
  end
  return #a < #b and -1 or 1
end

--- Raises unless every key of `options` is one of `known`.
---@param options table|nil
---@param known table<string, any>
---@param what string the thing that has the options
function value.check_options(options, known, what)
  local unknown = {}
  for key in pairs(options or {}) do
    if known[key] == nil then unknown[#unknown + 1] = tostring(key) end
  end
  if #unknown == 0 then return end
  table.sort(unknown)
  error(("%s has no option %s"):format(what, value.quote(unknown[1])), 3)
end

return value
