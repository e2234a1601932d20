local test = require "testing"
local files = require "files"

local function read(kind, text, at, expected) return files.kind(kind).read(text, at, expected) end

local function change(kind, text, at, old, new)
  return files.apply(text, { { kind = kind, at = at } }, old, new)
end

local function refuses_edit(part, kind, text, at, old)
  test.refuses(part, change(kind, text, at, old or "1.0.0", "1.1.0"))
end

-- registry

test("every kind has a name, a doc, read and edit", function ()
  for _, name in ipairs(files.kinds()) do
    local editor = files.kind(name)
    test.equal({ editor.name, type(editor.doc), type(editor.read), type(editor.edit) },
      { name, "string", "function", "function" })
  end
end)

test("an unknown kind is nil", function () test.equal(files.kind "ini", nil) end)

test("a well-known file name tells how the file is edited", function ()
  test.equal(files.infer "packages/core/pyproject.toml",
    { kind = "toml", path = "packages/core/pyproject.toml", at = "project.version" })
  test.equal(files.infer "Chart.yaml", { kind = "yaml", path = "Chart.yaml", at = "version" })
  test.equal(files.infer "web/package-lock.json", { kind = "npm_lock", path = "web/package-lock.json" })
end)

test("another file name tells nothing", function () test.equal(files.infer "src/main.c", nil) end)

test("splices replace, insert and remove", function ()
  test.equal(files.splice("abcdef", { { at = 0, remove = 1, insert = "X" }, { at = 3, remove = 0, insert = "-" },
    { at = 5, remove = 1, insert = "" } }), "Xbc-de")
end)

test("overlapping splices are misuse", function ()
  test.raises(function ()
    files.splice("abc", { { at = 0, remove = 2, insert = "" }, { at = 1, remove = 1, insert = "" } })
  end, "overlaps")
end)

test("places that hold the same version agree on it", function ()
  test.equal(files.agree { { path = "a", value = "1.0" }, { path = "b", at = "version", value = "1.0" } }, "1.0")
end)

test("places that disagree are all named with their versions", function ()
  local version, message = files.agree { { path = "a", value = "1.0" }, { path = "b", at = "v", value = "1.1" } }
  test.equal(version, nil)
  test.contains(message, "`a` holds `1.0`, `b` `v` holds `1.1`")
end)

test("no place agrees on nothing", function () test.refuses("no version file", files.agree {}) end)

test("an old value that is not there is refused with its line", function ()
  refuses_edit("line 2: holds `0.9.0`, expected `1.0.0`", "toml", '[project]\nversion = "0.9.0"\n', "project.version")
end)

test("a file that holds the new version already needs no change", function ()
  local text = '{"version": "1.1.0"}'
  test.equal(change("json", text, "version", "1.0.0", "1.1.0"), text)
end)

test("a version that a format would have to escape is refused", function ()
  test.refuses("cannot be written", files.kind("json").edit('{"version":"1"}', "version", "1", '1"'))
  test.refuses("cannot be written", files.kind("plain").edit("1", nil, "1", "1\n2"))
end)

test("several selectors change one file together", function ()
  test.equal(files.apply('version = "1.0.0"\nurl = "x/v1.0.0/y"\n',
    { { kind = "toml", at = "version" }, { kind = "replace", at = "/v{version}/" },
      { kind = "replace", at = 'version = "{version}"' } }, "1.0.0", "1.1.0"),
    'version = "1.1.0"\nurl = "x/v1.1.0/y"\n')
end)

test("selectors that mean different bytes at one place are refused", function ()
  test.refuses("line 1: two selectors", files.apply("1.1.1",
    { { kind = "replace", at = "{version}.1" }, { kind = "replace", at = "1.{version}" } }, "1.1", "2.0"))
end)

-- json

test("json: a path goes through objects and arrays", function ()
  test.equal(read("json", '{"a": {"b": [{"c": "1.0"}]}}', "a.b[0].c"), "1.0")
  test.equal(read("json", '{"a.b": {"": "1.0"}}', '"a.b"[""]'), "1.0")
end)

test("json: a version inside a string or another object is not the version", function ()
  test.equal(change("json", '{"d": "\\"version\\": \\"1.0.0\\"", "x": {"version": "1.0.0"}, "version": "1.0.0"}',
    "version", "1.0.0", "1.1.0"), '{"d": "\\"version\\": \\"1.0.0\\"", "x": {"version": "1.0.0"}, "version": "1.1.0"}')
end)

