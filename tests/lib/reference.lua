--- The reference manual docs/reference.md, made from the rows of the vocabulary, the command line and the exit codes.

local cli = require "cli"
local facts = require "gates.facts"
local help = require "help"
local problem = require "problem"
local words = require "words"

local reference = {}

-- Text of a row inside a table cell: its own `code` stays; what Markdown would take for structure does not.
local function cell(told)
  local escaped = told:gsub("[\\|<>*]", "\\%0")
  return (escaped:gsub("`[^`]*`", function (code) return (code:gsub("\\([\\<>*])", "%1")) end))
end

local function code(told) return "`" .. told:gsub("|", "\\|") .. "`" end

local function add_table(lines, head, rows)
  lines[#lines + 1] = "| " .. table.concat(head, " | ") .. " |"
  lines[#lines + 1] = "|" .. (" --- |"):rep(#head)
  for _, row in ipairs(rows) do lines[#lines + 1] = "| " .. table.concat(row, " | ") .. " |" end
  lines[#lines + 1] = ""
end

local function add_word(lines, row)
  lines[#lines + 1] = "### " .. row.word
  lines[#lines + 1] = ""
  lines[#lines + 1] = cell(row.doc)
  lines[#lines + 1] = ""
  lines[#lines + 1] = "```lua"
  lines[#lines + 1] = row.example
  lines[#lines + 1] = "```"
  lines[#lines + 1] = ""
  local rows = {}
  for i, field in ipairs(row.fields) do
    local takes, bare = cell(help.type_of(field)), help.bare(row, field)
    if field.required then takes = takes .. "; required" end
    if bare then takes = takes .. "; also " .. code(bare) end
    rows[i] = { code(field.name), takes, field.default ~= nil and code(help.literal(field.default)) or "", cell(field.doc) }
  end
  if #rows > 0 then add_table(lines, { "field", "takes", "default", "meaning" }, rows) end
end

local function add_command(lines, command)
  lines[#lines + 1] = ("### relrun %s %s"):format(command.name, table.concat(command.arguments, " ")):gsub(" +$", "")
  lines[#lines + 1] = ""
  local codes = {}
  for _, row in ipairs(problem.codes) do
    for _, kind in ipairs(command.codes) do
      if kind == row.kind then codes[#codes + 1] = tostring(row.code) end
    end
  end
  lines[#lines + 1] = ("%s. Exit codes: %s."):format(cell(command.doc:gsub("^%l", string.upper)), table.concat(codes, ", "))
  lines[#lines + 1] = ""
  local rows = {}
  for i, verb in ipairs(command.verbs or {}) do
    local options = {}
    for j, option in ipairs(verb.options) do options[j] = code("--" .. option) end
    rows[i] = { code(table.concat({ verb.name, table.unpack(verb.arguments) }, " ")), table.concat(options, " "), cell(verb.doc) }
  end
  if #rows > 0 then add_table(lines, { "verb", "options", "meaning" }, rows) end
  rows = {}
  for i, name in ipairs(command.options) do
    rows[i] = { cli.spelling(name):gsub("%-[^,]*", code), cell(cli.options[name].doc) }
  end
  if #rows > 0 then add_table(lines, { "option", "meaning" }, rows) end
end

local function add_facts(lines)
  lines[#lines + 1] = "## Facts of a custom gate"
  lines[#lines + 1] = ""
  lines[#lines + 1] = "What the function of a [gate](#gate) is told: data only, all of it recorded. Those of the forge stand there where the gate's `needs` names them."
  lines[#lines + 1] = ""
  local rows = {}
  for _, row in ipairs(facts.rows) do
    rows[#rows + 1] = { code("facts." .. row.name), cell(row.is), row.needs and code(("needs = %q"):format(row.name)) or "", cell(row.doc) }
    for _, field in ipairs(row.fields or {}) do
      local path = row.is == "a record" and "facts.%s.%s" or "facts.%s[i].%s"
      rows[#rows + 1] = { code(path:format(row.name, field.name)), cell(field.is), "", cell(field.doc) }
    end
  end
  add_table(lines, { "fact", "what it is", "asked for with", "meaning" }, rows)
end

--- The whole manual.
---@param specs table<string, { doc: string[], options: table[] }> ready-made specs by name
---@return string markdown
function reference.text(specs)
  local lines = {
    "# Reference", "",
    "Made from the rows of stdlib/words.lua, stdlib/gates/facts.lua, stdlib/cli.lua and stdlib/problem.lua by `make docs`; do not edit.", "",
    "## Commands", "",
    "`relrun SPEC [LANE]` is `relrun run SPEC [LANE]`.", "",
  }
  for _, command in ipairs(cli.commands) do add_command(lines, command) end
  lines[#lines + 1] = "## Exit codes"
  lines[#lines + 1] = ""
  local rows = {}
  for i, row in ipairs(problem.codes) do rows[i] = { tostring(row.code), cell(row.doc) } end
  add_table(lines, { "code", "meaning" }, rows)
  lines[#lines + 1] = "## Words of release.lua"
  lines[#lines + 1] = ""
  rows = {}
  for i, kind in ipairs(help.kinds) do
    local links = {}
    for j, word in ipairs(words.of_kind(kind.kind)) do links[j] = ("[%s](#%s)"):format(word, word) end
    rows[i] = { kind.many, table.concat(links, ", ") }
  end
  add_table(lines, { "kind", "words" }, rows)
  for _, kind in ipairs(help.kinds) do
    lines[#lines + 1] = "## " .. kind.many:gsub("^%l", string.upper)
    lines[#lines + 1] = ""
    for _, row in ipairs(words.rows) do
      if row.kind == kind.kind then add_word(lines, row) end
    end
  end
  add_facts(lines)
  local names = {}
  for name in pairs(specs) do names[#names + 1] = name end
  table.sort(names)
  lines[#lines + 1] = "## Ready-made specs"
  lines[#lines + 1] = ""
  for _, name in ipairs(names) do
    lines[#lines + 1] = "### use \"" .. name .. "\""
    lines[#lines + 1] = ""
    lines[#lines + 1] = "```"
    table.move(specs[name].doc, 1, #specs[name].doc, #lines + 1, lines)
    lines[#lines + 1] = "```"
    lines[#lines + 1] = ""
    rows = {}
    for i, row in ipairs(specs[name].options) do
      rows[i] = { code(row.name), cell(help.type_of_option(row)), cell(row.doc) }
    end
    add_table(lines, { "option", "takes", "meaning" }, rows)
  end
  lines[#lines] = nil
  return table.concat(lines, "\n") .. "\n"
end

return reference
