--- Reads what a spec said (nodes with a word, a line and arguments) against the vocabulary's rows, into plain
-- records. It collects every mistake with its line instead of stopping at the first.

local text = require "text"
local template = require "template"
local words = require "words"

local schema = {}

---@class schema.reader
---@field problems table[] { line =, text = } in the order found
---@field used table<string, integer> the line at which each ready-made spec was brought in
local reader = {}
reader.__index = reader

--- A reader over the values of one evaluated spec.
---@param marks { is_node: function, is_callback: function } how nodes and functions of the spec are told from data
---@param lines string[] the spec's lines, to find the line of a key
---@return schema.reader
function schema.reader(marks, lines)
  return setmetatable({ marks = marks, lines = lines, problems = {}, used = {} }, reader)
end

--- Notes a `use`: what its ready-made spec says is told at this line, for that file is none of the user's.
---@param node table
function reader:use(node)
  local name = node.args[1]
  if type(name) == "string" then self.used[name] = self.used[node.source] or node.line end
end

-- The line of a node in the user's own file, and where it stands in a ready-made spec, if it does.
---@return integer line, string|nil inner
local function place_of(self, at)
  if not at.args or not at.source then return at.line, at.inner end -- a record may have a field `source`
  local inner = ("specs/%s.lua:%s"):format(at.source, tostring(at.line))
  return self.used[at.source] or 1, inner
end

