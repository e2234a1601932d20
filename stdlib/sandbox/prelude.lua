--- The first text that the spec's process runs, and the last one that is ours: it makes the world in which
-- a release.lua stands. It is given the primitives of spec_process.c and the library of library.c, and
-- returns the function that evaluates a request.

local host, library = ...
local error, ipairs, pairs = library.error, library.ipairs, library.pairs
local tostring, type = library.tostring, library.type
local table, math = library.table, library.math

local ARGUMENTS_MAX, USE_DEPTH_MAX = 16, 8

-- What the present evaluation knows. `labels` tells for the chunk name of a ready-made spec what its nodes
-- carry as `source`; `statements` is the list being made, nil while no spec runs its own top level.
local words, specs, labels, statements = {}, {}, {}, nil

-- Raises at the line where the spec stands (or at `at`, a node's record).
local function complain(at, format, ...)
  local name, line
  if at then name, line = at.chunk, at.line else name, line = host.where() end
  local position = name and ("%s:%d: "):format(name, line) or ""
  error(position .. format:format(...), 0)
end

-- Edit distance with swaps of neighbours, so that 'realease' and 'relaese' are both near 'release'.
local function distance(a, b)
  local before, last = {}, {}
  for j = 0, #b do last[j] = j end
  for i = 1, #a do
    local row = { [0] = i }
    for j = 1, #b do
      local same = a:byte(i) == b:byte(j)
      row[j] = math.min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (same and 0 or 1))
      if i > 1 and j > 1 and a:byte(i) == b:byte(j - 1) and a:byte(i - 1) == b:byte(j) then
        row[j] = math.min(row[j], before[j - 2] + 1)
      end
    end
    before, last = last, row
  end
  return last[#b]
end

-- "; did you mean 'x'?" for the nearest name, or "".
local function hint(name, names)
  local best, least = nil, math.max(1, #name // 3) + 1
  if #name > 40 then return "" end
  for _, other in ipairs(names) do
    local d = distance(name, other)
    if d < least then best, least = other, d end
  end
  return best and ("; did you mean '%s'?"):format(best) or ""
end

local function sorted_keys(map)
  local keys = {}
  for key in pairs(map) do keys[#keys + 1] = tostring(key) end
  return keys
end

-- Names in messages are the spec's own text: short, and nothing but printable characters.
local function show(name)
  name = tostring(name)
  if #name > 40 then name = name:sub(1, 37) .. "..." end
  return (name:gsub("[%c\127]", "?"))
end

-- Nodes ---------------------------------------------------------------------------------------------------

-- A slot is one statement: the newest node that was made from the word's reading.
local function add_statement(record)
  if not statements then
    complain(nil, "'%s' is a statement: it stands in the spec itself, not in a function that relrun calls",
      record.word)
  end
  record.slot = {}
  statements[#statements + 1] = record.slot
end

local function new_node(record)
  local node = host.node(record)
  if record.slot then record.slot.node = node end
  return node
end

local function read_word(word)
  local name, line = host.where()
  local record = { word = word, chunk = name, source = labels[name], line = line, args = {} }
  if words[word].kind == "statement" then add_statement(record) end
  return new_node(record)
end

local function call_node(node, ...)
  local old = host.record(node)
  local given = table.pack(...)
  local record = { word = old.word, chunk = old.chunk, source = old.source, line = old.line, slot = old.slot,
    args = table.move(old.args, 1, #old.args, 1, {}) }
  if #old.args + given.n > ARGUMENTS_MAX then
    complain(nil, "%s has more than %d arguments", tostring(node), ARGUMENTS_MAX)
  end
  for i = 1, given.n do
    if given[i] == nil then complain(nil, "%s is given nil", tostring(node)) end
    record.args[#record.args + 1] = given[i]
  end
  -- A statement that was kept in a variable and is called twice is two statements.
  if old.slot and old.slot.node ~= node then add_statement(record) end
  return new_node(record)
end

local function refuse_index(node)
  complain(nil, "%s is a word, not a table: it has no fields", tostring(node))
end

host.node_type.__call = call_node
host.node_type.__index = refuse_index
host.node_type.__newindex = refuse_index
host.node_type.__metatable = false
host.node_type.__name = "word"
host.node_type.text = function (node)
  local record = host.record(node)
  return ("%s (line %d)"):format(record.word, record.line or 0)
end

-- Options of ready-made specs -----------------------------------------------------------------------------

local using -- the record of the `use` whose spec runs

local function is_of(value, kinds)
  for kind in kinds:gmatch "%a+" do
    if kind == type(value) or (kind == "integer" and math.type(value) == "integer") then return true end
  end
  return false
end

local function with_article(noun) return (noun:find "^[aeiou]" and "an " or "a ") .. noun end

-- options_of(options, rows) -> the options with the defaults filled in. A row: name, default, required, doc,
-- type: "string", "integer", "boolean", "table", "function", "word", or several ("table or word"); any when
-- absent.
local function options_of(options, rows)
  local known, names, read = {}, {}, {}
  local what = using and ("use \"%s\""):format(show(using.args[1])) or "the options"
  for _, row in ipairs(rows) do names[#names + 1], known[row.name] = row.name, row end
  for _, key in ipairs(sorted_keys(options or {})) do
    if not known[key] then complain(using, "%s has no option '%s'%s", what, show(key), hint(key, names)) end
  end
  for _, row in ipairs(rows) do
    local value = (options or {})[row.name]
    if value == nil then
      if row.required then complain(using, "%s lacks %s: %s", what, row.name, row.doc or "it is required") end
      value = row.default
    elseif row.type and not is_of(value, row.type) then
      complain(using, "%s: %s takes %s, not a %s", what, row.name, with_article(row.type), type(value))
    end
    read[row.name] = value
  end
  return read
end

-- The environment -----------------------------------------------------------------------------------------

local globals = { options_of = options_of }
for name, value in pairs(library) do globals[name] = value end

-- Programmers of Lua look for these; the answer tells them more than "unknown".
local ABSENT = {}
for name in ("_G collectgarbage coroutine debug dofile getmetatable io load loadfile next os package print " ..
  "rawequal rawget rawlen rawset require setmetatable warn xpcall"):gmatch "%S+" do ABSENT[name] = true end

local function read_global(_, name)
  local value = globals[name]
  if value ~= nil then return value end
  if type(name) == "string" and words[name] then return read_word(name) end
  if ABSENT[name] then
    complain(nil, "unknown word '%s'; a spec only describes, so that part of Lua is not there", name)
  end
  local names = sorted_keys(words)
  for _, known in ipairs(sorted_keys(globals)) do names[#names + 1] = known end
  complain(nil, "unknown word '%s'%s", show(name), type(name) == "string" and hint(name, names) or "")
end

local function write_global(_, name)
  if words[name] or globals[name] ~= nil then
    complain(nil, "'%s' is a word and cannot be assigned", show(name))
  end
  complain(nil, "global '%s': use local", show(name))
end

local environment = host.guard(read_global, write_global)

-- Evaluation ----------------------------------------------------------------------------------------------

local expand

-- Runs a text as a spec and returns its statements' nodes in order.
local function run(text, name, depth, ...)
  local chunk, message = host.load(text, name, environment)
  if not chunk then error(message, 0) end
  local outer = statements
  statements = {}
  chunk(...)
  local made = statements
  statements = outer
  return expand(made, depth)
end

local function use(record, depth)
  local name, options = record.args[1], record.args[2]
  if type(name) ~= "string" then
    complain(record, "use lacks the name of a ready-made spec: use \"NAME\" { ... }")
  end
  if not specs[name] then
    local names = sorted_keys(specs)
    complain(record, "there is no ready-made spec \"%s\"%s; there are: %s", show(name), hint(name, names),
      #names > 0 and table.concat(names, ", ") or "none")
  end
  if #record.args > 2 or (options ~= nil and type(options) ~= "table") then
    complain(record, "use \"%s\" takes one table of options", name)
  end
  if depth >= USE_DEPTH_MAX then
    complain(record, "use \"%s\": ready-made specs use each other %d deep", name, depth)
  end
  local chunk = ("specs/%s.lua"):format(name)
  local outer = using
  labels[chunk], using = name, record
  local made = run(specs[name], chunk, depth + 1, options or {})
  using = outer
  return made
end

-- Every `use` makes place for the statements of the spec that it names. It stays before them, without its options, so that
-- what is wrong with them can be told at its line.
function expand(slots, depth)
  local nodes = {}
  for _, slot in ipairs(slots) do
    local record = host.record(slot.node)
    if record.word == "use" then
      local made = use(record, depth)
      nodes[#nodes + 1] = host.node { word = record.word, chunk = record.chunk, source = record.source, line = record.line,
        args = { record.args[1] } }
      for _, node in ipairs(made) do nodes[#nodes + 1] = node end
    else
      nodes[#nodes + 1] = slot.node
    end
  end
  return nodes
end

--- Evaluates { name =, text =, words =, specs = } to the list of its statements' nodes.
return function (request)
  words, specs, labels, using = request.words, request.specs, {}, nil
  for word in pairs(words) do
    if globals[word] ~= nil then error(("the word '%s' is a name of Lua's library"):format(word), 0) end
  end
  return run(request.text, request.name, 0)
end