test("json: escapes are decoded and replaced whole", function ()
  test.equal(change("json", '{"version":"1.\\u0030.0"}', "version", "1.0.0", "1.1.0"), '{"version":"1.1.0"}')
end)

for _, case in ipairs {
  { "a duplicate key", '{"a":1,\n"a":2}', "line 2: the key `a` occurs twice" },
  { "a number as version", '{"version": 1}', "is a number, not a string" },
  { "a missing key", '{"name": "x"}', "has no `version`" },
  { "a trailing comma", '{"version": "1.0.0",}', "a key in double quotes" },
  { "a comment", '{"version": "1.0.0"} // c', "something follows" },
  { "a control character", '{"version": "1.0.0\n"}', "control character" },
  { "half a surrogate pair", '{"a":"\\ud800","version":"1.0.0"}', "surrogate" },
  { "a leading zero", '{"a":01}', "not a number" },
  { "deep nesting", ("["):rep(5000), "nested too deeply" },
  { "a NUL byte", '{"version":"1\0"}', "NUL" },
  { "invalid UTF-8", '{\n"a":"\xff"}', "line 2: not UTF-8" },
  { "an empty text", "", "the text ends" },
} do
  test("json: " .. case[1] .. " is refused", function () test.refuses(case[3], read("json", case[2], "version")) end)
end

-- toml

test("toml: all ways to write a path lead to the value", function ()
  for _, text in ipairs { '[project]\nversion = "1"', 'project.version = "1"', '[ "project" ]\n"version"="1"',
    'project = { version = "1" }', "[project]\nversion = '''\n1'''", 'project = {x={y=1}, version = """1"""}',
    '[project.urls]\na = "b"\n[project]\nversion = "1"' } do
    test.equal(read("toml", text, "project.version"), "1", text)
  end
end)

test("toml: arrays of tables are selected by index", function ()
  test.equal(read("toml", '[[x]]\ny = "1"\n[[x]]\ny = "2"\n[x.z]\nw = "3"', "x[1].y"), "2")
  test.equal(read("toml", '[[x]]\ny = "1"\n[[x]]\ny = "2"\n[x.z]\nw = "3"', "x[1].z.w"), "3")
end)

test("S1.79 toml: a version in a string, a comment or another table is never touched", function ()
  local before = '# version = "1.0.0"\ns = """\n[project]\nversion = "1.0.0"\n"""\n[other]\nversion = "1.0.0"\n'
    .. '[project]\nname = "x" # version = "1.0.0"\nversion = "1.0.0" # keep\n[project.x]\nversion = "1.0.0"\n'
  local after = change("toml", before, "project.version", "1.0.0", "2.0.0")
  test.equal(after, (before:gsub('version = "1.0.0" # keep', 'version = "2.0.0" # keep')))
end)

test("toml: every value of the specification is let pass", function ()
  test.equal(read("toml", [==[
a = [1, 1_000, +1.5e-3, 0xDEAD_beef, 0o17, 0b1_0, inf, -nan, 1e5, # comment
  1979-05-27T07:32:00Z, 1979-05-27 07:32:00.5+01:00, 1979-05-27, 07:32:00, [true, false],
]
b = { "c d" = 'C:\x', e.f = "\u00e9\t" }
k = """a\
   b "" ""c""""
l = ''''x''''
v = "1.0"
]==], "v"), "1.0")
end)

for _, case in ipairs {
  { "a key that occurs twice", '[project]\nversion = "1"\nversion = "2"', "line 3: the key `version` occurs twice" },
  { "a table that occurs twice", '[project]\nversion = "1"\n[project]\n', "line 3: the key `project` occurs twice" },
  { "a dotted key into a defined table", "[a.b]\n[a]\nb.c = 1", "line 3: the key `b` occurs twice" },
  { "an inline table that is extended", "a = {}\n[a.b]", "line 2: the key `a` occurs twice" },
  { "an array that is extended", "a = []\n[[a]]", "line 2: the key `a` occurs twice" },
  { "a number as version", "[project]\nversion = 1.0", "line 2: `project.version` is a number" },
  { "a missing version", "\n[project]\nname = 'x'", "line 2: `project` has no `version`" },
  { "a dynamic version", '[project]\ndynamic = ["readme", "version"]', "line 2: the version is dynamic" },
  { "a string without an end", '[project]\nversion = "1', "line 2: a string without an end" },
  { "a bare word", "a = yes", "no value of TOML" },
  { "a leading zero", "a = 01", "no value of TOML" },
  { "two values on a line", "a = 1 b = 2", "a line ends here" },
  { "a lone carriage return", "a = 1\rb = 2", "a line ends here" },
  { "deep nesting", "a = " .. ("["):rep(5000), "nested too deeply" },
  { "a long dotted key", ("a."):rep(5000) .. "a = 1", "nested too deeply" },
} do
  test("toml: " .. case[1] .. " is refused", function () test.refuses(case[3], read("toml", case[2], "project.version")) end)
