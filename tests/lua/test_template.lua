--- Templates and the grammar of tag names.
local test = require "testing"
local template = require "template"
local versions = require "versions"

local semver = versions.scheme "semver"
local FIELDS = { "package", "version", "name" }

local function compile(text) return assert(template.compile(text, FIELDS)) end

--- Readers for packages given by name; `name` takes anything.
local function readers(...)
  local known = {}
  for _, name in ipairs { ... } do known[name] = name end
  return {
    package = function (part) return known[part] end,
    version = semver.parse,
    name = function (part) return part end,
  }
end

local function read(text, name, known)
  local values = compile(text):match(name, known)
  return values and ("%s %s"):format(values.package, values.version)
end

test("a template is rendered with its fields, and doubled braces are braces", function ()
  test.equal(compile("{package}-v{version}"):render { package = "core", version = "1.0.0" }, "core-v1.0.0")
  test.equal(compile("{{{package}}} {{x}}"):render { package = "core" }, "{core} {x}")
  test.equal(compile("release #{version}"):render { version = 7 }, "release #7")
  test.equal(compile("plain"):render {}, "plain")
  test.equal(compile(""):render {}, "")
end)

test("values are never read as templates", function ()
  test.equal(compile("{package}"):render { package = "{version}%1" }, "{version}%1")
end)

test("a missing value raises with the field's name", function ()
  test.raises(function () compile("{package}"):render {} end,
    'the template "{package}" needs text for {package}, not nil')
  test.raises(function () compile("{package}"):render { package = {} } end, "needs text for {package}")
end)

test("a template knows which fields it has", function ()
  test.equal(compile("v{version}"):has "version", true)
  test.equal(compile("v{version} {{package}}"):has "package", false)
end)

test("a field that is not allowed is refused with the allowed ones", function ()
  test.refuses("column 3: unknown field {verison}; known: package, version, name",
    template.compile("v-{verison}", FIELDS))
  test.refuses("no field is known here", template.compile("{x}", {}))
end)

test("a brace that stands alone is refused with its column", function ()
  test.refuses("column 2: a { opens no field; write {name}, or {{ for a brace", template.compile("v{", FIELDS))
  test.refuses("column 1: a { opens no field", template.compile("{a b}", FIELDS))
  test.refuses("column 1: a { opens no field", template.compile("{}", FIELDS))
  test.refuses("column 4: a } closes no field; write }} for a brace", template.compile("a}}}", FIELDS))
end)

test("S1.59 a tag names exactly one package: the longest one that fits", function ()
  local known = readers("a", "a-b", "a-b-v1")
  test.equal(read("{package}-v{version}", "a-b-v1.0.0", known), "a-b 1.0.0")
  test.equal(read("{package}-v{version}", "a-v1.0.0", known), "a 1.0.0")
  test.equal(read("{package}-v{version}", "a-b-v1-v1.0.0", known), "a-b-v1 1.0.0")
  test.equal(read("{package}-v{version}", "a-c-v1.0.0", known), nil)
  -- Both readings of the last are whole: package a of 1.0.0-v2.0.0, or package a-v1.0.0 of 2.0.0.
  test.equal(read("{package}-v{version}", "a-v1.0.0-v2.0.0", readers("a")), "a 1.0.0-v2.0.0")
  test.equal(read("{package}-v{version}", "a-v1.0.0-v2.0.0", readers("a", "a-v1.0.0")), "a-v1.0.0 2.0.0")
end)

test("S1.60 the tags of the branch flow name their package and version", function ()
  local pep440 = versions.scheme "pep440"
  local known = readers("aetherflow-core", "aetherflow")
  known.version = pep440.parse
  test.equal(read("{package}-v{version}", "aetherflow-core-v0.1.0rc1", known), "aetherflow-core 0.1.0rc1")
  test.equal(read("{package}-v{version}", "aetherflow-v0.1.0", known), "aetherflow 0.1.0")
end)

test("the longest package wins wherever it stands", function ()
  test.equal(read("{version}/{package}", "1.0.0/a/b", readers("a/b", "b")), "a/b 1.0.0")
  local values = compile("{name}-{package}-v{version}"):match("x-y-a-v1.0.0", readers("a", "y-a"))
  test.equal({ values.name, values.package }, { "x", "y-a" })
end)

test("among packages of one length the earlier fields are the longer ones", function ()
  local known = readers "a"
  known.version = known.name
  local values = compile("{name}-{package}-{version}"):match("1-a-a-2", known)
  test.equal(values, { name = "1-a", package = "a", version = "2" })
end)

