local test = require "testing"
local files = require "files"
local requirements = require "files.requirements"
local specifier = require "files.specifier"

local function names(kind, text)
  local out = {}
  for index, item in ipairs(test.truthy(requirements.list(kind, text))) do
    test.equal(text:sub(item.first, item.last), item.requirement)
    out[index] = item.name .. " " .. item.requirement
  end
  return out
end

local function raise(kind, text, name, version)
  return files.splice(text, test.truthy(requirements.raise(kind, text, name, version)))
end

test("a manifest is known by its name", function ()
  test.equal(requirements.kind "a/b/pyproject.toml", "pyproject.toml")
  test.equal(requirements.kind "setup.py", nil)
end)

local PYPROJECT = [==[
[project]
dependencies = [
  "Flow_Core[fast,x] >=0.1.0,<0.3 ; python_version >= '3.9'", # keep
  'flow.meta', "other @ https://x/y", "z (>=1.0)",
]
[project.optional-dependencies]
all = ["flow-core~=0.1.0"]
[dependency-groups]
dev = ["flow-core==0.1.0", {include-group = "x"}]
[tool.poetry.dependencies]
flow-core = { version = "^0.1.0", extras = ["x"] }
]==]

test("pyproject: every table of PEP 508 strings is read, with normalised names", function ()
  test.equal(names("pyproject.toml", PYPROJECT), { "flow-core >=0.1.0,<0.3", "flow-meta ", "z >=1.0",
    "flow-core ~=0.1.0", "flow-core ==0.1.0", "flow-core ^0.1.0" })
end)

test("pyproject: raising keeps operators, extras, markers and upper bounds", function ()
  test.equal(raise("pyproject.toml", PYPROJECT, "flow.core", "0.2.0"), (PYPROJECT:gsub("0%.1%.0", "0.2.0")))
end)

test("pyproject: an upper bound that excludes the version is refused with its line", function ()
  test.refuses("line 3: `flow-core` `>=0.1.0,<0.3`: `0.3.0` is outside the upper bound <0.3",
    requirements.raise("pyproject.toml", PYPROJECT, "flow-core", "0.3.0"))
end)

test("pyproject: a requirement written with escapes is not edited", function ()
  test.refuses("an escape", requirements.raise("pyproject.toml",
    '[project]\ndependencies = ["a>=1.\\u0030"]', "a", "2.0"))
end)

test("package.json: four tables are read", function ()
  test.equal(names("package.json", '{"dependencies": {"@s/a": "^1.0.0"}, "devDependencies": {"b": "*"},'
    .. '"peerDependencies": {"c": ">=1"}, "optionalDependencies": {"d": "1.x"}, "scripts": {"e": "1.0"}}'),
    { "@s/a ^1.0.0", "b *", "c >=1", "d 1.x" })
end)

test("package.json: raising changes that package only", function ()
  local text = '{"dependencies": {"a": "^1.0.0", "b": "^1.0.0"}, "peerDependencies": {"a": "~1.0.0"}}'
  test.equal(raise("package.json", text, "a", "1.2.0"),
    '{"dependencies": {"a": "^1.2.0", "b": "^1.0.0"}, "peerDependencies": {"a": "~1.2.0"}}')
end)

test("package-lock.json: the workspaces' entries are raised, installed ones are not", function ()
  local text = '{"packages": {"packages/x": {"dependencies": {"a": "^1.0.0"}},'
    .. ' "node_modules/y": {"dependencies": {"a": "^1.0.0"}}}}'
  test.equal(raise("package-lock.json", text, "a", "1.2.0"), (text:gsub("%^1%.0%.0", "^1.2.0", 1)))
end)

test("Cargo.toml: strings, tables, renamed crates, targets and the workspace are read", function ()
  test.equal(names("Cargo.toml", [==[
[dependencies]
a = "0.1"
b = { version = "=0.2", path = "../b" }
c = { path = "../c" }
d = { workspace = true }
e = { package = "core", version = "1" }
[dev-dependencies.f]
version = "~1.2"
[target.'cfg(unix)'.build-dependencies]
g = "1"
[workspace.dependencies]
h = ">=1, <2"
]==]), { "a 0.1", "b =0.2", "core 1", "f ~1.2", "g 1", "h >=1, <2" })
end)

test("Chart.yaml: dependencies are read by name", function ()
  local text = 'dependencies:\n  - name: a\n    version: "~1.0.0" # c\n  - version: 2.0.0\n    name: b\n'
  test.equal(names("Chart.yaml", text), { "a ~1.0.0", "b 2.0.0" })
  test.equal(raise("Chart.yaml", text, "b", "2.1.0"), (text:gsub("2%.0%.0", "2.1.0")))
end)