end

test("toml: an inherited Cargo version says where it stands", function ()
  test.refuses("workspace.package.version", read("toml", "[package]\nversion.workspace = true", "package.version"))
  test.refuses("workspace.package.version", read("toml", "[package]\nversion = {workspace = true}", "package.version"))
end)

test("toml: tool.poetry.version works too", function ()
  test.equal(read("toml", '[tool.poetry]\nversion = "1"', "tool.poetry.version"), "1")
end)

-- yaml

test("yaml: a path goes through mappings, sequences and braces", function ()
  local text = "a:\n  b:\n  - x\n  - c: '1.0'\n    d: {e: 2.0, \"f\":\"3.0\"}\n"
  test.equal({ read("yaml", text, "a.b[1].c"), read("yaml", text, "a.b[1].d.e"), read("yaml", text, "a.b[1].d.f") },
    { "1.0", "2.0", "3.0" })
end)

test("yaml: what looks like the key inside other values is passed over", function ()
  local before = "text: |\n  version: 1.0.0\n\nq: \"a\n  version: 1.0.0\"\nlist: [\n  'version: 1.0.0'\n]\n"
    .. "n:\n  version: 1.0.0\n# version: 1.0.0\nversion: 1.0.0 # keep\n---\nversion: 1.0.0\n"
  test.equal(change("yaml", before, "version", "1.0.0", "2.0.0"),
    (before:gsub("version: 1.0.0 # keep", "version: 2.0.0 # keep")))
end)

test("yaml: directives, comments and an explicit start are let pass", function ()
  test.equal(read("yaml", "%YAML 1.2\n# c\n\n# d\n---\nversion: 1.0\n...\n", "version"), "1.0")
end)

test("yaml: a version that would turn into a number is quoted", function ()
  test.equal(change("yaml", "v: 1.0.0\n", "v", "1.0.0", "1.10"), 'v: "1.10"\n')
  test.equal(change("yaml", "v: 1.9\n", "v", "1.9", "1.10"), "v: 1.10\n")
end)

for _, case in ipairs {
  { "an anchor on the way", "a: &x\n  v: 1\nb: *x", "`a` has an anchor: not edited" },
  { "an anchor on the value", "a:\n  v: &x 1", "`a.v` has an anchor" },
  { "a tag on the value", "a:\n  v: !!str 1", "`a.v` has a tag" },
  { "an alias", "x: &x {v: 1}\na: *x", "line 2: `a` has an alias" },
  { "a block scalar", "a:\n  v: >-\n    1", "`a.v` has a block scalar" },
  { "a value on several lines", "a:\n  v: 1\n    2", "a value on several lines" },
  { "a quoted value on several lines", "a:\n  v: '1\n    2'", "a value on several lines" },
  { "a key that occurs twice", "a:\n  v: 1\n  v: 2", "line 3: the key `v` occurs twice" },
  { "an empty value", "a:\n  v:\n", "line 2: `a.v` is a null" },
  { "a tab as indentation", "a:\n\tv: 1", "line 2: a tab in the indentation" },
  { "a complex key", "? a\n: b", "line 1: not understood" },
  { "uneven indentation", "a:\n    v: 1\n  w: 2", "line 3: indented" },
  { "a pair under a value", "a:\n  v: 1\n    w: 2", "line 3: indented deeper" },
  { "a second pair on a line", "a: v: 1", "a second `key: value`" },
  { "a lone carriage return", "a: 1\rb: 2", "carriage return" },
  { "a missing key", "a:\n  w: 1", "line 1: `a` has no `v`" },
  { "deep nesting", "a: " .. ("["):rep(5000), "nested too deeply" },
  { "deep dashes", ("- "):rep(5000) .. "a", "nested too deeply" },
  { "an empty document", "# nothing\n", "the document is a null" },
} do
  test("yaml: " .. case[1] .. " is refused", function () test.refuses(case[3], read("yaml", case[2], "a.v")) end)
end

-- npm_lock, cargo_lock

local LOCK = '{"version": "1.0.0", "lockfileVersion": 3, "packages": {\n"": {"version": "1.0.0"},\n'
  .. '"packages/x": {"version": "2.0.0"},\n"node_modules/y": {"version": "1.0.0"}}}'

