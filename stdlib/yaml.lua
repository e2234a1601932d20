--- Whole YAML documents as trees of values that know their lines: what CI workflows are read with. The grammar is that
-- of files.yaml_parser, which also says what it refuses; here block scalars and values on several lines are decoded,
-- and what cannot be read as it stands (aliases, anchors, tags) is refused with its line.
--
-- A node: { kind = "table"|"array"|"string"|"null", line, value, keys, members, items, starts }
--   line     where it starts, counted from 1
--   value    of a string: its text; numbers and booleans are strings, as written
--   keys, members  of a table: names in order, nodes by name;  items  of an array
--   starts   of a block scalar that keeps its lines: the line of its first one

local source = require "files.source"
local parser = require "files.yaml_parser"

local yaml = {}

-- Where lines end, so that a line number costs a binary search.
local function newlines(text)
  local ends, at = {}, 0
  while true do
    at = text:find("\n", at + 1, true)
    if not at then return ends end
    ends[#ends + 1] = at
  end
end

local function line_of(ends, offset)
  local low, high = 1, #ends + 1
  while low < high do
    local middle = (low + high) // 2
    if ends[middle] >= offset then high = middle else low = middle + 1 end
  end
  return low
end

-- Folding, as double-quoted and plain values do it: a line break is a space, an empty line is a line break.
local function folded(text)
  local parts, breaks = {}, 0
  for line in (text .. "\n"):gmatch "(.-)\r?\n" do
    line = line:gsub("^[ \t]+", ""):gsub("[ \t]+$", "")
    if line == "" then
      breaks = breaks + 1
    else
      if #parts > 0 then parts[#parts + 1] = breaks > 0 and ("\n"):rep(breaks) or " " end
      parts[#parts + 1], breaks = line, 0
    end
  end
  return table.concat(parts)
end

-- The lines of a block scalar, without the indentation of its first line and without empty lines at its end. The
-- indicators of its header (`|-`, `>2`) matter to bytes, not to what is read here.
local function literal(text)
  local lines, indent = {}, nil
  for line in (text .. "\n"):gmatch "(.-)\r?\n" do
    if not indent and line:find "[^ ]" then indent = #line:match "^ *" end
    lines[#lines + 1] = line:sub(math.min((indent or 0), #line:match "^ *") + 1)
  end
  while #lines > 0 and not lines[#lines]:find "[^ \t]" do lines[#lines] = nil end
  return table.concat(lines, "\n")
end

local function convert(text, ends, node)
  local made = { kind = node.kind, line = line_of(ends, node.at) }
  if node.doubt == "an anchor" or node.doubt == "a tag" or node.doubt == "an alias" then
    source.refuse(text, node.at, node.doubt .. " is not read here; write the value out, in quotes if it begins with & * or !")
  end
  if node.kind == "table" then
    made.keys, made.members = node.keys, {}
    for _, key in ipairs(node.keys) do made.members[key] = convert(text, ends, node.members[key]) end
  elseif node.kind == "array" then
    made.items = {}
    for i, item in ipairs(node.items) do made.items[i] = convert(text, ends, item) end
  elseif node.kind == "opaque" then
    made.kind = "string"
    local body = text:sub(node.first, node.last)
    if node.style == "|" then
      made.value, made.starts = literal(body), line_of(ends, node.first)
    else
      made.value = folded(body)
    end
  elseif node.through then
    -- Comments end a plain value, so what is left of them on its later lines is none of it.
    local rest = text:sub(node.last + 1, node.through):gsub("[ \t]+#[^\n]*", "")
    made.value = folded(node.value .. rest)
  else
    made.value = node.doubt and folded(node.value) or node.value
  end
  return made
end

--- Reads the first document of a YAML text.
---@param text string
---@return table|nil root
---@return string|nil message "line 12: ..."
function yaml.read(text)
  local root, message = parser.parse(text)
  if not root then return nil, message end
  return source.attempt(convert, text, newlines(text), root)
end

return yaml