test("a manifest states its package's name, which is compared as its registry does", function ()
  local function name(kind, text) return test.truthy(requirements.read(kind, text)).name end
  test.equal(name("pyproject.toml", '[project]\nname = "My_Core"\n[tool.poetry]\nname = "other"\n'), "my-core")
  test.equal(name("pyproject.toml", '[tool.poetry]\nname = "A..b"\n'), "a-b")
  test.equal(name("pyproject.toml", '[project]\nname = 1\n'), nil)
  test.equal(name("package.json", '{"name": "@Scope/a_b"}'), "@Scope/a_b")
  test.equal(name("package-lock.json", '{"name": "a"}'), nil, "a lock file speaks for all")
  test.equal(name("Cargo.toml", '[package]\nname = "core_x"\n'), "core_x")
  test.equal(name("Cargo.toml", '[workspace]\nmembers = []\n'), nil)
  test.equal(name("Chart.yaml", "name: web\n"), "web")
end)

test("a package that is not required needs no splice", function ()
  test.equal(requirements.raise("package.json", "{}", "a", "1.0.0"), {})
end)

for _, row in ipairs {
  -- language, requirement, new version, raised
  { "pep508", ">=0.1.0", "0.2.0", ">=0.2.0" }, { "pep508", ">= 0.1", "0.2.0rc1", ">= 0.2.0rc1" },
  { "pep508", ">=0.3", "0.2.0", ">=0.3" }, { "pep508", "~=0.1", "0.2.5", "~=0.2" },
  { "pep508", "==0.1.*", "0.2.5", "==0.2.*" }, { "pep508", "===0.1", "0.2", "===0.2" },
  { "pep508", ">=0.1,!=0.1.5", "0.2", ">=0.2,!=0.1.5" }, { "pep508", "", "1.0", "" },
  { "pep508", ">=1!1.0", "1!2.0", ">=1!2.0" }, { "pep508", ">0.1", "0.2", ">0.1" },
  { "cargo", "0.1", "0.2.1", "0.2.1" }, { "cargo", "1", "2.1.0", "2.1.0" }, { "cargo", "0", "0.2.0", "0" },
  { "cargo", "=0.1.0", "0.2.0", "=0.2.0" }, { "cargo", ">=0.1, <0.9", "0.2.0", ">=0.2.0, <0.9" },
  { "npm", "^1.0.0", "1.10.0", "^1.10.0" }, { "npm", "^1.10.0", "1.9.0", "^1.10.0" },
  { "npm", "~1", "2.3.0", "~2" }, { "npm", "1.x", "2.3.0", "2.x" }, { "npm", "1", "2.3.0", "2" },
  { "npm", ">=1.0.0 <3", "2.0.0", ">=2.0.0 <3" }, { "npm", "^1.0.0-rc.1", "1.0.0-rc.2", "^1.0.0-rc.2" },
  { "npm", "^1.0.0-rc.10", "1.0.0", "^1.0.0" }, { "npm", "workspace:~1.0.0", "1.1.0", "workspace:~1.1.0" },
  { "helm", ">=1.0.0, <2", "1.5.0", ">=1.5.0, <2" }, { "poetry", "^0.1", "0.2.0", "^0.2.0" },
} do
  test(("%s: %q with %s becomes %q"):format(row[1], row[2], row[3], row[4]), function ()
    test.equal(specifier.raise(row[1], row[2], row[3]), row[4])
  end)
end

for _, same in ipairs { "*", "", "x", "latest", "workspace:*", "workspace:^", "workspace:~", "file:../a", "link:../a",
  "git+https://h/a.git#v1.0.0", "npm:other@^1.0.0", "user/repo", "catalog:" } do
  test(("npm: there is nothing to raise in %q"):format(same), function ()
    test.equal(specifier.raise("npm", same, "2.0.0"), same)
  end)
end

for _, row in ipairs {
  { "pep508", ">=0.1,<0.2", "0.2.0", "outside the upper bound <0.2" },
  { "pep508", ">=0.1,<0.2", "0.2.0rc1", "outside the upper bound <0.2" },
  { "pep508", "<=0.1", "0.1.1", "outside the upper bound <=0.1" },
  { "pep508", ">=1,!=2.*", "2.1", "excluded by !=2.*" },
  { "pep508", ">=1,!=2.0", "2.0.0", "excluded by !=2.0" },
  { "pep508", "0.1", "0.2", "not understood" },
  { "npm", "^1.0.0 || ^2.0.0", "2.1.0", "raise it by hand" },
  { "npm", "1.0.0 - 2.0.0", "1.5.0", "raise it by hand" },
  { "npm", "~1", "2.0.0-rc.1", "a pre-release, which ~2 would not admit" },
  { "npm", ">=1.0.0 <2.0.0", "2.0.0", "outside the upper bound <2.0.0" },
  { "cargo", ">=", "1.0.0", "not understood" },
} do
  test(("%s: %q with %s is refused"):format(row[1], row[2], row[3]), function ()
    test.refuses(row[4], specifier.raise(row[1], row[2], row[3]))
  end)
end

test("a broken manifest is refused with its line", function ()
  test.refuses("line 2:", requirements.raise("Cargo.toml", "[dependencies]\na = ", "a", "1.0.0"))
end)

return test
