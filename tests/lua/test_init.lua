-- relrun init, over repositories of several shapes. Whatever it writes has to pass `relrun check`.

local test = require "testing"
local file = require "host.file"
local place = require "place"
local session = require "session"
local starter = require "starter"
local versions = require "versions"

local PYPROJECT = '[project]\nname = "x"\nversion = "%s"\n'

-- A repository `work` with these files in one commit, these tags and this branch.
local function repository(here, shape)
  local function run(...) return here:must({ "git", ... }, { cwd = "work" }) end
  here:must { "git", "init", "--quiet", "--initial-branch=" .. (shape.branch or "main"), "work" }
  for path, bytes in pairs(shape.files) do here:write("work/" .. path, bytes) end
  if not shape.unborn then
    run("add", "--all")
    run("commit", "--quiet", "--allow-empty", "--message=feat: all of it")
    for _, tag in ipairs(shape.tags or {}) do run("tag", tag) end
  end
  for _, words in ipairs(shape.git or {}) do run(table.unpack(words)) end
  return run
end

-- A model without the places where its words stood.
local function meaning(value)
  if type(value) ~= "table" or getmetatable(value) then return value end
  local copy = {}
  for key, item in pairs(value) do
    if key ~= "line" and key ~= "inner" and key ~= "source" and key ~= "scheme" and key ~= "initial_version" then copy[key] = meaning(item) end
  end
  return copy
end

local function init(here, ...) return here:run({ "relrun", "init", ... }, { cwd = "work" }) end

-- What init writes for a shape: the text, and the model that `relrun check` would judge.
local function starter_of(shape)
  return place.with(function (here)
    repository(here, shape)
    local result = init(here)
    test.equal({ result.code, result.stderr }, { 0, "" })
    local loaded, trouble = session.load(here:path "work/release.lua")
    if not loaded then error(tostring(trouble) .. "\n" .. table.concat(trouble.more or {}, "\n") .. "\n" .. here:read "work/release.lua") end
    loaded.process:close()
    return here:read "work/release.lua", loaded.model
  end)
end

test("several Python packages become one row, with PEP 440 versions and a tag for each", function ()
  local text, model = starter_of { files = {
    ["packages/core/pyproject.toml"] = PYPROJECT:format "0.0.1", ["packages/cli/pyproject.toml"] = PYPROJECT:format "0.0.1" } }
  test.contains(text, 'packages = each "packages/*" { version_file = "pyproject.toml" },')
  test.equal(model.release.version.word, "pep440")
  test.equal(model.release.tag, "{package}-v{version}")
  test.equal(model.release.changelog.word, "keep_a_changelog")
  test.equal(model.lane.release.base, "main")
end)

test("a directory without a version file is left out", function ()
  local text = starter_of { files = { ["packages/core/pyproject.toml"] = PYPROJECT:format "0.0.1", ["packages/docs/a.md"] = "x",
    ["packages/empty/pyproject.toml"] = "[build-system]\n" } }
  test.contains(text, 'each "packages/*" { version_file = "pyproject.toml", except = { "docs", "empty" } }')
end)

test("a directory that git does not know is not spoken of", function ()
  local text = starter_of { files = { ["packages/core/VERSION"] = "1.0.0\n", [".gitignore"] = "packages/.cache\n", ["packages/.cache/x"] = "" } }
  test.contains(text, 'packages = each "packages/*" { version_file = "VERSION" },')
end)

test("one npm package has both of its files, the tags' format and the changelog's style", function ()
  local text, model = starter_of {
    files = {
      ["package.json"] = '{ "name": "x", "version": "1.2.0" }\n',
      ["package-lock.json"] = '{ "name": "x", "version": "1.2.0", "lockfileVersion": 3, "packages": { "": { "name": "x", "version": "1.2.0" } } }\n',
      ["CHANGELOG.md"] = "# Changelog\n\n## [1.2.0](https://example.org) (2024-01-01)\n\n### Features\n" },
    tags = { "v1.0.0", "v1.2.0", "nightly" },
  }
  test.contains(text, 'packages = package "work" { files = { "package.json", "package-lock.json" } },')
  test.contains(text, "-- as the tags that are there, such as v1.2.0")
  test.contains(text, "version = semver {},")
  test.equal(model.release.tag, "v{version}")
  test.equal(model.release.changelog.word, "conventional")
end)

