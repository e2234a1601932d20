--- A version as a word in a text: what may be written into a file, and where a version starts and ends.
--
-- The editors write a version verbatim, inside whatever quotes are there. So it may hold only characters
-- that no format escapes, and begin and end with a letter or digit.

local source = require "files.source"

local token = {}

--- The characters of a version, as the inside of a pattern class.
token.CHARACTERS = "%w%.%+%-!_~"

local CHARACTER = "[" .. token.CHARACTERS .. "]"
local WHOLE = "^" .. CHARACTER .. "+$"

--- Whether `version` can be written into a file as it is.
---@param version string
---@return boolean|nil valid
---@return string|nil message
function token.valid(version)
  if type(version) ~= "string" then error("a version must be a string", 2) end
  if #version <= 255 and version:find(WHOLE) and version:find("^%w") and version:find("%w$") then return true end
  return nil, source.shown(version) .. " cannot be written as a version: letters, digits and . + - _ ! ~ only"
end

--- Whether the version at `first..last` of `text` stands alone: `1.2.3` does in `v1.2.3.`, not in `11.2.3`,
--- `1.2.30` or `1.2.3-rc.1`. `open_left` and `open_right` say which sides need no check (a literal stands
--- there).
---@param text string
---@param first integer
---@param last integer
---@param open_left boolean|nil
---@param open_right boolean|nil
---@return boolean
function token.alone(text, first, last, open_left, open_right)
  if not open_left then
    local before = text:sub(math.max(1, first - 2), first - 1)
    if before:find("%w$") and not before:find("^[^%w]?[vV]$") then return false end
    if before:find("%w[%.%+_!~]$") then return false end
  end
  if not open_right then
    local after = text:sub(last + 1, last + 2)
    if after:find("^[%w_]") or after:find("^[%.%+%-!~]%w") then return false end
  end
  return true
end

-- What may follow the digits: SemVer's pre-release and build, PEP 440's pre, post, dev and local parts.
local SUFFIXES = { "^%-[%w%.%-]*%w", "^%.?[abc]%d+", "^%.?rc%d+", "^%.?post%d+", "^%.?dev%d+", "^%+[%w%.%-]*%w" }

--- The versions in `text`, in order: digits with at least one dot, a leading `v` left out.
---@param text string
---@param from integer|nil
---@param to integer|nil
---@return { first: integer, last: integer, text: string }[]
function token.scan(text, from, to)
  local base = (from or 1) - 1
  local line = text:sub(base + 1, to or #text)
  local found, here = {}, 1
  while true do
    -- Digits first, then what follows them: `%d+%.` would try every digit of a long run anew.
    local first, last = line:find("%d+", here)
    if not first then return found end
    local dotted = line:match("^[%d%.]*%d", last + 1)
    local core = dotted and dotted:sub(1, 1) == "."
    if core then last = last + #dotted end
    local epoch = line:sub(math.max(1, first - 8), first - 1):match("%f[%w]%d+!$")
    if epoch then first = first - #epoch end
    local grown = core
    while grown do
      grown = false
      for _, suffix in ipairs(SUFFIXES) do
        local _, stop = line:sub(last + 1, last + 256):find(suffix)
        if stop then
          last, grown = last + stop, true
          break
        end
      end
    end
    local before = line:sub(math.max(1, first - 2), first - 1)
    local starts = not before:find("[%w_]$") or before:find("^[^%w_]?[vV]$")
    local ends = not line:find("^[%w_]", last + 1)
    if core and starts and ends then
      found[#found + 1] = { first = base + first, last = base + last, text = line:sub(first, last) }
    end
    here = last + 1
  end
end

return token
