--- A strict JSON parser (RFC 8259) that keeps the place of every value; see files.tree for the nodes.
--
-- Stricter than the RFC where readers differ: no duplicate keys, no unpaired surrogates. A byte order mark
-- is let pass.

local source = require "files.source"
local tree = require "files.tree"

local parser = {}

local ESCAPES = { b = "\b", f = "\f", n = "\n", r = "\r", t = "\t", ['"'] = '"', ["\\"] = "\\", ["/"] = "/" }
local WORDS = { { "true", "boolean" }, { "false", "boolean" }, { "null", "null" } }

local function skip(text, at) return text:find("[^ \t\r\n]", at) or #text + 1 end

--- `\uXXXX` at `at` (the backslash): the text that it stands for, and the offset after it.
local function unicode(text, at)
  local hex = text:match("^%x%x%x%x", at + 2)
  if not hex then source.refuse(text, at, "\\u needs four hexadecimal digits") end
  local point = tonumber(hex, 16)
  if point < 0xD800 or point > 0xDFFF then return utf8.char(point), at + 6 end
  local low = tonumber(text:match("^\\u(%x%x%x%x)", at + 6) or "0", 16)
  if point > 0xDBFF or low < 0xDC00 or low > 0xDFFF then source.refuse(text, at, "half of a surrogate pair") end
  return utf8.char(0x10000 + ((point - 0xD800) << 10) + (low - 0xDC00)), at + 12
end

--- The string whose opening quote stands at `at`: its node, and the offset after it.
local function read_string(text, at)
  local parts, from = {}, at + 1
  while true do
    local stop = text:find('[%z\1-\31"\\]', from)
    if not stop then source.refuse(text, at, "a string without an end") end
    parts[#parts + 1] = text:sub(from, stop - 1)
    local char = text:sub(stop, stop)
    if char == '"' then
      return { kind = "string", at = at, first = at + 1, last = stop - 1, value = table.concat(parts) }, stop + 1
    elseif char ~= "\\" then
      source.refuse(text, stop, "a control character in a string")
    elseif text:sub(stop + 1, stop + 1) == "u" then
      parts[#parts + 1], from = unicode(text, stop)
    else
      local plain = ESCAPES[text:sub(stop + 1, stop + 1)]
      if not plain then source.refuse(text, stop, "an unknown escape in a string") end
      parts[#parts + 1], from = plain, stop + 2
    end
  end
end

local function read_scalar(text, at)
  local number = text:match("^%-?%d[%d%.eE+%-]*", at)
  if number then
    local whole, rest = number:match("^%-?(%d+)(.*)$")
    local leading = #whole > 1 and whole:sub(1, 1) == "0"
    local tail = rest:gsub("^%.%d+", "", 1):gsub("^[eE][+-]?%d+$", "", 1)
    if leading or tail ~= "" then source.refuse(text, at, "not a number of JSON") end
    return { kind = "number", at = at, first = at, last = at + #number - 1, value = number }, at + #number
  end
  for _, word in ipairs(WORDS) do
    local last = at + #word[1] - 1
    if text:sub(at, last) == word[1] then
      return { kind = word[2], at = at, first = at, last = last, value = word[1] }, last + 1
    end
  end
  source.refuse(text, at, at > #text and "the text ends where a value is needed" or "no value of JSON")
end

local read_value

local function read_object(text, at, depth)
  local node, here = tree.table(at), skip(text, at + 1)
  if text:sub(here, here) == "}" then return node, here + 1 end
  while true do
    if text:sub(here, here) ~= '"' then source.refuse(text, here, "a key in double quotes is needed") end
    local key, member
    local key_at = here
    key, here = read_string(text, here)
    here = skip(text, here)
    if text:sub(here, here) ~= ":" then source.refuse(text, here, "`:` is needed after a key") end
    member, here = read_value(text, skip(text, here + 1), depth + 1)
    if not tree.add(node, key.value, member) then
      source.refuse(text, key_at, "the key " .. source.shown(key.value) .. " occurs twice")
    end
    here = skip(text, here)
    local char = text:sub(here, here)
    if char == "}" then return node, here + 1 end
    if char ~= "," then source.refuse(text, here, "`,` or `}` is needed") end
    here = skip(text, here + 1)
  end
end

local function read_array(text, at, depth)
  local node, here = tree.array(at), skip(text, at + 1)
  if text:sub(here, here) == "]" then return node, here + 1 end
  while true do
    local item
    item, here = read_value(text, here, depth + 1)
    node.items[#node.items + 1] = item
    here = skip(text, here)
    local char = text:sub(here, here)
    if char == "]" then return node, here + 1 end
    if char ~= "," then source.refuse(text, here, "`,` or `]` is needed") end
    here = skip(text, here + 1)
  end
end

function read_value(text, at, depth)
  if depth > source.MAX_DEPTH then source.refuse(text, at, "nested too deeply") end
  local char = text:sub(at, at)
  if char == "{" then return read_object(text, at, depth) end
  if char == "[" then return read_array(text, at, depth) end
  if char == '"' then return read_string(text, at) end
  return read_scalar(text, at)
end

--- Parses a whole JSON text.
---@param text string
---@return table|nil root
---@return string|nil message
function parser.parse(text)
  return source.attempt(function ()
    local root, here = read_value(text, skip(text, source.open(text)), 1)
    here = skip(text, here)
    if here <= #text then source.refuse(text, here, "something follows the value") end
    return root
  end)
end

return parser