test("Helm charts with chart-releaser's tags keep their format", function ()
  local text, model = starter_of {
    files = { ["charts/web/Chart.yaml"] = "name: web\nversion: 1.4.0\n", ["charts/db-proxy/Chart.yaml"] = "name: db-proxy\nversion: 0.2.0\n" },
    tags = { "web-1.3.0", "web-1.4.0", "db-proxy-0.2.0" } }
  test.contains(text, 'each "charts/*" { version_file = "Chart.yaml" }')
  test.equal(model.release.tag, "{package}-{version}")
end)

test("tags name@1.2.3 keep their format", function ()
  local _, model = starter_of { files = { ["packages/a/package.json"] = '{ "version": "1.0.0" }' }, tags = { "a@1.0.0", "v9.9.9" } }
  test.equal(model.release.tag, "{package}@{version}")
end)

test("tags without a v keep their format", function ()
  local _, model = starter_of { files = { ["pyproject.toml"] = PYPROJECT:format "1.1.0" }, tags = { "1.0.0", "1.1.0" } }
  test.equal(model.release.tag, "{version}")
end)

test("a crate workspace is found, and the version that the workspace shares", function ()
  local text = starter_of { files = { ["crates/a/Cargo.toml"] = '[package]\nname = "a"\nversion = "0.1.0"\n',
    ["crates/b/Cargo.toml"] = '[package]\nname = "b"\nversion = "0.1.0"\n' } }
  test.contains(text, 'each "crates/*" { version_file = "Cargo.toml" }')
  text = starter_of { files = { ["Cargo.toml"] = '[workspace]\nmembers = ["crates/*"]\n[workspace.package]\nversion = "0.4.0"\n',
    ["crates/a/Cargo.toml"] = '[package]\nname = "a"\nversion.workspace = true\n' } }
  test.contains(text, 'files = { toml "Cargo.toml" "workspace.package.version" }')
end)

