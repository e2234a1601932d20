--- The tree that the format parsers make of a text, paths into it, and the editor of one scalar in it.
--
-- A node knows where it is: { kind, at, first, last, value, keys, members, items, doubt }
--   kind     "string", "number", "boolean", "date", "null", "table", "array" or "opaque"
--   at       offset (1-based) at which it starts; first..last: the bytes of a scalar, quotes left out
--   value    the decoded text of a scalar
--   keys, members  of a table: names in order, nodes by name;  items: nodes of an array
--   doubt    why what is inside must not be edited (YAML: an anchor, a tag, ...), or nil

local source = require "files.source"
local token = require "files.token"

local tree = {}

--- A new, empty table node.
---@param at integer
---@return table node
function tree.table(at) return { kind = "table", at = at, keys = {}, members = {} } end

--- A new, empty array node.
---@param at integer
---@return table node
function tree.array(at) return { kind = "array", at = at, items = {} } end

--- Adds a member; answers false when the name is taken.
---@param node table
---@param name string
---@param member table
---@return boolean
function tree.add(node, name, member)
  if node.members[name] then return false end
  node.keys[#node.keys + 1] = name
  node.members[name] = member
  return true
end

--- Reads a path: `project.version`, `a.b[0].c`, `"quoted.key".x`, `packages[""].version`.
---@param path string
---@return (string|integer)[]|nil segments indices count from 0, as in the formats' own words
---@return string|nil message
function tree.path(path)
  if type(path) ~= "string" then error("a selector must be a string", 2) end
  local segments, at = {}, 1
  local function wrong() return nil, "selector " .. source.shown(path) .. ' is no path like a.b[0]."c.d"' end
  if path == "" then return wrong() end
  while at <= #path do
    local stop, key, _
    if path:find("^%[", at) and at > 1 then
      _, stop, key = path:find("^%[(%d+)%]", at)
      if key and #key < 10 then
        key = math.tointeger(tonumber(key))
      else
        _, stop, _, key = path:find("^%[([\"'])(.-)%1%]", at)
      end
    else
      if at > 1 then
        if path:sub(at, at) ~= "." then return wrong() end
        at = at + 1
      end
      _, stop, _, key = path:find("^([\"'])(.-)%1", at)
      if not key then _, stop, key = path:find("^([^%.%[%]\"']+)", at) end
    end
    if not key then return wrong() end
    segments[#segments + 1] = key
    at = stop + 1
  end
  return segments
end

local function spelled(segments, count)
  local parts = {}
  for index = 1, count do
    local segment = segments[index]
    parts[index] = math.type(segment) and ("[%d]"):format(segment) or (index > 1 and "." or "") .. segment
  end
  return source.shown(table.concat(parts))
end

--- Finds the node that a path names.
---@param text string what `root` was parsed from
---@param root table
---@param segments (string|integer)[]
---@return table|nil node
---@return string|nil message
function tree.find(text, root, segments)
  local node = root
  for index, segment in ipairs(segments) do
    local function refused(what)
      local whole = index == 1 and "the document" or spelled(segments, index - 1)
      return nil, source.message(text, node.at, whole .. " " .. what)
    end
    if node.doubt then return refused("has " .. node.doubt .. ": not edited") end
    local child
    if math.type(segment) then
      if node.kind ~= "array" then return refused(("is a %s, not an array"):format(node.kind)) end
      child = node.items[segment + 1]
      if not child then return refused(("has %d items, no [%d]"):format(#node.items, segment)) end
    else
      if node.kind ~= "table" then return refused(("is a %s, not a table"):format(node.kind)) end
      child = node.members[segment]
      if not child then return refused("has no " .. source.shown(segment)) end
    end
    node = child
  end
  if node.doubt then
    return nil, source.message(text, node.at,
      ("%s has %s: not edited"):format(spelled(segments, #segments), node.doubt))
  end
  return node
end

--- Finds the string that a path names.
---@param text string
---@param root table
---@param segments (string|integer)[]
---@return table|nil node
---@return string|nil message
function tree.string(text, root, segments)
  local node, message = tree.find(text, root, segments)
  if not node then return nil, message end
  if node.kind == "string" then return node end
  return nil, source.message(text, node.at,
    ("%s is a %s, not a string"):format(spelled(segments, #segments), node.kind))
end

--- The splices that give several string nodes a new value: none for a node that has it already.
---@param text string
---@param nodes table[] ascending
---@param old string
---@param new string
---@param write (fun(node: table, new: string): string)|nil how `new` is written there; verbatim when absent
---@return table[]|nil splices
---@return string|nil message
function tree.replace(text, nodes, old, new, write)
  local valid, problem = token.valid(new)
  if not valid then return nil, problem end
  local splices = {}
  for _, node in ipairs(nodes) do
    if node.value ~= new then
      if node.value ~= old then
        return nil, source.message(text, node.first,
          ("holds %s, expected %s"):format(source.shown(node.value), source.shown(old)))
      end
      splices[#splices + 1] = {
        at = node.first - 1, remove = node.last - node.first + 1, insert = write and write(node, new) or new,
      }
    end
  end
  return splices
end

--- An editor of one string value, made from a parser.
---@param format { name: string, doc: string, parse: function, write: function|nil, explain: function|nil }
---   explain(text, root, segments) -> message|nil tells more about a path that names no string
---@return table editor
function tree.editor(format)
  local editor = { name = format.name, doc = format.doc }

  local function locate(text, at)
    local segments, problem = tree.path(at)
    if not segments then return nil, problem end
    local root, refused = format.parse(text)
    if not root then return nil, refused end
    local node, missing = tree.string(text, root, segments)
    if node then return node end
    return nil, format.explain and format.explain(text, root, segments) or missing
  end

  function editor.read(text, at)
    local node, message = locate(text, at)
    if not node then return nil, message end
    return node.value
  end

  function editor.edit(text, at, old, new)
    local node, message = locate(text, at)
    if not node then return nil, message end
    return tree.replace(text, { node }, old, new, format.write)
  end

  return editor
end

--- A parser that remembers what it read last: the packages of a workspace ask one big lockfile one after another. The
--- parsed text is not to be changed by those who get it.
---@param parse fun(text: string): table|nil, string|nil
---@return fun(text: string): table|nil, string|nil
function tree.remembering(parse)
  local last, root
  return function (text)
    if text == last then return root end
    local parsed, message = parse(text)
    if parsed then last, root = text, parsed end
    return parsed, message
  end
end

return tree
