--- The four strings of TOML: basic and literal, each on one line or on several.

local source = require "files.source"

local toml_string = {}

local ESCAPES = { b = "\b", t = "\t", n = "\n", f = "\f", r = "\r", e = "\27", ['"'] = '"', ["\\"] = "\\" }
local DIGITS = { x = 2, u = 4, U = 8 }

--- The escape at `at` (the backslash): the text that it stands for, and the offset after it.
local function unescape(text, at, several)
  local letter = text:sub(at + 1, at + 1)
  if ESCAPES[letter] then return ESCAPES[letter], at + 2 end
  local count = DIGITS[letter]
  if count then
    local hex = text:sub(at + 2, at + 1 + count)
    local point = #hex == count and hex:find("^%x+$") and tonumber(hex, 16)
    if not point or point > 0x10FFFF or (point >= 0xD800 and point <= 0xDFFF) then
      source.refuse(text, at, "an escape that is no character")
    end
    return utf8.char(point), at + 2 + count
  end
  -- A backslash at the end of a line joins it with the next text.
  local _, newline = text:find("^[ \t]*\r?\n", at + 1)
  if several and newline then return "", text:find("[^ \t\r\n]", newline) or #text + 1 end
  source.refuse(text, at, "an unknown escape in a string")
end

--- Reads the string whose opening quote stands at `at`. Refuses through source.refuse.
---@param text string
---@param at integer
---@return table node
---@return integer after
function toml_string.read(text, at)
  local quote = text:sub(at, at)
  local several = text:sub(at, at + 2) == quote:rep(3)
  local first = at + (several and 3 or 1)
  if several then
    local _, newline = text:find("^\r?\n", first)
    first = newline and newline + 1 or first
  end
  local stops = quote == '"' and '[%z\1-\8\10-\31\127"\\]' or "[%z\1-\8\10-\31\127']"
  local parts, from = {}, first
  while true do
    local stop = text:find(stops, from)
    if not stop then source.refuse(text, at, "a string without an end") end
    parts[#parts + 1] = text:sub(from, stop - 1)
    local char = text:sub(stop, stop)
    if char == "\\" then
      parts[#parts + 1], from = unescape(text, stop, several)
    elseif char == quote then
      local run = #text:match(quote .. "+", stop)
      if not several then run = 1 end
      if not several or run >= 3 then
        -- Up to two quotes may stand directly before the closing three.
        local inner = several and run - 3 or 0
        if inner > 2 then source.refuse(text, stop, "too many quotes") end
        parts[#parts + 1] = quote:rep(inner)
        local last = stop + inner - 1
        local node = { kind = "string", at = at, first = first, last = last, value = table.concat(parts) }
        return node, last + (several and 4 or 2)
      end
      parts[#parts + 1], from = quote:rep(run), stop + run
    else
      local _, newline = text:find("^\r?\n", stop)
      if not several or not newline then
        local ends = char:find("[\r\n]")
        source.refuse(text, stop, ends and "a string without an end" or "a control character in a string")
      end
      parts[#parts + 1], from = "\n", newline + 1
    end
  end
end

return toml_string
