local test = require "testing"
local cli = require "cli"
local facts = require "gates.facts"
local help = require "help"
local problem = require "problem"
local words = require "words"

local function about(name, specs) return table.concat(assert(help.about(name, specs)), "\n") end
local overview = table.concat(help.overview(), "\n")

-- The texts of rows are wrapped when they are shown.
local function unwrapped(told) return (told:gsub("%s+", " ")) end

test("the overview names every command with its meaning", function ()
  for _, command in ipairs(cli.commands) do
    test.contains(overview, "\n  " .. command.name .. " ")
    test.contains(unwrapped(overview), unwrapped(command.doc))
  end
end)

test("the overview names every word", function ()
  for _, row in ipairs(words.rows) do test.truthy(overview:find("%f[%w_]" .. row.word .. "%f[^%w_]"), row.word) end
end)

test("P26 the overview has the exit codes row by row", function ()
  for _, row in ipairs(problem.codes) do test.contains(overview, ("\n  %3d  %s"):format(row.code, row.doc)) end
end)

test("help of a command has its arguments, options and exit codes", function ()
  for _, command in ipairs(cli.commands) do
    local told = table.concat(help.command(command), "\n")
    test.contains(told, table.concat({ command.name, table.unpack(command.arguments) }, " "))
    for _, name in ipairs(command.options) do
      test.contains(told, "--" .. name)
      test.contains(unwrapped(told), unwrapped(cli.options[name].doc))
    end
    local _, codes = told:gsub("\n +%d+  ", "")
    test.equal(codes, #command.codes, command.name)
  end
end)

test("help of a word has its meaning, its example and every field", function ()
  for _, row in ipairs(words.rows) do
    local told = about(row.word)
    test.contains(unwrapped(told), unwrapped(row.doc))
    test.contains(told, row.example)
    for _, field in ipairs(row.fields) do
      test.contains(told, "\n  " .. field.name .. "\n")
      test.contains(unwrapped(told), unwrapped(field.doc))
      for _, choice in ipairs(field.one_of or {}) do test.contains(told, '"' .. choice .. '"') end
    end
  end
end)

test("every field can be found by its name, with all words that have it", function ()
  for _, row in ipairs(words.rows) do
    for _, field in ipairs(row.fields) do
      local told = about(field.name)
      test.contains(told, field.name .. ": a field of ")
      local found = false
      for list in told:gmatch("%f[^\n%z]" .. field.name .. ": a field of ([^\n]+)") do
        found = found or (", " .. list .. ","):find(", " .. row.word .. ",", 1, true) ~= nil
      end
      test.truthy(found, field.name .. " of " .. row.word)
    end
  end
end)

test("a field that means the same in several words is told once", function ()
  local told = about "version_file"
  test.contains(told, "version_file: a field of each, package")
  local _, times = told:gsub("a field of", "")
  test.equal(times, 1)
end)

test("a name with several meanings has them all, one after another", function ()
  local told = about "changelog"
  local step, field, command = told:find("changelog: a step", 1, true), told:find("changelog: a field of release", 1, true),
    told:find("relrun changelog SPEC [LANE]: a command", 1, true)
  test.truthy(step and field and command)
  test.truthy(step < field and field < command)
end)

test("defaults and required fields are told", function ()
  test.contains(about "commit", '"package", "release" or "edit"; default "package"')
  test.contains(about "push", "true or false; default true")
  test.contains(about "tag", 'default "{package} {version}"')
  test.contains(about "package", 'a string; required; also package "..."')
  test.contains(about "toml", 'a string; also toml "..." "..."')
  test.contains(about "not_actor", "; required; also not_actor { ... }")
  test.contains(table.concat(help.word(words.by_name.gate), "\n"), 'also gate "..." (function ... end)')
  test.contains(unwrapped(about "keep_a_changelog"), '{ title = "Added", types = { "feat" } }')
end)

test("S1.4 help facts tells every fact of a custom gate and every field of it, and a gate's needs names those of the forge", function ()
  local told, needs = unwrapped(about "facts" .. " "), {}
  local function shown(row)
    test.contains(told, (" %s %s %s "):format(row.name, row.doc, row.is))
    for _, field in ipairs(row.fields or {}) do shown(field) end
  end
  for _, row in ipairs(facts.rows) do
    shown(row)
    needs[#needs + 1] = row.needs and row.name or nil
  end
  table.sort(needs)
  test.equal(words.field(words.by_name.gate, "needs").one_of, needs)
  test.contains(unwrapped(about "gate"), "relrun help facts")
end)

test("an unknown name is refused with the nearest", function ()
  test.refuses("there is no command, word or field 'lnae'; did you mean 'lane'?", help.about "lnae")
  test.refuses("there is no command, word or field 'qqqqqqqq'", help.about "qqqqqqqq")
  test.refuses("did you mean 'branch-flow'?", help.about("branch-flwo", { ["branch-flow"] = { doc = {}, options = {} } }))
end)

test("an unknown name is told in one line", function ()
  local _, message = help.about "a\27[1m\nb"
  test.lacks(message, "\27")
  test.lacks(message, "\n")
end)

test("help of a ready-made spec has its opening comment and its options", function ()
  local told = about("flow", { flow = { doc = { "What it does.", "", "More." }, options = {
    { name = "speed", type = "integer", default = 3, doc = "how fast" },
    { name = "name", type = "string", required = true, doc = "who" },
  } } })
  test.contains(told, "  What it does.\n\n  More.\n")
  test.contains(told, "  speed\n      how fast\n      integer; default 3")
  test.contains(told, "  name\n      who\n      string; required")
end)

test("prose and fields keep to the columns of a terminal; only examples are longer", function ()
  for _, row in ipairs(words.rows) do
    for _, line in ipairs(help.word(row)) do
      if not line:find(row.example, 1, true) then test.truthy(#line <= 110, line) end
    end
  end
  for _, line in ipairs(help.overview()) do test.truthy(#line <= 110, line) end
end)

test("a value is written as it is in a spec", function ()
  for _, value in ipairs { "a", 'with "quotes" and \\', "line\nend", true, 12, { "a", "b" }, { title = "A", types = { "x", "y" } }, {} } do
    test.equal(load("return " .. help.literal(value))(), value)
  end
end)

local in_relrun, embedded = pcall(require, "host.embedded")

test("docs/reference.md, docs/release.d.lua and docs/checks.md are what the rows give (make docs)", function ()
  if not in_relrun then test.skip "needs relrun" end
  local file = require "host.file"
  for _, document in ipairs(require("documents").all()) do
    test.truthy(file.read(document.path) == document.text, document.path .. " is stale: make docs")
  end
end)

test("the stubs are Lua, and have every word with every field and a type for it", function ()
  local stubs = require("stubs").text()
  test.truthy(load(stubs, "=stubs", "t", {}))
  for _, row in ipairs(words.rows) do
    test.contains(stubs, "\n" .. row.word .. " = {}\n")
    local class = stubs:match("%-%-%-@class relrun%." .. row.word .. "%.fields\n(.-)\n\n")
    for _, field in ipairs(row.fields) do
      test.truthy((class .. "\n"):find("%-%-%-@field " .. field.name .. "%? %S"), row.word .. "." .. field.name)
    end
  end
  for class in stubs:gmatch "relrun%.[%w_.]+" do
    class = class:gsub("%.$", "")
    test.truthy(stubs:find("@class " .. class:gsub("%p", "%%%0") .. "%f[\n:]"), class .. " is used and not declared")
  end
end)

test("the command help prints to standard output and refuses what it does not know", function ()
  if not in_relrun then test.skip "needs relrun" end
  test.truthy(embedded.version())
  local lines = {}
  local out = { line = function (line) lines[#lines + 1] = line end }
  local command = require "commands.help"
  test.equal(command({ options = {} }, out), "done")
  test.equal(lines, help.overview())
  local kind, trouble = command({ options = {}, word = "lnae" }, out)
  test.equal(kind, nil)
  test.equal({ trouble.kind, problem.exit_code(trouble.kind) }, { "usage", 9 })
end)
