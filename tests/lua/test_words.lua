local test = require "testing"
local changelog = require "changelog"
local help = require "help"
local schema = require "schema"
local spoken = require "spoken"
local words = require "words"

local KINDS = {}
for _, row in ipairs(help.kinds) do KINDS[row.kind] = true end
local TYPES = { string = true, boolean = true, integer = true, map = true, section = true, ["function"] = true }

-- What an example or a spec says: its top statements, or the word that it is.
local function nodes_of(example)
  local text = example
  if example:find "^%l+ = " then text = ('lane "x" { %s, base = "b", steps = { bump {} } }'):format(example) end
  local is_value = load("return " .. text) and not text:find "^lane"
  local statements, _, result = spoken.statements(is_value and "return " .. text or text)
  if #statements == 0 then statements[1] = result end
  return statements
end

local function read(node, lines)
  local reader = schema.reader(spoken.marks, lines or {})
  local record = reader:read(node)
  return record, reader.problems
end

local function problems_of(text)
  local lines = {}
  for line in (text .. "\n"):gmatch "(.-)\n" do lines[#lines + 1] = line end
  local reader = schema.reader(spoken.marks, lines)
  for _, node in ipairs(spoken.statements(text)) do reader:read(node) end
  return reader.problems
end

-- Exactly one problem is found in `text`, at `line`, and its text is `told`.
local function complains(text, line, told)
  local problems = problems_of(text)
  test.equal(#problems, 1, "number of problems: " .. (problems[2] and problems[2].text or ""))
  test.equal(problems[1].text, told)
  test.equal(problems[1].line, line)
end

test("every word has a kind, a meaning that ends, and fields with a type and a meaning", function ()
  for _, row in ipairs(words.rows) do
    test.truthy(KINDS[row.kind], row.word .. ": kind")
    test.truthy(row.doc:find "%S.*$", row.word .. ": doc")
    for _, field in ipairs(row.fields) do
      local name = row.word .. "." .. field.name
      test.truthy(TYPES[field.is] or KINDS[field.is], name .. ": type")
      test.truthy(field.doc and #field.doc > 3, name .. ": doc")
      test.lacks(field.doc, "\n", name)
    end
  end
end)

test("no word and no field of a word is there twice", function ()
  local seen = {}
  for _, row in ipairs(words.rows) do
    test.equal(seen[row.word], nil, row.word)
    seen[row.word] = true
    local fields = {}
    for _, field in ipairs(row.fields) do
      test.equal(fields[field.name], nil, row.word .. "." .. field.name)
      fields[field.name] = true
    end
  end
end)

test("a bare value goes to a field that the word has", function ()
  for _, row in ipairs(words.rows) do
    for _, key in ipairs { "takes", "then_takes", "takes_function" } do
      if row[key] then test.truthy(words.field(row, row[key]), row.word .. ": " .. key) end
    end
  end
end)

test("every example speaks the word that it is for, and is valid", function ()
  for _, row in ipairs(words.rows) do
    test.truthy(row.example:find("%f[%w_]" .. row.word .. "%f[^%w_]"), row.word .. ": the example lacks the word")
    if row.word ~= "use" then
      for _, node in ipairs(nodes_of(row.example)) do
        local _, problems = read(node)
        test.equal(problems[1] and problems[1].text, nil, row.word)
      end
    end
  end
end)

-- Something valid for each required field, so that one field of a word can be tried alone.
local SAMPLES = {
  name = "x", glob = "packages/*", path = "f", branch = "main", workflow = "CI", content = "text", spec = "branch-flow",
  names = { "bot" }, labels = { "x" }, from = "2026-12-20", to = "2026-12-24", context = "x", body = "text",
  steps = function () return { spoken.node("bump", {}) } end, check = spoken.callback,
}

test("every default is itself a valid value", function ()
  for _, row in ipairs(words.rows) do
    for _, field in ipairs(row.fields) do
      if field.default ~= nil then
        local given = { [field.name] = field.default }
        for _, needed in ipairs(row.fields) do
          local sample = SAMPLES[needed.name]
          if needed.required then given[needed.name] = type(sample) == "function" and sample() or sample end
        end
        local record, problems = read(spoken.node(row.word, { given }))
        test.equal(problems[1] and problems[1].text, nil, row.word .. "." .. field.name)
        local holder = field.option and record.options or record
        test.equal(holder[field.name], field.default, row.word .. "." .. field.name)
      end
    end
  end
end)

test("what is left out gets its default", function ()
  local record = read(spoken.node("push", { {} }))
  test.equal(record, { word = "push", line = 1, atomic = true, tags_start_workflows = false, lock = true })
end)

test("the options of a changelog style are those of the changelog, and stay apart from its fields", function ()
  local names = {}
  for _, row in ipairs(changelog.options) do
    if row.name ~= "name" then
      names[row.name] = true
      test.truthy(words.field(words.by_name.conventional, row.name), row.name)
    end
  end
  for _, field in ipairs(words.by_name.conventional.fields) do
    test.equal(field.option, names[field.name], field.name)
  end
  local record = read(spoken.node("conventional", { "NEWS.md", { other = false, hidden = "ci" } }))
  test.equal(record, { word = "conventional", line = 1, file = "NEWS.md", options = { other = false, hidden = { "ci" } } })
end)

test("the defaults that help tells for a style are those that the changelog uses", function ()
  for _, word in ipairs { "conventional", "keep_a_changelog" } do
    local made = changelog.style { name = word }
    for _, field in ipairs(words.by_name[word].fields) do
      if field.option then test.equal(field.default, made[field.name], word .. "." .. field.name) end
    end
  end
end)

test("bare values go to `takes`, then to `then_takes`", function ()
  local record = read(spoken.node("toml", { "a.toml", "b.c" }))
  test.equal({ record.path, record.at }, { "a.toml", "b.c" })
  record = read(spoken.node("branch", { { "release-test", reset_to = "test" } }))
  test.equal({ record.name, record.reset_to }, { "release-test", "test" })
end)

test("a function may stand where the row says so", function ()
  local record, problems = read(spoken.node("write", { "f", { content = spoken.callback() } }))
  test.equal(#problems, 0)
  test.truthy(spoken.marks.is_callback(record.content))
end)

test("an unknown key is refused, with the nearest name and its own line", function ()
  complains('release "x" {\n  -- tga = 1\n  tga = "v{version}",\n}', 3, "release \"x\" has no key 'tga'; did you mean 'tag'?")
  complains('release "x" {\n  changelog = conventional {\n    hiden = {},\n  },\n}', 3, "conventional has no key 'hiden'; did you mean 'hidden'?")
end)

test("a value of the wrong type is refused, and what would do is named", function ()
  complains('release "x" { tag = 12 }', 1, 'release "x": tag is a string or a function, not 12')
  complains('release "x" { packages = "core" }', 1, "release \"x\": packages takes 'each', 'package', not 'core'")
end)

test("a wrong type is told for every type that a field can have", function ()
  local cases = {
    { "push", { atomic = "yes" }, "push: atomic is true or false, not 'yes'" },
    { "semver", { start = -1 }, "semver: start is a whole number from 0 on, not -1" },
    { "semver", { start = 1.5 }, "semver: start is a whole number from 0 on, not 1.5" },
    { "semver", { types = "deps" }, "semver: types is a table { name = value }, not 'deps'" },
    { "semver", { types = { deps = "big" } }, "semver: types.deps is one of 'major', 'minor', 'patch', 'none', not 'big'" },
    { "semver", { zero = { majr = "minor" } }, "semver: zero has no 'majr'; did you mean 'major'?" },
    { "semver", { breaking = "mjaor" }, "semver: breaking is one of 'major', 'minor', 'patch', 'none', not 'mjaor'; did you mean 'major'?" },
    { "conventional", { other = true }, "conventional: other is a string or false, not true" },
    { "conventional", { sections = { "Added" } }, "conventional: sections holds { title = \"...\", types = { ... } }, not 'Added'" },
    { "conventional", { sections = { { title = "A", type = { "feat" } } } }, "conventional: sections: a section has title and types, not 'type'" },
    { "conventional", { sections = { { title = "A", types = { 1 } } } }, "conventional: sections.types is a string, not 1" },
    { "tag", { message = "{versoin}" }, "tag: message: column 1: unknown field {versoin}; known: package, version, previous, tag, previous_tag, date, release" },
    { "tag", { message = "a\27b" }, "tag: message holds a control character" },
  }
  for _, case in ipairs(cases) do
    local _, problems = read(spoken.node(case[1], { case[2] }))
    test.equal(problems[1] and problems[1].text, case[3])
    test.equal(#problems, 1, case[3])
  end
end)

test("a word of another kind is refused, and those that fit are named", function ()
  complains('release "x" { version = conventional {} }', 1, 'release "x": version takes \'calver\', \'pep440\', \'semver\', not \'conventional\'')
  complains('lane "x" { base = "b",\n  steps = { bump {},\n    semver {} } }', 3,
    ("lane \"x\": steps takes '%s', not 'semver'"):format(table.concat(words.of_kind "step", "', '")))
end)

test("what is required is told with its meaning", function ()
  complains('lane "x" {}', 1, 'lane "x" lacks steps: what is done, in this order')
  complains('release {}', 1, "release lacks name: the name of the whole")
end)

test("a field that is given twice is refused", function ()
  complains('release "x" { name = "y" }', 1, 'release "x": name is given twice')
  complains('release "x" { tag = "a{version}" } { tag = "b{version}" }', 1, 'release "x": tag is given twice')
end)

test("a value too many is refused", function ()
  complains('release "x" "y"', 1, "release \"x\" takes no 'y' here")
  complains('lane "x" { base = "b", steps = { bump "rc" } }', 1, "bump \"rc\" takes no 'rc' here")
end)

test("a list with names in it is refused", function ()
  complains('lane "x" { base = "b", steps = { bump {}, extra = tag {} } }', 1, 'lane "x": steps is a list, and has a key \'extra\'')
end)

test("all mistakes of a spec are told, not only the first", function ()
  local problems = problems_of('release "x" { tga = "v", remot = "o", version = 3 }')
  test.equal(#problems, 3)
end)

test("text of the spec is told in one line, shortened, without control characters", function ()
  local _, problems = read(spoken.node("push", { { atomic = ("a\27[31m\n"):rep(30) } }))
  test.lacks(problems[1].text, "\27")
  test.lacks(problems[1].text, "\n")
  test.truthy(#problems[1].text < 200)
end)
