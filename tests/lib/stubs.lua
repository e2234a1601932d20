--- docs/release.d.lua: what the Lua language server has to know of the words, so that editors complete, explain and
-- check a release.lua. Made from the rows of the vocabulary.

local help = require "help"
local words = require "words"

local stubs = {}

local PLAIN = {
  string = "string", boolean = "boolean", integer = "integer", ["function"] = "fun(...): any",
  section = "relrun.section",
}

local function literals(values)
  local all = {}
  for i, value in ipairs(values) do all[i] = help.literal(value) end
  return table.concat(all, "|")
end

--- The type of a field as an annotation.
---@param field table a field row
---@return string
function stubs.type_of(field)
  local one = field.one_of and literals(field.one_of) or PLAIN[field.is] or "relrun." .. field.is
  if field.is == "map" then one = ("table<string, %s>"):format(field.one_of and "(" .. one .. ")" or "string") end
  if field.is == "gate" or field.is == "file" then one = one .. "|string" end
  if field.callable then one = one .. "|fun(places: table<string, string>): string" end
  if field.or_false then one = one .. "|false" end
  if not field.many then return one end
  return (one:find "|" and "(%s)[]|%s" or "%s[]|%s"):format(one, one)
end

local function comment(told) return "---" .. told end

local function add_word(lines, row)
  local fields = "relrun." .. row.word .. ".fields"
  lines[#lines + 1] = "---@class " .. fields
  for _, field in ipairs(row.fields) do
    if field.name == row.takes then
      lines[#lines + 1] = ("---@field [integer] %s %s"):format(stubs.type_of(field), field.doc)
    end
    -- A required field may stand bare before the table, so no field is required of the table itself.
    lines[#lines + 1] = ("---@field %s? %s %s"):format(field.name, stubs.type_of(field), field.doc)
  end
  if row.open then lines[#lines + 1] = "---@field [string] any options of the ready-made spec" end
  lines[#lines + 1] = ""
  lines[#lines + 1] = comment(row.doc)
  lines[#lines + 1] = comment ""
  lines[#lines + 1] = comment "```lua"
  lines[#lines + 1] = comment(row.example)
  lines[#lines + 1] = comment "```"
  lines[#lines + 1] = ("---@class relrun.word.%s: relrun.%s"):format(row.word, row.kind)
  lines[#lines + 1] = ("---@overload fun(fields: %s): relrun.word.%s"):format(fields, row.word)
  if row.takes or row.then_takes then lines[#lines + 1] = ("---@overload fun(value: string): relrun.word.%s"):format(row.word) end
  if row.takes_function then
    lines[#lines + 1] = "---@overload fun(value: fun(facts: table): (boolean|\"wait\"), string?): relrun.word." .. row.word
  end
  lines[#lines + 1] = row.word .. " = {}"
  lines[#lines + 1] = ""
end

--- The whole file.
---@return string lua
function stubs.text()
  local lines = {
    "---@meta", "",
    "-- The words of release.lua for the Lua language server: put this file into its workspace.library.",
    "-- Made from the rows of stdlib/words.lua by `make docs`; do not edit.", "",
    "---A section of a changelog: its title, and the commit types that it collects.",
    "---@class relrun.section", "---@field title string", "---@field types string[]", "",
  }
  for _, kind in ipairs(help.kinds) do
    lines[#lines + 1] = comment(kind.one:gsub("^%l", string.upper))
    lines[#lines + 1] = "---@class relrun." .. kind.kind
    lines[#lines + 1] = ""
  end
  for _, row in ipairs(words.rows) do add_word(lines, row) end
  table.move({
    "---In a ready-made spec: its options, with the defaults of the rows filled in. An unknown option is an error.",
    "---@param options table|nil what `use` was given",
    "---@param rows { name: string, type: string?, required: boolean?, default: any, doc: string }[]",
    "---@return table<string, any>",
    "function options_of(options, rows) end",
  }, 1, 5, #lines + 1, lines)
  return table.concat(lines, "\n") .. "\n"
end

return stubs
