--- What `relrun help` says, made from the rows of the vocabulary, the command line and the exit codes. Pure: it
-- returns lines. The reference manual and the editor stubs are made from the same texts (`type_of`, `literal`).

local cli = require "cli"
local facts = require "gates.facts"
local problem = require "problem"
local text = require "text"
local words = require "words"

local help = {}

local WIDTH = 100

--- What the kinds of words are called, in the order in which a spec needs them.
help.kinds = {
  { kind = "statement", one = "a statement", many = "statements" },
  { kind = "packages", one = "packages", many = "packages" },
  { kind = "scheme", one = "a version scheme", many = "version schemes" },
  { kind = "forge", one = "a forge", many = "forges" },
  { kind = "file", one = "a place of the version", many = "places of the version" },
  { kind = "style", one = "a changelog style", many = "changelog styles" },
  { kind = "trigger", one = "a trigger", many = "triggers" },
  { kind = "gate", one = "a gate", many = "gates" },
  { kind = "step", one = "a step", many = "steps" },
}

local KIND = {}
for _, row in ipairs(help.kinds) do KIND[row.kind] = row end

--- A value as it is written in a spec.
---@param value any
---@return string
function help.literal(value)
  if type(value) == "string" then
    return '"' .. value:gsub('[\\"]', "\\%0"):gsub("\n", "\\n") .. '"'
  end
  if type(value) ~= "table" then return tostring(value) end
  local parts, keys = {}, {}
  for i, item in ipairs(value) do parts[i] = help.literal(item) end
  for key in pairs(value) do if type(key) == "string" then keys[#keys + 1] = key end end
  table.sort(keys)
  for _, key in ipairs(keys) do parts[#parts + 1] = key .. " = " .. help.literal(value[key]) end
  return #parts == 0 and "{}" or "{ " .. table.concat(parts, ", ") .. " }"
end

local function any_of(names)
  if #names < 2 then return names[1] or "" end
  return table.concat(names, ", ", 1, #names - 1) .. " or " .. names[#names]
end

local function quoted(names)
  local all = {}
  for i, name in ipairs(names) do all[i] = help.literal(name) end
  return all
end

local PLAIN = {
  boolean = "true or false", integer = "a whole number", string = "a string", ["function"] = "a function",
  section = '{ title = "...", types = { ... } }',
}

local function type_of_one(field)
  if field.is == "map" then
    local values = field.one_of and any_of(quoted(field.one_of)) or "a string"
    return ("{ %s = ... } of %s"):format(field.keys and table.concat(field.keys, ", ") or "name", values)
  end
  if field.one_of then return any_of(quoted(field.one_of)) end
  if PLAIN[field.is] then return PLAIN[field.is] end
  local names = words.of_kind(field.is)
  if field.is == "gate" then names[#names + 1] = "the name of a custom gate" end
  if field.is == "file" then names[#names + 1] = "a file's name" end
  return any_of(names)
end

--- What a field takes, in words.
---@param field table a field row
---@return string
function help.type_of(field)
  local told = type_of_one(field)
  if field.callable then told = told .. ", or a function" end
  if field.or_false then told = told .. ", or false" end
  if field.many then told = "one or a list of: " .. told end
  if field.template then told = told .. "; may hold {" .. table.concat(field.template, "} {") .. "}" end
  return told
end

--- Where a field may stand without its name, or nil.
---@param row table a word row
---@param field table
---@return string|nil
function help.bare(row, field)
  if row.takes == field.name and not (field.many and field.required) then return ('%s "..."'):format(row.word) end
  if row.takes == field.name then return ("%s { ... }"):format(row.word) end
  if row.then_takes == field.name then return ('%s "..." "..."'):format(row.word) end
  if row.takes_function == field.name then return ('%s "..." (function ... end)'):format(row.word) end
end

--- Text in lines of at most `width` columns, each after `indent`.
---@param told string
---@param indent string
---@param width integer|nil
---@return string[]
function help.wrap(told, indent, width)
  local lines, line = {}, nil
  for word in told:gmatch "%S+" do
    if line and text.width(line) + 1 + text.width(word) <= (width or WIDTH) then
      line = line .. " " .. word
    else
      lines[#lines + 1] = line
      line = indent .. word
    end
  end
  lines[#lines + 1] = line
  return lines
end

local function add(lines, more)
  for _, line in ipairs(more) do lines[#lines + 1] = line end
end

-- Names on the left, their texts in a column that all share.
local function add_columns(lines, rows, indent)
  local width = 0
  for _, row in ipairs(rows) do width = math.max(width, text.width(row[1])) end
  for _, row in ipairs(rows) do
    local head = indent .. row[1] .. (" "):rep(width - text.width(row[1])) .. "  "
    local wrapped = help.wrap(row[2], (" "):rep(#indent + width + 2))
    wrapped[1] = head .. wrapped[1]:gsub("^ +", "")
    add(lines, wrapped)
  end
end

local function usage_of(command)
  local arguments = #command.arguments > 0 and " " .. table.concat(command.arguments, " ") or ""
  return command.name .. arguments
end

local function code_rows(kinds)
  local wanted, rows = {}, {}
  for _, kind in ipairs(kinds or {}) do wanted[kind] = true end
  for _, row in ipairs(problem.codes) do
    if not kinds or wanted[row.kind] then rows[#rows + 1] = { ("%3d"):format(row.code), row.doc } end
  end
  return rows
end

--- `relrun help`: what relrun is, the commands, the words, the exit codes, where to go on.
---@return string[] lines
function help.overview()
  local lines = {
    "relrun makes releases as release.lua says: it decides versions, writes changelogs, commits, tags, pushes.",
    "Every run plans first and then does the plan; without --push everything stays in this clone.",
    "What is released is the remote's branch; --offline plans and tries with this clone alone.",
    "",
    "  relrun init                     write a release.lua for this repository",
    "  relrun plan release.lua         what would be done",
    "  relrun release.lua [LANE]       do it in this clone; with --push, on the remote too",
    "",
    "Commands",
  }
  local rows = {}
  for i, command in ipairs(cli.commands) do rows[i] = { usage_of(command), command.doc } end
  add_columns(lines, rows, "  ")
  add(lines, { "", "Words of release.lua" })
  rows = {}
  for i, row in ipairs(help.kinds) do rows[i] = { row.many, table.concat(words.of_kind(row.kind), " ") } end
  add_columns(lines, rows, "  ")
  add(lines, { "", "Exit codes" })
  add_columns(lines, code_rows(), "  ")
  add(lines, { "", "relrun help COMMAND, WORD, FIELD and `facts` (of custom gates) tell more; docs/reference.md has it all." })
  return lines
end

--- `relrun help COMMAND`: its arguments, options and exit codes.
---@param command table a command row
---@return string[] lines
function help.command(command)
  local lines = { ("relrun %s: a command"):format(usage_of(command)), "" }
  add(lines, help.wrap(command.doc, "  "))
  local rows = {}
  if command.verbs then
    add(lines, { "", "  Verbs" })
    for i, verb in ipairs(command.verbs) do rows[i] = { usage_of(verb), verb.doc } end
    add_columns(lines, rows, "    ")
  end
  rows = {}
  for i, name in ipairs(command.options) do
    rows[i] = { cli.spelling(name), cli.options[name].doc }
  end
  if #rows > 0 then
    add(lines, { "", "  Options" })
    add_columns(lines, rows, "    ")
  end
  add(lines, { "", "  Exit codes" })
  add_columns(lines, code_rows(command.codes), "    ")
  return lines
end

--- The lines of one field below its word: what it takes, and what it means.
local function add_field(lines, row, field)
  local told = help.type_of(field)
  if field.required then told = told .. "; required" end
  if field.default ~= nil then told = told .. "; default " .. help.literal(field.default) end
  local bare = help.bare(row, field)
  if bare then told = told .. "; also " .. bare end
  lines[#lines + 1] = "  " .. field.name
  add(lines, help.wrap(field.doc, "      "))
  add(lines, help.wrap(told, "      "))
end

--- `relrun help WORD` for a word of the vocabulary: its meaning, an example and its fields.
---@param row table a word row
---@return string[] lines
function help.word(row)
  local lines = { ("%s: %s"):format(row.word, KIND[row.kind].one), "" }
  add(lines, help.wrap(row.doc, "  "))
  add(lines, { "", "      " .. row.example, "" })
  for _, field in ipairs(row.fields) do add_field(lines, row, field) end
  if row.open then
    add(lines, help.wrap("Every other field is an option of the ready-made spec: relrun help NAME", "  "))
  elseif #row.fields == 0 then
    lines[#lines + 1] = "  It has no fields."
  end
  return lines
end

-- Words whose field of this name reads the same are told together.
local function field_groups(name)
  local groups, by_told = {}, {}
  for _, row in ipairs(words.rows) do
    local field = words.field(row, name)
    if field then
      local lines = {}
      add_field(lines, { word = row.word }, field)
      local told = table.concat(lines, "\n")
      if not by_told[told] then
        by_told[told] = { words = {}, lines = lines }
        groups[#groups + 1] = by_told[told]
      end
      table.insert(by_told[told].words, row.word)
    end
  end
  return groups
end

--- `relrun help FIELD`: the words that have a field of this name, and what it means there.
---@param name string
---@return string[]|nil lines nil when no word has it
function help.field(name)
  local groups = field_groups(name)
  if #groups == 0 then return nil end
  local lines = {}
  for i, group in ipairs(groups) do
    if i > 1 then lines[#lines + 1] = "" end
    lines[#lines + 1] = ("%s: a field of %s"):format(name, table.concat(group.words, ", "))
    lines[#lines + 1] = ""
    add(lines, table.move(group.lines, 2, #group.lines, 1, {}))
  end
  return lines
end

--- What an option of a ready-made spec takes, in words.
---@param row table a row as options_of takes it
---@return string
function help.type_of_option(row)
  local parts = { row.type or "anything" }
  if row.required then parts[#parts + 1] = "required" end
  -- A default that is a word is told by the doc.
  local is_word = type(row.default) == "table" and getmetatable(row.default) ~= nil
  if row.default ~= nil and not is_word then parts[#parts + 1] = "default " .. help.literal(row.default) end
  return table.concat(parts, "; ")
end

--- `relrun help NAME` for a ready-made spec: what its opening comment says, and its options.
---@param name string
---@param spec { doc: string[], options: table[] }
---@return string[] lines
function help.ready_made(name, spec)
  local lines = { ("%s: a ready-made spec, brought in by: use \"%s\" { ... }"):format(name, name), "" }
  for _, line in ipairs(spec.doc) do lines[#lines + 1] = line == "" and "" or "  " .. line end
  lines[#lines + 1] = ""
  for _, row in ipairs(spec.options) do
    lines[#lines + 1] = "  " .. row.name
    add(lines, help.wrap(row.doc, "      "))
    add(lines, help.wrap(help.type_of_option(row), "      "))
  end
  return lines
end

local function add_fact(lines, indent, row)
  lines[#lines + 1] = indent .. row.name
  add(lines, help.wrap(row.doc, indent .. "    "))
  add(lines, help.wrap(row.is, indent .. "    "))
  for _, field in ipairs(row.fields or {}) do add_fact(lines, indent .. "    ", field) end
end

--- `relrun help facts`: what the function of a custom gate is told.
---@return string[] lines
function help.facts()
  local lines = { "facts: what the function of a custom gate is told (relrun help gate)", "",
    "  Every gate is told these:", "" }
  for _, row in ipairs(facts.rows) do
    if not row.needs then add_fact(lines, "  ", row) end
  end
  add(lines, { "", "  And where its `needs` names them, these, as the forge tells them:", "" })
  for _, row in ipairs(facts.rows) do
    if row.needs then add_fact(lines, "  ", row) end
  end
  return lines
end

-- Everything that can be asked for, sorted.
local function topics(specs)
  local seen, names = {}, {}
  local function put(name)
    if not seen[name] then
      seen[name], names[#names + 1] = true, name
    end
  end
  put "facts"
  for _, command in ipairs(cli.commands) do put(command.name) end
  for _, row in ipairs(words.rows) do
    put(row.word)
    for _, field in ipairs(row.fields) do put(field.name) end
  end
  for name in pairs(specs) do put(name) end
  table.sort(names)
  return names
end

--- Everything that a name means: as a command, a word, a field, a ready-made spec.
---@param name string
---@param specs table<string, { doc: string[], options: table[] }>|nil ready-made specs by name
---@return string[]|nil lines
---@return string|nil message with the nearest name
function help.about(name, specs)
  specs = specs or {}
  local meanings = {}
  if words.by_name[name] then meanings[#meanings + 1] = help.word(words.by_name[name]) end
  meanings[#meanings + 1] = help.field(name)
  if name == "facts" then meanings[#meanings + 1] = help.facts() end
  if specs[name] then meanings[#meanings + 1] = help.ready_made(name, specs[name]) end
  if cli.by_name[name] then meanings[#meanings + 1] = help.command(cli.by_name[name]) end
  if #meanings == 0 then
    return nil, ("there is no command, word or field '%s'%s"):format(text.line(name), text.hint(name, topics(specs)))
  end
  local lines = {}
  for i, meaning in ipairs(meanings) do
    if i > 1 then add(lines, { "", "" }) end
    add(lines, meaning)
  end
  return lines
end

return help