test("the whole text must fit", function ()
  local known = readers("a")
  for _, name in ipairs { "a-v1.0.0x y", "xa-v1.0.0", "a-v", "-v1.0.0", "a-1.0.0", "", "a-v1.0.0\n" } do
    test.equal(read("{package}-v{version}", name, known), nil, name)
  end
  test.equal(read("r/{package}-v{version}!", "r/a-v1.0.0!", known), "a 1.0.0")
  test.equal(read("r/{package}-v{version}!", "r/a-v1.0.0", known), nil)
  test.equal(compile("latest"):match("latest", known), {})
  test.equal(compile("latest"):match("latest2", known), nil)
  test.equal(compile("-{name}-"):match("--", known), nil, "a field is not empty")
  test.equal(compile("-{name}-"):match("-", known), nil, "literals do not overlap")
  test.equal(compile("{package}-{name}"):match("a-", known), nil, "the last field is not empty")
  test.equal(compile("{name}-{package}"):match("-a", known), nil, "the first field is not empty")
end)

test("a field that occurs twice has the same text twice", function ()
  local known = readers("a", "a/a")
  test.equal(read("{package}/{package}-v{version}", "a/a-v1.0.0", known), "a 1.0.0")
  test.equal(read("{package}/{package}-v{version}", "a/a/a/a-v1.0.0", known), "a/a 1.0.0")
  test.equal(read("{package}/{package}-v{version}", "a/b-v1.0.0", known), nil)
end)

test("fields without a literal between them are told apart by their readers", function ()
  test.equal(read("{package}{version}", "a1.0.0", readers("a")), "a 1.0.0")
end)

test("a match gives what was rendered, for every package name and version", function ()
  local names = { "a", "a-v", "v", "-v", "a-b-v1", "x.y", "core/v2" }
  local tag = compile("{package}-v{version}")
  for _, name in ipairs(names) do
    for _, text in ipairs { "1.0.0", "0.0.1-rc.1", "1.0.0-v.1+v-v" } do
      local values = tag:match(tag:render { package = name, version = text }, readers(name))
      test.equal({ values.package, values.version.text }, { name, text })
    end
  end
end)

test("hostile text made of separators costs a bounded number of readings", function ()
  local readings = 0
  local function count() readings = readings + 1 end
  local text = ("-v"):rep(127)
  local four = template.compile("{a}-v{b}-v{c}-v{d}", { "a", "b", "c", "d" })
  local function any(part) readings = readings + 1 return part end
  test.equal(four:match(text, { a = any, b = any, c = any, d = count }), nil)
  test.truthy(readings <= 2000, "readings")
  test.equal(compile("{name}"):match(("x"):rep(257), readers()), nil, "text beyond the limit")
end)

test("P23 a tag name is plain ASCII that git, a shell and a reader take for the same thing", function ()
  for _, name in ipairs { "v1.0.0", "core-v1.0.0rc1", "pkg/v1.0.0+b", "pkg@1.0.0", "1", "v1!2.0.1" } do
    test.equal(template.tag_ok(name), true, name)
  end
  for name, part in pairs {
    [""] = "is empty", ["-v1"] = "does not begin", [".v1"] = "does not begin", ["/v1"] = "does not begin",
    ["@"] = "does not begin", ["!v1"] = "does not begin",
    ["a..b"] = "two dots", ["a//b"] = "an empty part", ["a.lock"] = "ends in .lock", ["a/"] = "ends in a slash or dot",
    ["a."] = "ends in a slash or dot", ["a.lock/b"] = "ends in .lock", ["a/.b"] = "begins with a dot",
    ["a b"] = "only letters", ["a\n"] = "only letters", ["a\0"] = "only letters", ["a~1"] = "only letters",
    ["a^"] = "only letters", ["a:b"] = "only letters", ["a!1"] = "between the digits", ["1!a"] = "between the digits",
    ["1!"] = "between the digits", ["1!!2"] = "between the digits", ["a@{1}"] = "only letters", ["a*"] = "only letters",
    ["v1.0.0\xe2\x80\xae"] = [[\xe2\x80\xae]], ["vа"] = "only letters", ["HEAD"] = "git reads it",
    [("a"):rep(201)] = "longer than 200 bytes",
  } do test.refuses(part, template.tag_ok(name)) end
  test.equal(template.tag_ok(("a"):rep(200)), true)
end)

test("20,000 tags are read against 1,000 packages", function ()
  local packages, names = {}, {}
  for at = 1, 1000 do packages[at] = ("pkg-%d"):format(at) end
  for at = 1, 20000 do names[at] = ("pkg-%d-v%d.%d.0"):format((at - 1) % 1000 + 1, at // 1000, at % 7) end
  local known, tag = readers(table.unpack(packages)), compile("{package}-v{version}")
  for _, name in ipairs(names) do test.truthy(tag:match(name, known), name) end
end)

test("what a template opens with is all that a text that it matches can begin with", function ()
  local release = template.compile("chore(release): {version}", { "version" })
  test.truthy(release:opens "chore(release): 1.0.0")
  test.equal(release:opens "chore(release) 1.0.0", false)
  test.equal(release:opens "chore", false)
  test.truthy(template.compile("{version}", { "version" }):opens "")
end)
