--- A TOML 1.0 parser that keeps the place of every value; see files.tree for the nodes.
--
-- It takes two liberties of TOML 1.1, for files that use them: newlines and a trailing comma inside inline
-- tables, and the escapes \e and \xHH. What a table may be extended by is the specification's rule: a
-- header defines a table once, dotted keys extend only tables that dotted keys of the same section made,
-- inline tables and arrays are closed.

local source = require "files.source"
local tree = require "files.tree"
local toml_string = require "files.toml_string"

local parser = {}

-- Scalars without quotes, in the order in which they are tried. Underscores have been taken out of numbers.
local DATE = "%d%d%d%d%-%d%d%-%d%d"
local TIME = "%d%d:%d%d:%d%d%.?%d*"
local SCALARS = {
  { "^true$", "boolean" }, { "^false$", "boolean" }, { "^[+-]?inf$", "number" }, { "^[+-]?nan$", "number" },
  { "^0x%x+$", "number" }, { "^0o[0-7]+$", "number" }, { "^0b[01]+$", "number" },
  { "^[+-]?%d+$", "number" }, { "^[+-]?%d+%.%d+$", "number" },
  { "^[+-]?%d+[eE][+-]?%d+$", "number" }, { "^[+-]?%d+%.%d+[eE][+-]?%d+$", "number" },
  { "^" .. DATE .. "$", "date" }, { "^" .. TIME .. "$", "date" },
  { "^" .. DATE .. "[Tt ]" .. TIME .. "$", "date" }, { "^" .. DATE .. "[Tt ]" .. TIME .. "[Zz]$", "date" },
  { "^" .. DATE .. "[Tt ]" .. TIME .. "[+-]%d%d:%d%d$", "date" },
}

local function blank(text, at) return text:find("[^ \t]", at) or #text + 1 end

--- The offset after a comment that starts at `at`; comments hold no control characters but tabs.
local function comment(text, at)
  local stop = text:find("[%z\1-\8\10-\31\127]", at) or #text + 1
  if stop <= #text and not text:find("^\r?\n", stop) then
    source.refuse(text, stop, "a control character in a comment")
  end
  return stop
end

--- Skips blanks, comments and newlines.
local function skip(text, at)
  while true do
    at = blank(text, at)
    if text:sub(at, at) == "#" then at = comment(text, at) end
    local _, newline = text:find("^\r?\n", at)
    if not newline then return at end
    at = newline + 1
  end
end

--- Skips what may follow a statement on its line.
local function finish(text, at)
  at = blank(text, at)
  if text:sub(at, at) == "#" then at = comment(text, at) end
  if at > #text then return at end
  local _, newline = text:find("^\r?\n", at)
  if not newline then
    source.refuse(text, at, "unexpected " .. source.shown(text:sub(at, at)) .. ": a line ends here")
  end
  return newline + 1
end

