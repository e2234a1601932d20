--- YAML's scalars and flow collections, as far as files.yaml_parser understands them.

local source = require "files.source"
local tree = require "files.tree"

local yaml_scalar = {}

local ESCAPES = {
  ["0"] = "\0", a = "\a", b = "\b", t = "\t", n = "\n", v = "\v", f = "\f", r = "\r",
  e = "\27",
  [" "] = " ", ['"'] = '"', ["/"] = "/", ["\\"] = "\\", N = "\u{85}", _ = "\u{A0}", L = "\u{2028}", P = "\u{2029}",
}
local DIGITS = { x = 2, u = 4, U = 8 }

local function unescape(text, at)
  local letter = text:sub(at + 1, at + 1)
  if ESCAPES[letter] then return ESCAPES[letter], at + 2 end
  local count = DIGITS[letter]
  local hex = count and text:sub(at + 2, at + 1 + count)
  local point = hex and #hex == count and hex:find("^%x+$") and tonumber(hex, 16)
  if point and point <= 0x10FFFF and (point < 0xD800 or point > 0xDFFF) then
    return utf8.char(point), at + 2 + count
  end
  -- An escaped line break: the value stands on several lines, so its exact text does not matter.
  if letter == "\r" or letter == "\n" then return "", at + 2 end
  source.refuse(text, at, "an unknown escape in a string")
end

--- Reads a quoted scalar; on several lines it is let pass, with a doubt.
---@param text string
---@param at integer of the opening quote
---@return table node
---@return integer after
function yaml_scalar.quoted(text, at)
  local quote = text:sub(at, at)
  local parts, from = {}, at + 1
  while true do
    local stop = text:find(quote == '"' and '["\\]' or "'", from)
    if not stop then source.refuse(text, at, "a string without an end") end
    parts[#parts + 1] = text:sub(from, stop - 1)
    if text:sub(stop, stop) == "\\" then
      parts[#parts + 1], from = unescape(text, stop)
    elseif quote == "'" and text:sub(stop + 1, stop + 1) == "'" then
      parts[#parts + 1], from = "'", stop + 2
    else
      local node = { kind = "string", at = at, first = at + 1, last = stop - 1, value = table.concat(parts) }
      if text:sub(at, stop):find("\n", 1, true) then node.doubt = "a value on several lines" end
      return node, stop + 1
    end
  end
end

--- Reads a plain scalar that ends by `last`.
---@param text string
---@param at integer
---@param last integer
---@return table node
---@return integer after
function yaml_scalar.plain(text, at, last)
  local body = text:sub(at, last)
  local comment = body:find("[ \t]#")
  body = (comment and body:sub(1, comment - 1) or body):match("^(.-)[ \t]*$")
  if body:find("^[%%@`,%]}#|>&*!\"']") or body:find("^[%-?:]%f[ \t\0]") then
    source.refuse(text, at, "not understood: " .. source.shown(body))
  end
  local stop = at + #body - 1
  local kind = (body == "~" or body:lower() == "null") and "null" or "string"
  return { kind = kind, style = "plain", at = at, first = at, last = stop, value = body }, stop + 1
end

local function skip(text, at)
  while true do
    at = text:find("[^ \t\r\n]", at) or #text + 1
    if text:sub(at, at) ~= "#" then return at end
    if not text:find("^[ \t\r\n,%[{]", at - 1) then
      source.refuse(text, at, "not understood: `#` inside a value")
    end
    at = text:find("\n", at, true) or #text + 1
  end
end

--- A plain scalar inside a flow collection ends at `,`, a bracket, `: `, ` #` or the line's end.
local function flow_plain(text, at)
  local here = at
  while true do
    local stop = text:find("[,%[%]{}:#\r\n]", here) or #text + 1
    local char = text:sub(stop, stop)
    local goes_on = (char == ":" and not text:find("^[ \t\r\n,%[%]{}]", stop + 1) and stop < #text)
      or (char == "#" and not text:find("^[ \t]", stop - 1))
    if not goes_on then
      local node, after = yaml_scalar.plain(text, at, stop - 1)
      if node.value == "" then source.refuse(text, at, "a value is needed") end
      return node, after
    end
    here = stop + 1
  end
end

local function flow_value(text, at, depth)
  local char = text:sub(at, at)
  if char == "{" or char == "[" then return yaml_scalar.flow(text, at, depth + 1) end
  if char == '"' or char == "'" then return yaml_scalar.quoted(text, at) end
  if char == "&" or char == "!" or char == "*" then
    source.refuse(text, at, "not understood: an anchor, alias or tag inside brackets")
  end
  return flow_plain(text, at)
end

--- Reads `{...}` or `[...]`.
---@param text string
---@param at integer of the opening bracket
---@param depth integer
---@return table node
---@return integer after
function yaml_scalar.flow(text, at, depth)
  if depth > source.MAX_DEPTH then source.refuse(text, at, "nested too deeply") end
  local mapping = text:sub(at, at) == "{"
  local close = mapping and "}" or "]"
  local node, here = mapping and tree.table(at) or tree.array(at), skip(text, at + 1)
  while text:sub(here, here) ~= close do
    if here > #text then source.refuse(text, at, "`" .. close .. "` is missing") end
    local item
    local item_at = here
    item, here = flow_value(text, here, depth)
    here = skip(text, here)
    if mapping then
      if item.kind == "table" or item.kind == "array" then source.refuse(text, item_at, "a key is needed") end
      local value = { kind = "null", at = here, value = "" }
      if text:sub(here, here) == ":" then
        here = skip(text, here + 1)
        if not text:find("^[,}]", here) then
          value, here = flow_value(text, here, depth)
          here = skip(text, here)
        end
      end
      if not tree.add(node, item.value, value) then
        source.refuse(text, item_at, "the key " .. source.shown(item.value) .. " occurs twice")
      end
    else
      node.items[#node.items + 1] = item
    end
    local char = text:sub(here, here)
    if char == "," then here = skip(text, here + 1)
    elseif char ~= close then source.refuse(text, here, "`,` or `" .. close .. "` is needed") end
  end
  return node, here + 1
end

return yaml_scalar
