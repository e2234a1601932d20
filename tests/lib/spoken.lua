--- A spec evaluated by this very Lua, in place of the sandbox's process: for tests of what is made of its
-- statements. Nothing here contains a hostile spec.
--
--     local statements = spoken.statements('release "demo" {}')
--     spec.model(statements, spoken.marks, text)
--
-- Nodes are as the sandbox gives them: { word =, line =, source =, args = { ... } }.

local words = require "words"

local spoken = {}

local Node, Callback = {}, {}

--- How nodes and functions are told from data; what schema.reader takes.
spoken.marks = {
  is_node = function (value) return getmetatable(value) == Node end,
  is_callback = function (value) return getmetatable(value) == Callback end,
}

--- A node made by hand, on line `line` or 1.
---@param word string
---@param arguments table
---@param line integer|nil
---@return table node
function spoken.node(word, arguments, line)
  return setmetatable({ word = word, line = line or 1, args = arguments }, Node)
end

--- What stands for a function of the spec.
---@return table callback
function spoken.callback() return setmetatable({ ["function"] = 1, line = 1 }, Callback) end

-- A function crosses as a handle, wherever it stands.
local function crossed(value)
  if type(value) == "function" then return spoken.callback() end
  if type(value) ~= "table" or getmetatable(value) then return value end
  local copy = {}
  for key, item in pairs(value) do copy[key] = crossed(item) end
  return copy
end

local LIBRARY = {
  ipairs = ipairs, pairs = pairs, select = select, tostring = tostring, tonumber = tonumber, error = error,
  assert = assert, string = string, table = table, math = math, utf8 = utf8,
  type = function (value) return getmetatable(value) == Node and "word" or type(value) end,
}

-- The options of a ready-made spec: what was given, and the rows' defaults.
local function options_of(given, rows)
  local options = {}
  for name, value in pairs(given or {}) do options[name] = value end
  for _, row in ipairs(rows) do
    if options[row.name] == nil then options[row.name] = row.default end
  end
  return options
end

local say

-- A node of `word` with these arguments. A call gives a new node with one more; a statement's latest node stands in its
-- slot of the list.
local function speak(state, place, arguments)
  local node = setmetatable({ word = place.word, line = place.line, source = place.source, args = arguments }, Node)
  -- A `use` stays before what it brings in, without its options.
  if place.slot and not (place.word == "use" and #arguments > 1) then state.statements[place.slot] = node end
  if place.word == "use" and #arguments == 2 then
    local text = state.specs[arguments[1]] or error(("no ready-made spec '%s'"):format(arguments[1]))
    say(state, text, arguments[1], arguments[2])
  end
  state.calls[node] = function (argument)
    local more = table.move(arguments, 1, #arguments, 1, {})
    more[#more + 1] = crossed(argument)
    return speak(state, place, more)
  end
  return node
end

function say(state, text, source, ...)
  Node.__call = function (node, argument) return state.calls[node](argument) end
  local env = setmetatable({ options_of = options_of }, {
    __index = function (_, word)
      if LIBRARY[word] then return LIBRARY[word] end
      local row = words.by_name[word] or error(("unknown word '%s'"):format(word), 2)
      local place = { word = word, line = debug.getinfo(2, "l").currentline, source = source }
      if row.kind == "statement" then
        place.slot = #state.statements + 1
      end
      return speak(state, place, {})
    end,
    __newindex = function (_, key, value) state.assigned[key] = value end,
  })
  local name = source and "specs/" .. source .. ".lua" or "release.lua"
  return assert(load(text, "@" .. name, "t", env))(...)
end

--- Evaluates a spec.
---@param text string
---@param specs table<string, string>|nil the ready-made specs that `use` may name
---@return table[] statements
---@return table assigned globals that the text assigned, for fragments such as `gates = { clean_tree }`
---@return any result what the chunk returned
function spoken.statements(text, specs)
  local state = { statements = {}, assigned = {}, calls = {}, specs = specs or {} }
  local result = say(state, text)
  return state.statements, state.assigned, result
end

return spoken