test("npm_lock: the root version changes in both places and nowhere else", function ()
  test.equal(change("npm_lock", LOCK, nil, "1.0.0", "1.1.0"), (LOCK:gsub("1%.0%.0", "1.1.0", 2)))
end)

test("npm_lock: a workspace is selected by its folder", function ()
  test.equal(change("npm_lock", LOCK, "packages/x", "2.0.0", "2.1.0"), (LOCK:gsub("2%.0%.0", "2.1.0")))
end)

test("npm_lock: lockfile version 1 has one place", function ()
  test.equal(change("npm_lock", '{"version": "1.0.0", "dependencies": {"a": {"version": "1.0.0"}}}', "", "1.0.0", "1.1.0"),
    '{"version": "1.1.0", "dependencies": {"a": {"version": "1.0.0"}}}')
end)

test("npm_lock: two root versions that differ are refused", function ()
  test.refuses("line 2: holds `1.0.1`, but line 1 holds `1.0.0`",
    read("npm_lock", '{"version": "1.0.0", "packages": {\n"": {"version": "1.0.1"}}}'))
end)

test("npm_lock: an unknown workspace is refused", function ()
  test.refuses("has no `packages/z`", read("npm_lock", LOCK, "packages/z"))
end)

local CARGO = 'version = 3\n\n[[package]]\nname = "core"\nversion = "1.0.0"\n\n[[package]]\nname = "core"\n'
  .. 'version = "0.3.0"\nsource = "registry+https://x"\n\n[[package]]\nname = "app"\nversion = "1.0.0"\n'
  .. 'dependencies = [\n "core 0.3.0",\n "core 1.0.0",\n]\n'

test("cargo_lock: the crate without a source changes, with the entries that name its version", function ()
  test.equal(change("cargo_lock", CARGO, "core", "1.0.0", "1.1.0"),
    (CARGO:gsub('"1%.0%.0"', '"1.1.0"', 1):gsub("core 1%.0%.0", "core 1.1.0")))
end)

test("cargo_lock: two crates without a source are refused", function ()
  local entry = '[[package]]\nname = "a"\nversion = "1.0.0"\n'
  test.refuses("line 4: a second crate `a`", read("cargo_lock", entry .. entry, "a"))
end)

test("cargo_lock: a crate that only a registry supplies is refused", function ()
  test.refuses("no crate `a`", read("cargo_lock", '[[package]]\nname = "a"\nversion = "1"\nsource = "r"', "a"))
end)

test("cargo_lock: a registry's crate of the same version is refused", function ()
  refuses_edit("also comes from a registry", "cargo_lock", (CARGO:gsub("0%.3%.0", "1.1.0")), "core")
end)

-- plain, marked, replace

test("plain: newlines and their absence survive", function ()
  for _, last in ipairs { "", "\n", "\r\n" } do
    test.equal(change("plain", "1.0.0" .. last, nil, "1.0.0", "1.1.0"), "1.1.0" .. last)
  end
end)

test("plain: more than a version is refused", function ()
  test.refuses("more than a version", read("plain", "1.0.0\nx\n"))
  test.refuses("more than a version", read("plain", " 1.0.0"))
  test.refuses("empty", read("plain", "\n"))
end)

test("marked: the marked line changes, its neighbours do not", function ()
  test.equal(change("marked", 'v = "1.0.0"\nv = "1.0.0" # x-release-version\nw = "1.0.0"\n', nil, "1.0.0", "1.1.0"),
    'v = "1.0.0"\nv = "1.1.0" # x-release-version\nw = "1.0.0"\n')
end)

test("marked: a block changes up to its end", function ()
  local before = "1.0.0\n<!-- x-release-start-version -->\na@1.0.0\nb==1.0.0, py 3.11\n<!-- x-release-end -->\n1.0.0\n"
  test.equal(change("marked", before, nil, "1.0.0", "1.1.0"),
    "1.0.0\n<!-- x-release-start-version -->\na@1.1.0\nb==1.1.0, py 3.11\n<!-- x-release-end -->\n1.0.0\n")
end)

test("marked: release-please's markers work too", function ()
  test.equal(change("marked", "v1.0.0 // x-release-please-version", nil, "1.0.0", "1.1.0"),
    "v1.1.0 // x-release-please-version")
end)

test("marked: a longer version is not the version", function ()
  for _, other in ipairs { "11.0.0", "1.0.01", "1.0.0.1", "1.0.0-rc.1", "1.0.0rc1", "x1.0.0" } do
    refuses_edit("`1.0.0` is not there", "marked", other .. " x-release-version")
  end
end)