test("a workspace's lockfile at the root is a place of every package that it locks at its version", function ()
  local lock = '{ "lockfileVersion": 3, "packages": { "": {}, "packages/a": { "version": "1.0.0" }, '
    .. '"packages/b": { "version": "1.1.0" }, "packages/old": { "version": "0.9.0" } } }\n'
  local text, model = starter_of { files = { ["package-lock.json"] = lock,
    ["packages/a/package.json"] = '{ "version": "1.0.0" }\n', ["packages/b/package.json"] = '{ "version": "1.1.0" }\n',
    ["packages/old/package.json"] = '{ "version": "1.0.0" }\n' } }
  test.contains(text, 'each "packages/*" { files = { "package.json", "/package-lock.json" }, except = { "old" } }')
  test.contains(text, 'package "old" { path = "packages/old", version_file = "package.json" }')
  test.equal(#model.release.packages, 2)
  local function crate(name) return ('[package]\nname = "%s"\nversion = "0.1.0"\n'):format(name) end
  text = starter_of { files = { ["crates/a/Cargo.toml"] = crate "a", ["crates/b/Cargo.toml"] = crate "x-b",
    ["crates/c/Cargo.toml"] = crate "c",
    ["Cargo.lock"] = "version = 4\n\n[[package]]\nname = \"a\"\nversion = \"0.1.0\"\n\n[[package]]\nname = \"c\"\nversion = \"0.1.0\"\n"
      .. "\n[[package]]\nname = \"x-b\"\nversion = \"0.1.0\"\n" } }
  test.contains(text, 'each "crates/*" { files = { "Cargo.toml", "/Cargo.lock" }, except = { "b" } }')
  test.contains(text, 'package "b" { path = "crates/b", files = { "Cargo.toml", cargo_lock "/Cargo.lock" "x-b" } }')
end)

test("Poetry's place of the version is found", function ()
  local text, model = starter_of { files = { ["pyproject.toml"] = '[tool.poetry]\nname = "x"\nversion = "0.1.0"\n' } }
  test.contains(text, 'package "work" { files = { toml "pyproject.toml" "tool.poetry.version" } }')
  test.equal(model.release.version.word, "pep440")
end)

test("without tags the first version is the one that stands in the files", function ()
  local _, model = starter_of { files = { ["packages/a/package.json"] = '{ "version": "1.4.2" }', ["packages/b/package.json"] = '{ "version": "1.5.0-beta.1" }' } }
  test.equal(model.release.version.initial, "1.5.0")
  _, model = starter_of { files = { ["package.json"] = '{ "version": "0.0.0" }' } }
  test.equal(model.release.version.initial, "0.1.0")
end)

test("with tags the files do not say where to begin", function ()
  local text = starter_of { files = { ["package.json"] = '{ "version": "1.4.2" }' }, tags = { "v1.4.2" } }
  test.contains(text, "version = semver {},")
end)

test("packages of another language have rows and a scheme of their own", function ()
  local text, model = starter_of { files = { ["packages/a/pyproject.toml"] = PYPROJECT:format "0.1.0",
    ["packages/b/pyproject.toml"] = PYPROJECT:format "0.1.0", ["packages/web/package.json"] = '{ "version": "0.1.0" }' } }
  test.contains(text, 'each "packages/*" { version_file = "pyproject.toml", except = { "web" } },')
  test.contains(text, 'package "web" { path = "packages/web", version_file = "package.json", version = semver {} },')
  test.equal(model.release.version.word, "pep440")
end)

test("two directories of one name are two packages", function ()
  local text = starter_of { files = { ["packages/core/VERSION"] = "0.1.0\n", ["libs/core/VERSION"] = "0.1.0\n", ["libs/util/VERSION"] = "0.1.0\n" } }
  test.contains(text, 'each "packages/*" { version_file = "VERSION" }')
  test.contains(text, 'each "libs/*" { version_file = "VERSION", except = { "core" } }')
  test.contains(text, 'package "libs-core" { path = "libs/core", version_file = "VERSION" }')
end)

test("without any version file the tags carry the version", function ()
  local text, model = starter_of { files = { ["main.go"] = "package main\n" }, tags = { "v0.3.0" } }
  test.contains(text, "-- no known version file was found: the tags alone carry the version")
  test.equal(model.release.packages, nil)
  test.equal(model.release.tag, "v{version}")
end)

test("an empty repository gets a spec, too", function ()
  local _, model = starter_of { files = {}, unborn = true, branch = "trunk" }
  test.equal(model.lane.release.base, "trunk")
  local text = starter_of { files = { ["packages/a/VERSION"] = "0.1.0\n", ["packages/.cache/x"] = "" }, unborn = true }
  test.contains(text, 'each "packages/*" { version_file = "VERSION" }')
end)

test("the release's name is the remote's, and the branch is the one that the remote's HEAD names", function ()
  local _, model = starter_of { files = { ["VERSION"] = "1.0.0\n" }, branch = "feature", git = {
    { "remote", "add", "origin", "https://example.org/team/widgets.git" },
    { "update-ref", "refs/remotes/origin/stable", "HEAD" },
    { "symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/stable" } } }
  test.equal({ model.release.name, model.release.packages[1].name, model.lane.release.base }, { "widgets", "widgets", "stable" })
end)

test("without origin the first other remote is named", function ()
  local text, model = starter_of { files = { ["VERSION"] = "1.0.0\n" }, git = { { "remote", "add", "upstream", "git@example.org:team/widgets" } } }
  test.contains(text, '  remote = "upstream",\n')
  test.equal({ model.release.name, model.release.remote }, { "widgets", "upstream" })
end)

test("a changelog of another name keeps its name", function ()
  local _, model = starter_of { files = { ["VERSION"] = "1.0.0\n", ["HISTORY.md"] = "# History\n\n## [1.0.0] - 2024-01-01\n" } }
  test.equal({ model.release.changelog.word, model.release.changelog.file }, { "keep_a_changelog", "HISTORY.md" })
end)

test("names that mean something to Lua stay names", function ()
  local text, model = starter_of { branch = 'a"b', files = { ['packages/x"y/VERSION'] = "1.0.0\n", ["packages/ok/VERSION"] = "1.0.0\n", ["packages/a]]b/c"] = "" } }
  test.equal(model.lane.release.base, 'a"b')
  test.equal(model.release.packages[1].except, { "a]]b", 'x"y' })
  test.contains(text, 'each "packages/*"')
end)

test("every starter is formatted alike: no tab, no trailing space, lines that fit", function ()
  local text = starter_of { files = { ["packages/core/pyproject.toml"] = PYPROJECT:format "0.0.1" } }
  for line in text:gmatch "(.-)\n" do
    test.lacks(line, "\t")
    test.truthy(not line:find " $", line)
    test.truthy(#line <= 110, line)
  end
end)

-- All that holds the version, in one repository after another: made a starter of, and released twice.
local CRATE = '[package]\nname = "%s"\nversion = "%s"\n'
local INHERITS = '[package]\nname = "%s"\nversion.workspace = true\n'
local LOCKED = '[[package]]\nname = "%s"\nversion = "%s"\n'

-- Every place that `shape.holds` names must hold the version that was released, and nothing else may hold the old one.
local function release_twice(shape)
  place.with(function (here)
    local run = repository(here, shape)
    test.equal(init(here).code, 0)
    run("add", "--all")
    run("commit", "--quiet", "--message=chore: how this is released")
    for _, version in ipairs { "0.3.0", "0.4.0" } do
      here:write("work/new.txt", version)
      run("add", "--all")
      run("commit", "--quiet", "--message=feat: more of it")
      here:must({ "relrun", "release.lua", "release", "--offline", "--quiet" }, { cwd = "work" })
      for path, held in pairs(shape.holds) do test.equal(here:read("work/" .. path), held:gsub("VERSION", version), path) end
    end
  end)
end

local function filled(holds)
  local contents = {}
  for path, held in pairs(holds) do contents[path] = held:gsub("VERSION", "0.3.0") end
  return contents
end

local SHAPES = {
  ["a crate and its lockfile"] = {
    ["Cargo.toml"] = CRATE:format("demo", "VERSION"),
    ["Cargo.lock"] = "version = 4\n\n" .. LOCKED:format("demo", "VERSION") .. "\n" .. LOCKED:format("other", "0.3.0") .. 'source = "registry+x"\n',
  },
  ["a workspace of crates that share its version, and ask for each other at it"] = {
    ["Cargo.toml"] = '[workspace]\nmembers = ["crates/*", "tool"]\n[workspace.package]\nversion = "VERSION"\n'
      .. '[workspace.dependencies]\na = { path = "crates/a", version = "VERSION" }\nserde = "0.3.0"\n',
    ["crates/a/Cargo.toml"] = INHERITS:format "a",
    ["crates/b/Cargo.toml"] = INHERITS:format "x-b" .. '[dependencies]\na = { path = "../a", version = "VERSION" }\nlibc = { version = "0.3.0" }\n',
    ["tool/Cargo.toml"] = INHERITS:format "tool",
    ["Cargo.lock"] = LOCKED:format("a", "VERSION") .. "\n" .. LOCKED:format("tool", "VERSION") .. "\n" .. LOCKED:format("x-b", "VERSION"),
  },
  ["files of several languages that agree"] = {
    ["pyproject.toml"] = PYPROJECT:format "VERSION", ["package.json"] = '{ "version": "VERSION" }\n', VERSION = "VERSION\n",
  },
  ["a project that says its version to Poetry, too"] = {
    ["pyproject.toml"] = PYPROJECT:format "VERSION" .. '[tool.poetry]\nversion = "VERSION"\n',
  },
}

for name, holds in pairs(SHAPES) do
  test("a release made with the starter changes all of " .. name, function ()
    release_twice { files = filled(holds), holds = holds, tags = { "v0.2.0" } }
  end)
end

test("a package at the root is released beside the charts below it, by the tags that it has", function ()
  place.with(function (here)
    local files = { ["package.json"] = '{ "name": "web", "version": "1.2.0" }\n', ["charts/web/Chart.yaml"] = "name: web\nversion: 0.2.0\n" }
    local run = repository(here, { files = files, tags = { "v1.2.0" } })
    test.equal(init(here).code, 0)
    local text = here:read "work/release.lua"
    test.contains(text, '    package "work" { version_file = "package.json", tag = "v{version}" },\n')
    test.contains(text, '    each "charts/*" { version_file = "Chart.yaml" },\n')
    test.contains(text, "-- the first is the root")
    run("add", "--all")
    run("commit", "--quiet", "--message=feat: how this is released")
    local told = here:must({ "relrun", "versions", "release.lua", "release", "--offline" }, { cwd = "work" })
    test.equal(told, "work\tv1.2.0\t1\tminor\t1.3.0\nweb\t-\t1\tminor\t0.2.0\n")
    here:must({ "relrun", "release.lua", "release", "--offline", "--quiet" }, { cwd = "work" })
    test.contains(here:read "work/package.json", '"version": "1.3.0"')
    test.contains(run "tag", "v1.3.0\nweb-v0.2.0\n")
  end)
end)

test("a root without tags begins with its own version, and a root of a package's name gets another", function ()
  local text, model = starter_of { files = { ["pyproject.toml"] = PYPROJECT:format "2.0.0", ["charts/work/Chart.yaml"] = "name: work\nversion: 0.2.0\n" } }
  test.contains(text, 'package "work-root" { version_file = "pyproject.toml", version = pep440 { initial = "2.0.0" } },')
  test.equal({ model.release.version.word, model.release.version.initial }, { "semver", "0.2.0" })
end)

test("what is left out is told of", function ()
  local text = starter_of { files = { ["package.json"] = '{ "private": true, "version": "1.0.0", "workspaces": ["packages/*"] }\n',
    ["packages/a/package.json"] = '{ "version": "1.0.0" }\n', ["packages/a/VERSION"] = "0.9.0\n" } }
  test.contains(text, "-- left out: the root, whose manifest says that it is private\n")
  test.contains(text, "-- left out: packages/a/VERSION says 0.9.0\n")
  test.contains(text, 'packages = each "packages/*" { version_file = "package.json" },')
  text = starter_of { files = { ["Cargo.toml"] = CRATE:format("demo", "0.2.0"), ["Cargo.lock"] = LOCKED:format("demo", "0.1.0") } }
  test.contains(text, "-- left out: Cargo.lock says 0.1.0\n")
  text = starter_of { files = { ["pyproject.toml"] = PYPROJECT:format "0.1.0", ["uv.lock"] = "version = 1\n" } }
  test.contains(text, "-- left out: uv.lock repeats the version, and relrun does not write it: uv lock does\n")
  text = starter_of { files = { ["Cargo.toml"] = '[workspace]\nmembers = ["a", "b"]\n[workspace.package]\nversion = "0.4.0"\n',
    ["a/Cargo.toml"] = INHERITS:format "a", ["b/Cargo.toml"] = INHERITS:format "b" .. '[dependencies]\na = { path = "../a", version = "=0.4.0" }\n' } }
  test.contains(text, "-- left out: b/Cargo.toml asks for a =0.4.0\n")
end)

-- A ready-made spec that init wrote out, as a model and its text; and the model of `use` with these options.
local function written_out(name, options, shape)
  return place.with(function (here)
    repository(here, shape)
    local result = init(here, "--from", name)
    test.equal({ result.code, result.stderr }, { 0, "" })
    local function model_of(path)
      local loaded, trouble = session.load(here:path(path))
      if not loaded then error(tostring(trouble) .. "\n" .. table.concat(trouble.more or {}, "\n")) end
      loaded.process:close()
      return loaded.model
    end
    here:write("work/used.lua", ("use %q { %s }\n"):format(name, options))
    return meaning(model_of "work/release.lua"), meaning(model_of "work/used.lua"), here:read "work/release.lua", result.stdout
  end)
end

test("a ready-made spec is written out for a repository, and means what it meant", function ()
  local own, used, text, told = written_out("branch-flow",
    'name = "work", packages = each "packages/*" { version_file = "pyproject.toml" }, master = "main"',
    { files = { ["packages/a/pyproject.toml"] = PYPROJECT:format "0.1.0" } })
  test.equal(own, used)
  test.lacks(text, "To change more")
  test.contains(text, '-- candidates come from `test`: make that branch, or name another one: test = "..."\n  master = "main",\n')
  test.contains(text, "-- a first candidate stands below what the files say: tag what is out before it,")
  test.contains(text, "-- This is relrun's branch-flow, written out by: relrun init --from branch-flow. All of it may be changed.\n")
  test.contains(told, "and run: relrun check release.lua\n")
  own, used = written_out("branch-flow", 'name = "work", packages = package "work" { version_file = "package.json" }, '
    .. 'version = semver { initial = "1.4.0", breaking = "minor", otherwise = "patch" }, tag = "v{version}"',
    { files = { ["package.json"] = '{ "version": "1.4.0" }' }, branch = "master" })
  test.equal(own, used)
  text = select(3, written_out("guarded-release", 'name = "work", identity = "R <r@example.org>"',
    { files = { ["packages/a/VERSION"] = "0.1.0\n", ["packages/b/VERSION"] = "0.1.0\n" } }))
  test.contains(text, "say releases/{date}-{sha} in place of releases/{version} below\n")
  own, used = written_out("guarded-release", 'name = "work", packages = package "work" { version_file = "VERSION" }, '
    .. 'identity = "R <r@example.org>", main = "trunk"',
    { files = { VERSION = "0.1.0\n" }, branch = "trunk", git = { { "config", "user.name", "R" }, { "config", "user.email", "r@example.org" } } })
  test.equal(own, used)
end)

test("a ready-made spec that there is not is told with its neighbours, and nothing is written", function ()
  place.with(function (here)
    repository(here, { files = { VERSION = "1.0.0\n" } })
    local result = init(here, "--from", "branch-flo")
    test.equal({ result.code, result.stderr }, { 9,
      "relrun: there is no ready-made spec 'branch-flo'; did you mean 'branch-flow'? (they are branch-flow, guarded-release)\n" })
    test.equal(file.stat(here:path "work/release.lua"), nil)
  end)
end)

-- What must not be touched. -----------------------------------------------------------------------------------------

test("a file that is there is never overwritten", function ()
  place.with(function (here)
    repository(here, { files = { ["release.lua"] = "-- mine\n" } })
    local result = init(here)
    test.equal(result.code, 1)
    test.contains(result.stderr, "release.lua is there already; remove it first, or name another file: relrun init FILE")
    test.equal(here:read "work/release.lua", "-- mine\n")
  end)
end)

test("a link that leads nowhere counts as there", function ()
  place.with(function (here)
    repository(here, { files = { a = "" } })
    here:must({ "ln", "-s", "../outside.lua", "release.lua" }, { cwd = "work" })
    test.equal(init(here).code, 1)
    test.equal(file.stat(here:path "outside.lua"), nil)
  end)
end)

test("another name may be given, and the comments speak of it", function ()
  place.with(function (here)
    repository(here, { files = { VERSION = "1.0.0\n", ["ops/x"] = "" } })
    test.equal(init(here, "ops/ship.lua").code, 0)
    test.contains(here:read "work/ops/ship.lua", "relrun plan ops/ship.lua")
    test.equal(file.stat(here:path "work/release.lua"), nil)
  end)
end)

test("outside of a repository, and in a bare one, there is nothing to write for", function ()
  place.with(function (here)
    here:must { "mkdir", "work" }
    local result = init(here)
    test.equal(result.code, 1)
    test.contains(result.stderr, "run relrun inside a git repository")
    here:must { "git", "init", "--quiet", "--bare", "bare" }
    result = here:run({ "relrun", "init" }, { cwd = "bare" })
    test.equal(result.code, 1)
    test.contains(result.stderr, "a bare repository has no place for a release.lua")
    test.equal(file.stat(here:path "bare/release.lua"), nil)
  end)
end)

test("init writes one file and nothing else: no ref, no setting, no index", function ()
  place.with(function (here)
    local run = repository(here, { files = { VERSION = "1.0.0\n" }, tags = { "v1.0.0" } })
    local before = run("for-each-ref") .. run("config", "--list", "--local")
    init(here)
    test.equal(run("for-each-ref") .. run("config", "--list", "--local"), before)
    test.equal(run("status", "--porcelain"), "?? release.lua\n")
  end)
end)

test("what init wrote plans the first release", function ()
  place.with(function (here)
    local run = repository(here, { files = { ["packages/a/package.json"] = '{ "version": "1.4.2" }\n', ["packages/b/package.json"] = '{ "version": "0.1.0" }\n' },
      tags = { "b-v0.1.0" } })
    test.equal(init(here).code, 0)
    run("add", "--all")
    run("commit", "--quiet", "--message=chore: how this is released")
    local told = here:must({ "relrun", "versions", "release.lua", "release", "--offline" }, { cwd = "work" })
    test.equal(told, "a\t-\t1\tminor\t1.4.2\nb\tb-v0.1.0\t0\tnone\t-\n")
  end)
end)

test("S1.87 the first steps that init tells lead to a plan, with a remote and without one", function ()
  place.with(function (here)
    local run = repository(here, { files = { VERSION = "1.0.0\n" } })
    local function follow(told)
      local command = told:match "run: relrun (plan [^\n]*)"
      local argv = { "relrun" }
      for word in command:gmatch "%S+" do argv[#argv + 1] = word end
      return here:run(argv, { cwd = "work" })
    end
    local told = init(here).stdout
    test.contains(told, "next: look it over, commit it, and run: relrun plan release.lua --offline\n")
    test.contains(here:read "work/release.lua", "-- This clone has no remote yet: git remote add origin URL. Until then --offline plans and tries.\n")
    run("add", "--all")
    run("commit", "--quiet", "--message=chore: how this is released")
    test.equal(follow(told).code, 0)

    here:must { "git", "init", "--quiet", "--bare", "--initial-branch=main", "remote.git" }
    run("remote", "add", "origin", here:path "remote.git")
    run("rm", "--quiet", "release.lua")
    told = init(here).stdout
    test.contains(told, "next: look it over, commit and push it, and run: relrun plan release.lua\n")
    test.contains(here:read "work/release.lua", "-- What is released is the remote's branch, so push first; --offline tries with this clone alone.\n")
    run("add", "--all")
    run("commit", "--quiet", "--message=chore: how this is released, now")
    run("push", "--quiet", "origin", "main")
    test.equal(follow(told).code, 0)
  end)
end)

-- The pure parts. ---------------------------------------------------------------------------------------------------

test("the style of a changelog is told by most of its headings", function ()
  test.equal(starter.changelog_style "## [1.0.0] - 2024-01-01\n## [Unreleased]\n", "keep_a_changelog")
  test.equal(starter.changelog_style "# [1.1.0](https://x/y) (2024-01-01)\n## 1.0.0 (2023-01-01)\r\n", "conventional")
  test.equal(starter.changelog_style "## [1.1.0](https://x/y) (2024-01-01)\n## [1.0.0] - 2023-01-01\n## [0.9.0] - 2023-01-01\n", "keep_a_changelog")
  test.equal(starter.changelog_style "", "keep_a_changelog")
end)

test("the tag format is the one that most tags have, and only tags of our packages count", function ()
  local scheme, list = versions.scheme "semver", { { name = "a" }, { name = "a-b" } }
  local format, example, tagged = starter.tag_format({ "a-b-1.0.0", "a-1.2.0", "a-1.10.0", "other-v1.0.0", "a-v1.0.0" }, list, scheme, true)
  test.equal({ format, example, tagged }, { "{package}-{version}", "a-1.10.0", { a = true, ["a-b"] = true } })
  test.equal({ starter.tag_format({}, list, scheme, true) }, { "{package}-v{version}", nil, {} })
end)