--- Reads `a."b c".d`: the names, and the offset after them.
local function read_key(text, at)
  local names = {}
  while true do
    at = blank(text, at)
    local name, stop, _
    if text:find("^[\"']", at) then
      if text:find('^"""', at) or text:find("^'''", at) then source.refuse(text, at, "a key in triple quotes") end
      local node
      node, stop = toml_string.read(text, at)
      name = node.value
    else
      _, stop, name = text:find("^([%w_%-]+)", at)
      if not name then source.refuse(text, at, "a key is needed") end
      stop = stop + 1
    end
    names[#names + 1] = name
    if #names > source.MAX_DEPTH then source.refuse(text, at, "nested too deeply") end
    at = blank(text, stop)
    if text:sub(at, at) ~= "." then return names, at end
    at = at + 1
  end
end

local read_value

local function read_array(text, at, depth)
  local node, here = tree.array(at), skip(text, at + 1)
  node.closed = true
  while text:sub(here, here) ~= "]" do
    local item
    item, here = read_value(text, here, depth + 1)
    node.items[#node.items + 1] = item
    here = skip(text, here)
    local char = text:sub(here, here)
    if char == "," then here = skip(text, here + 1)
    elseif char ~= "]" then source.refuse(text, here, "`,` or `]` is needed") end
  end
  return node, here + 1
end

local function taken(text, at, name)
  source.refuse(text, at, "the key " .. source.shown(name) .. " occurs twice")
end

--- Reads `key = value` into `into`; `section` marks the tables that its dotted key makes.
local function read_pair(text, at, into, section, depth)
  local names, here = read_key(text, at)
  if text:sub(here, here) ~= "=" then source.refuse(text, here, "`=` is needed after a key") end
  local node
  node, here = read_value(text, blank(text, here + 1), depth + 1)
  for index = 1, #names - 1 do
    local child = into.members[names[index]]
    if not child then
      child = tree.table(at)
      child.section = section
      tree.add(into, names[index], child)
    elseif child.kind ~= "table" or child.section ~= section then
      taken(text, at, names[index])
    end
    into = child
  end
  if not tree.add(into, names[#names], node) then taken(text, at, names[#names]) end
  return here
end

local function read_inline(text, at, depth)
  local node, here = tree.table(at), skip(text, at + 1)
  -- Members may be dotted: they extend one another, and nothing later may extend them.
  while text:sub(here, here) ~= "}" do
    here = skip(text, read_pair(text, here, node, node, depth))
    local char = text:sub(here, here)
    if char == "," then here = skip(text, here + 1)
    elseif char ~= "}" then source.refuse(text, here, "`,` or `}` is needed") end
  end
  node.closed = true
  return node, here + 1
end

local function read_scalar(text, at)
  local word = text:match("^[%w%+%-%.:_]+", at)
  if not word then source.refuse(text, at, "a value is needed") end
  local time = word:find("^" .. DATE .. "$") and text:match("^ " .. TIME .. "[%w%+%-:]*", at + #word)
  word = word .. (time or "")
  local digits = word:gsub("(%x)_(%x)", "%1%2"):gsub("(%x)_(%x)", "%1%2")
  for _, row in ipairs(SCALARS) do
    if digits:find(row[1]) and not digits:find("^[+-]?0%d+[%.eE]?%d*$") then
      return { kind = row[2], at = at, first = at, last = at + #word - 1, value = word }, at + #word
    end
  end
  source.refuse(text, at, "no value of TOML: " .. source.shown(word))
end

function read_value(text, at, depth)
  if depth > source.MAX_DEPTH then source.refuse(text, at, "nested too deeply") end
  local char = text:sub(at, at)
  if char == '"' or char == "'" then return toml_string.read(text, at) end
  if char == "[" then return read_array(text, at, depth) end
  if char == "{" then return read_inline(text, at, depth) end
  return read_scalar(text, at)
end

--- Walks to the table that holds the last name of a header.
local function enter(text, at, root, names)
  local node = root
  for index = 1, #names - 1 do
    local child = node.members[names[index]]
    if not child then
      child = tree.table(at)
      tree.add(node, names[index], child)
    elseif child.kind == "array" and not child.closed then
      child = child.items[#child.items]
    elseif child.kind ~= "table" or child.closed then
      taken(text, at, names[index])
    end
    node = child
  end
  return node
end

local function read_header(text, at, root)
  local several = text:sub(at, at + 1) == "[["
  local names, here = read_key(text, at + (several and 2 or 1))
  local close = several and "]]" or "]"
  if text:sub(here, here + #close - 1) ~= close then source.refuse(text, here, "`" .. close .. "` is needed") end
  local parent, name = enter(text, at, root, names), names[#names]
  local child = parent.members[name]
  local current = tree.table(at)
  current.defined = true
  if several then
    if not child then
      child = tree.array(at)
      tree.add(parent, name, child)
    elseif child.kind ~= "array" or child.closed then
      taken(text, at, name)
    end
    child.items[#child.items + 1] = current
  elseif not child then
    tree.add(parent, name, current)
  elseif child.kind == "table" and not (child.closed or child.defined or child.section) then
    -- A table that a longer header implied, [a.b] before [a]: this header defines it.
    current, child.defined, child.at = child, true, at
  else
    taken(text, at, name)
  end
  return current, finish(text, here + #close)
end

--- Parses a whole TOML text.
---@param text string
---@return table|nil root
---@return string|nil message
function parser.parse(text)
  return source.attempt(function ()
    local here = skip(text, source.open(text))
    local root = tree.table(1)
    local current = root
    while here <= #text do
      if text:sub(here, here) == "[" then
        current, here = read_header(text, here, root)
      else
        here = finish(text, read_pair(text, here, current, current, 1))
      end
      here = skip(text, here)
    end
    return root
  end)
end

return parser