for _, case in ipairs {
  { "no marker", "1.0.0", "no line is marked" },
  { "a block without an end", "\nx-release-start-version\n1.0.0", "line 2: a marked block without" },
  { "an end without a start", "x-release-end", "without a start" },
  { "a part of a version", "1 # x-release-please-major", "not supported" },
  { "places that share no version", "1.0 x-release-version\n1.1 x-release-version", "share no version" },
  { "two versions on the line", "1.0 1.1 x-release-version", "2 versions are marked" },
} do
  test("marked: " .. case[1] .. " is refused", function () test.refuses(case[3], read("marked", case[2])) end)
end

test("replace: every occurrence of the rendered template changes, others stay", function ()
  local before = "dl/v1.0.0/a dl/v1.0.0/b dl/v0.9.0/c 1.0.0\n"
  test.equal(change("replace", before, "dl/v{version}/", "1.0.0", "1.1.0"), "dl/v1.1.0/a dl/v1.1.0/b dl/v0.9.0/c 1.0.0\n")
end)

test("replace: pattern characters are literal", function ()
  test.equal(change("replace", "a%d+(1.0.0) ax(1.0.0)", "a%d+({version})", "1.0.0", "1.1.0"), "a%d+(1.1.0) ax(1.0.0)")
end)

test("replace: an open end of the template is the end of the version", function ()
  test.equal(change("replace", "c==1.0.0, c==1.0.01 c==1.0.0rc1 c==1.0.0.", "c=={version}", "1.0.0", "1.1.0"),
    "c==1.1.0, c==1.0.01 c==1.0.0rc1 c==1.1.0.")
  test.equal(change("replace", "1.0.0.tgz 21.0.0.tgz", "{version}.tgz", "1.0.0", "1.1.0"), "1.1.0.tgz 21.0.0.tgz")
end)

test("replace: the version is read back, and several need the expected one", function ()
  test.equal(read("replace", "dl/v1.0.0/a", "dl/v{version}/"), "1.0.0")
  test.refuses("several versions", read("replace", "dl/v1.0.0/ dl/v1.1.0/", "dl/v{version}/"))
  test.equal(read("replace", "dl/v1.0.0/ dl/v1.1.0/", "dl/v{version}/", "1.1.0"), "1.1.0")
end)

test("replace: no occurrence and no field are refused", function ()
  refuses_edit("no text like", "replace", "nothing", "v{version}")
  refuses_edit("must hold {version} once", "replace", "v1.0.0", "v")
  refuses_edit("must hold {version} once", "replace", "v1.0.0", "{version}{version}")
end)

test("a message shows untrusted bytes escaped", function ()
  local _, message = read("json", '{"a\\u001b\\u202e\\n": 1, "a\\u001b\\u202e\\n": 2}', "a")
  test.lacks(message, "\27")
  test.lacks(message, "\u{202E}")
  test.lacks(message, "\n")
end)

test("a selector that is no path is refused", function ()
  for _, at in ipairs { "", ".a", "a.", "a[", "a[x]", "a..b", '"a' } do
    test.refuses("is no path", read("json", "{}", at))
  end
end)

-- What an edit makes is looked at again ---------------------------------------------------------------------------------

-- Applies an edit of the version while a function of `holder` is another one.
local function applied_with(holder, name, other)
  local own = holder[name]
  holder[name] = other
  local results = table.pack(pcall(files.apply, "1.0.0\n", { { kind = "plain" } }, "1.0.0", "1.0.1"))
  holder[name] = own
  if not results[1] then error(results[2], 0) end
  return results[2], results[3]
end

test("S1.79 an edit after which another version stands there, or none, is refused", function ()
  local plain = files.kind "plain"
  test.equal(applied_with(plain, "edit", plain.edit), "1.0.1\n")
  test.refuses('after the edit the plain file holds `9.9.9`', applied_with(plain, "edit", function ()
    return { { at = 0, remove = 5, insert = "9.9.9" } }
  end))
  test.refuses("after the edit the plain file is refused", applied_with(plain, "edit", function ()
    return { { at = 0, remove = 5, insert = "1.0.1 and more" } }
  end))
  test.refuses('after the edit the plain file holds `1.0.0`', applied_with(plain, "edit", function () return {} end))
end)

test("S1.79 an edit that changes other bytes than it planned is a mistake of relrun's, and nothing comes of it", function ()
  for _, text in ipairs { "1.0.1", "1.0.1\n\n", "1.0.1\r", "" } do
    test.raises(function () applied_with(files, "splice", function () return text end) end, "changed bytes that it did not plan")
  end
end)

return test