--- Notes a mistake at a node or a record (or any { line = }).
function reader:complain(at, format, ...)
  local line, inner = place_of(self, at)
  local told = format:format(...)
  self.problems[#self.problems + 1] = { line = line, text = inner and ("%s (%s)"):format(told, inner) or told }
end

-- A table's keys have no line in Lua, so the line is looked up in the text: the first `key =` from the word on.
local function line_of_key(self, node, key)
  if node.source or not node.line then return node.line end
  for number = node.line, #self.lines do
    local line = self.lines[number]:gsub("%-%-.*$", "")
    if line:find("%f[%w_]" .. key:gsub("%W", "%%%0") .. "%f[^%w_]%s*=") then return number end
  end
  return node.line
end

-- The node, at the line of one of its keys.
local function at_key(self, node, key) return setmetatable({ line = line_of_key(self, node, key) }, { __index = node }) end

local function list_of(names)
  return "'" .. table.concat(names, "', '") .. "'"
end

local function kind_name(self, value)
  if self.marks.is_callback(value) then return "a function" end
  if self.marks.is_node(value) then return ("'%s'"):format(value.word) end
  if type(value) == "string" then return ("'%s'"):format(text.shorten(text.line(value), 40)) end
  if type(value) == "table" then return "a table" end
  return tostring(value)
end

local function where_of(node)
  local first = node.args[1]
  if type(first) == "string" then return ("%s \"%s\""):format(node.word, text.line(first)) end
  return node.word
end

local function check_template(self, node, field, value)
  local compiled, message = template.compile(value, field.template)
  if not compiled then self:complain(node, "%s: %s: %s", where_of(node), field.name, message) end
end

local readers = {}

function readers.string(self, node, field, value)
  if type(value) ~= "string" then
    self:complain(node, "%s: %s is a string%s, not %s", where_of(node), field.name,
      field.callable and " or a function" or field.or_false and " or false" or "", kind_name(self, value))
    return nil
  end
  if value:find("[%z\1-\8\11-\31\127]") then
    self:complain(node, "%s: %s holds a control character", where_of(node), field.name)
    return nil
  end
  if field.one_of then
    for _, allowed in ipairs(field.one_of) do
      if value == allowed then return value end
    end
    self:complain(node, "%s: %s is one of %s, not '%s'%s", where_of(node), field.name,
      list_of(field.one_of) .. (field.callable and " or a function" or ""),
      text.line(value), text.hint(value, field.one_of))
    return nil
  end
  if field.template then check_template(self, node, field, value) end
  return value
end

function readers.boolean(self, node, field, value)
  if type(value) == "boolean" then return value end
  self:complain(node, "%s: %s is true or false, not %s", where_of(node), field.name, kind_name(self, value))
end

function readers.integer(self, node, field, value)
  if math.type(value) == "integer" and value >= 0 then return value end
  self:complain(node, "%s: %s is a whole number from 0 on, not %s", where_of(node), field.name, kind_name(self, value))
end

readers["function"] = function (self, node, field, value)
  if self.marks.is_callback(value) then return value end
  self:complain(node, "%s: %s is a function, not %s", where_of(node), field.name, kind_name(self, value))
end

function readers.map(self, node, field, value)
  if type(value) ~= "table" or self.marks.is_node(value) or self.marks.is_callback(value) then
    self:complain(node, "%s: %s is a table { name = value }, not %s", where_of(node), field.name,
      kind_name(self, value))
    return nil
  end
  local map, keys = {}, {}
  for key in pairs(value) do keys[#keys + 1] = tostring(key) end
  table.sort(keys)
  for _, key in ipairs(keys) do
    local allowed = not field.keys
    for _, name in ipairs(field.keys or {}) do allowed = allowed or name == key end
    if not allowed then
      self:complain(at_key(self, node, key), "%s: %s has no '%s'%s",
        where_of(node), field.name, text.line(key), text.hint(key, field.keys))
    else
      map[key] = readers.string(self, node, { name = field.name .. "." .. key, one_of = field.one_of, template = field.template },
        value[key])
    end
  end
  return map
end

-- A section of a changelog: { title = "Added", types = { "feat" } }.
function readers.section(self, node, field, value)
  if type(value) ~= "table" or self.marks.is_node(value) or self.marks.is_callback(value) then
    self:complain(node, "%s: %s holds { title = \"...\", types = { ... } }, not %s", where_of(node), field.name,
      kind_name(self, value))
    return nil
  end
  local keys = {}
  for key in pairs(value) do keys[#keys + 1] = tostring(key) end
  table.sort(keys)
  for _, key in ipairs(keys) do
    if key ~= "title" and key ~= "types" then
      self:complain(node, "%s: %s: a section has title and types, not '%s'", where_of(node), field.name, text.line(key))
      return nil
    end
  end
  local types = {}
  for i, name in ipairs(type(value.types) == "table" and value.types or { value.types }) do
    types[i] = readers.string(self, node, { name = field.name .. ".types" }, name)
  end
  return { title = readers.string(self, node, { name = field.name .. ".title" }, value.title), types = types }
end

--- Reads one value that must be a word of `field.is`; gates may also be strings, the names of custom gates.
local function read_word(self, node, field, value)
  if field.is == "gate" and type(value) == "string" then
    local line, inner = place_of(self, node)
    return { word = "custom", name = value, line = line, inner = inner }
  end
  if field.is == "file" and type(value) == "string" then
    local line, inner = place_of(self, node)
    return { word = "infer", path = value, line = line, inner = inner }
  end
  local row = self.marks.is_node(value) and words.by_name[value.word]
  if row and row.kind == field.is then return self:read(value) end
  self:complain(row and value or node, "%s: %s takes %s, not %s", where_of(node), field.name,
    list_of(words.of_kind(field.is)), kind_name(self, value))
end

local function read_one(self, node, field, value)
  if field.callable and self.marks.is_callback(value) then return value end
  if field.or_false and value == false then return false end
  local read = readers[field.is] or read_word
  return read(self, node, field, value)
end

local function is_sequence(self, value)
  return type(value) == "table" and not self.marks.is_node(value) and not self.marks.is_callback(value)
end

local function read_field(self, node, field, value)
  if not field.many then return read_one(self, node, field, value) end
  if not is_sequence(self, value) then value = { value } end
  local list = {}
  for key in pairs(value) do
    if math.type(key) ~= "integer" or key < 1 or key > #value then
      self:complain(node, "%s: %s is a list, and has a key '%s'", where_of(node), field.name, text.line(tostring(key)))
    end
  end
  for _, item in ipairs(value) do list[#list + 1] = read_one(self, node, field, item) end
  return list
end

-- Spreads the arguments of a node over its fields: bare values and sequence parts go to `takes` (then `then_takes`,
-- then a function to `takes_function`), string keys to the field of that name.
-- Second result: the fields that were given by their name, which have lines of their own.
local function spread(self, node, row)
  local given, named = {}, {}
  local function put(name, value)
    if given[name] ~= nil then self:complain(node, "%s: %s is given twice", where_of(node), name) end
    given[name] = value
  end
  local function put_bare(value)
    if row.takes_function and self.marks.is_callback(value) then return put(row.takes_function, value) end
    local takes = row.takes and given[row.takes] == nil and row.takes or row.then_takes
    if not takes then return self:complain(node, "%s takes no %s here", where_of(node), kind_name(self, value)) end
    put(takes, value)
  end
  local function put_table(value)
    local sequence, keys = {}, {}
    for key in pairs(value) do if type(key) == "string" then keys[#keys + 1] = key end end
    for _, item in ipairs(value) do sequence[#sequence + 1] = item end
    local takes = row.takes and words.field(row, row.takes)
    if #sequence > 0 and takes and takes.many then
      put(row.takes, sequence)
    else
      for _, item in ipairs(sequence) do put_bare(item) end
    end
    table.sort(keys)
    for _, key in ipairs(keys) do
      put(key, value[key])
      named[key] = true
    end
  end
  for _, argument in ipairs(node.args) do
    if is_sequence(self, argument) then put_table(argument) else put_bare(argument) end
  end
  return given, named
end

--- Reads one node into a record { word =, line =, inner =, FIELD = value ... } with the defaults filled in. The line is the
-- user's own file's; `inner` says where in a ready-made spec the word stands, if it does.
-- Mistakes are noted in `problems`; the record then lacks what was wrong.
---@param node table
---@return table record
function reader:read(node)
  local row = words.by_name[node.word]
  local record = { word = node.word }
  record.line, record.inner = place_of(self, node)
  local given, named = spread(self, node, row)
  local names = {}
  for _, field in ipairs(row.fields) do
    names[#names + 1] = field.name
    local value, into = given[field.name], record
    given[field.name] = nil
    if field.option then
      record.options = record.options or {}
      into = record.options
    end
    if value ~= nil then
      local at = node
      if named[field.name] then
        at = at_key(self, node, field.name)
      end
      into[field.name] = read_field(self, at, field, value)
    elseif field.required then
      self:complain(node, "%s lacks %s: %s", where_of(node), field.name, field.doc)
    elseif not field.option then
      record[field.name] = field.default
    end
  end
  local unknown = {}
  for key in pairs(given) do unknown[#unknown + 1] = key end
  table.sort(unknown)
  for _, key in ipairs(unknown) do
    self:complain(at_key(self, node, key), "%s has no key '%s'%s",
      where_of(node), text.line(key), text.hint(key, names))
  end
  return record
end

return schema
