-- The ready-made specs and the examples: what ships as a spec is valid, says what it seems to say, and runs on CI without
-- letting other people's text into a script.

local test = require "testing"
local spec = require "spec"
local specs = require "specs"
local spoken = require "spoken"
local stubs = require "stubs"

local read = require("bytes").read

local FLOW = read "specs/branch-flow.lua"
local GUARDED = read "specs/guarded-release.lua"
local READY_MADE = { ["branch-flow"] = FLOW, ["guarded-release"] = GUARDED }
local EXAMPLES = { "charts", "guarded", "monorepo", "monorepo-in-full", "single" }

local function model_of(text)
  local model, problems = spec.model(spoken.statements(text, READY_MADE), spoken.marks, text)
  return model or error(problems[1].text, 2)
end

-- A model without the places where its words stood.
local function meaning(value)
  if type(value) ~= "table" or getmetatable(value) then return value end
  local copy = {}
  for key, item in pairs(value) do
    if key ~= "line" and key ~= "inner" and key ~= "scheme" and key ~= "initial_version" then copy[key] = meaning(item) end
  end
  return copy
end

local function flow(options) return model_of(('use "branch-flow" { name = "demo", %s }'):format(options or "")) end

test("every example is a valid spec", function ()
  for _, name in ipairs(EXAMPLES) do test.truthy(model_of(read("examples/" .. name .. "/release.lua")), name) end
end)

test("what ships as a spec uses only words that the stubs have", function ()
  local declared = { string = true, table = true, math = true, ipairs = true, pairs = true, error = true, type = true }
  for name in stubs.text():gmatch "\n([%w_]+) = {}" do declared[name] = true end
  for name in stubs.text():gmatch "\nfunction ([%w_]+)" do declared[name] = true end
  local function check(path)
    local used = {}
    local function node() return setmetatable({}, { __call = node }) end
    local env = setmetatable({ ipairs = ipairs, pairs = pairs, type = type, options_of = function (_, rows)
      local options = {}
      for _, row in ipairs(rows) do options[row.name] = row.default == nil and "x" or row.default end
      return options
    end }, { __index = function (_, name)
      used[name] = true
      return node()
    end })
    assert(load(read(path), "@" .. path, "t", env))({})
    for name in pairs(used) do test.truthy(declared[name], ("%s uses %s"):format(path, name)) end
  end
  check "specs/branch-flow.lua"
  check "specs/guarded-release.lua"
  for _, name in ipairs(EXAMPLES) do check("examples/" .. name .. "/release.lua") end
end)

test("the monorepo example and the same written out are one model", function ()
  test.equal(meaning(model_of(read "examples/monorepo/release.lua")), meaning(model_of(read "examples/monorepo-in-full/release.lua")))
end)

test("the specs of the example cases are the examples", function ()
  for _, name in ipairs(EXAMPLES) do
    local case = read("tests/cases/example-" .. name .. ".case")
    test.equal(case:match "\n=== release%.lua\n(.-)\n*\n=== " .. "\n", read("examples/" .. name .. "/release.lua"), name)
  end
end)

test("examples/README.md lists every example with its case", function ()
  local listed = {}
  for name in read "examples/README.md":gmatch "\n| %[([%w-]+)%]%(%1/README%.md%) |[^|]+| %[example%-%1%]%(%.%./tests/cases/example%-%1%.case%) |" do
    listed[#listed + 1] = name
  end
  table.sort(listed)
  test.equal(listed, EXAMPLES)
end)

test("S1.42 S1.51 branch-flow makes candidates of test and finals of master", function ()
  local model = flow()
  test.equal({ model.lane.rc.base, model.lane.final.base }, { "test", "master" })
  test.equal({ model.lane.rc.when[1].word, model.lane.rc.when[1].branch }, { "pushed", "test" })
  test.equal({ model.lane.final.when[1].word, model.lane.final.when[1].branch }, { "pushed", "master" })
  test.equal(model.lane.rc.step.bump.prerelease, "rc")
  test.equal(model.lane.final.step.bump.prerelease, nil)
end)

test("S1.44 S1.52 branch-flow resets release-test and release to their bases", function ()
  local model = flow()
  test.equal({ model.lane.rc.step.branch.name, model.lane.rc.step.branch.reset_to }, { "release-test", "test" })
  test.equal({ model.lane.final.step.branch.name, model.lane.final.step.branch.reset_to }, { "release", "master" })
end)

test("S1.40 S1.123 no lane of branch-flow commits to its base branch", function ()
  for _, lane in ipairs(flow().lanes) do test.truthy(lane.step.branch.name ~= lane.base, lane.name) end
end)

test("S1.45 S1.46 S1.47 S1.48 branch-flow bumps, writes changelogs, commits, tags and pushes, in this order", function ()
  for _, lane in ipairs(flow().lanes) do
    local steps = {}
    for i, step in ipairs(lane.steps) do steps[i] = step.word end
    test.equal(steps, { "branch", "bump", "changelog", "commit", "tag", "push" }, lane.name)
    test.equal({ lane.step.push.atomic, lane.step.push.tags_start_workflows }, { true, true })
    test.equal(lane.step.commit.per, "package")
  end
end)

test("S1.59 the tags of branch-flow name one package and one version", function ()
  test.equal(flow().release.tag, "{package}-v{version}")
end)

test("S1.67 branch-flow does nothing for what GitHub's bot pushed", function ()
  for _, lane in ipairs(flow().lanes) do
    local gate = lane.gates[#lane.gates]
    test.equal({ gate.word, gate.names }, { "not_actor", { "github-actions[bot]" } }, lane.name)
  end
  local gates = flow('bots = { "me[bot]", "you[bot]" }').lane.rc.gates
  test.equal(gates[#gates].names, { "me[bot]", "you[bot]" })
end)

test("S1.68 the release commits of branch-flow are release(<pkg>): <version>", function ()
  test.equal(flow().release.message, "release({package}): {version}")
end)

test("S1.70 S1.71 with a workflow named, branch-flow starts from its end on the branch", function ()
  local model = flow 'workflow = "CI"'
  for _, lane in ipairs(model.lanes) do
    test.equal({ lane.when[1].word, lane.when[1].workflow, lane.when[1].branch }, { "completed", "CI", lane.base })
  end
end)

test("S1.99 S1.100 a branch for every run can exist beside all other branches", function ()
  local model = flow "per_run = true"
  test.equal(model.lane.rc.step.branch.name, "releases/rc-{date}-{sha}")
  test.equal(model.lane.final.step.branch.name, "releases/final-{date}-{sha}")
  for _, other in ipairs { "release", "release-test", "test", "master" } do
    test.truthy(("releases/rc-1"):sub(1, #other + 1) ~= other .. "/", other)
  end
end)

test("S1.80 the changelog of branch-flow has a section for every type of commit, in the order of the document", function ()
  local style = flow().release.changelog
  local titles = {}
  for i, section in ipairs(style.options.sections) do titles[i] = section.title end
  test.equal(titles, { "Added", "Fixed", "Performance", "Changed", "Documentation", "Tests", "CI", "Build", "Chore" })
  test.equal({ style.word, style.options.hidden, style.options.other }, { "keep_a_changelog", {}, "Other" })
end)

test("every option of branch-flow changes what it says", function ()
  local model = flow [[
    packages = package "core" { path = "core" }, version = semver {}, tag = "{package}@{version}", changelog = conventional {},
    test = "next", master = "main", release_test = "rel-next", release = "rel", remote = "upstream",
    repository = "https://example.org/x", identity = "Bot <bot@example.org>", forge = local_forge "/srv/x" ]]
  local release = model.release
  test.equal({ release.name, release.packages[1].name, release.version.word, release.tag, release.changelog.word },
    { "demo", "core", "semver", "{package}@{version}", "conventional" })
  test.equal({ release.remote, release.repository, release.identity, release.forge.path },
    { "upstream", "https://example.org/x", "Bot <bot@example.org>", "/srv/x" })
  test.equal({ model.lane.rc.base, model.lane.final.base }, { "next", "main" })
  test.equal({ model.lane.rc.step.branch.name, model.lane.final.step.branch.name }, { "rel-next", "rel" })
end)

test("branch-flow asks nothing of a forge unless it is told to", function ()
  local model = flow()
  for _, lane in ipairs(model.lanes) do
    local words = {}
    for i, gate in ipairs(lane.gates) do words[i] = gate.word end
    test.equal(words, { "clean_tree", "synced", "not_released", "not_actor" }, lane.name)
    test.equal(lane.step.push.workflow, nil)
  end
  test.equal({ #model.source_guards, model.release.forge }, { 0, nil })
end)

test("S1.36 with checks named, both lanes of branch-flow wait for them, after what costs no question", function ()
  for _, lane in ipairs(flow('checks = "tests", gates = required_check { "tests", trust = true }').lanes) do
    local last, before = lane.gates[#lane.gates], lane.gates[#lane.gates - 1]
    test.equal({ before.word, before.names, last.word, last.name, last.trust }, { "checks", { "tests" }, "required_check", "tests", true })
  end
  local gates = flow('checks = { "tests", "lint" }, gates = { no_open_issues "blocker", schedule { hours = "09-17" } }').lane.rc.gates
  test.equal({ gates[5].names, gates[6].word, gates[7].word, #gates }, { { "tests", "lint" }, "no_open_issues", "schedule", 7 })
end)

test("S1.49 S1.50 S1.54 with a workflow to publish named, the tags of both lanes have to start it", function ()
  for _, lane in ipairs(flow('publish = "publish.yml"').lanes) do
    test.equal({ lane.step.push.workflow, lane.step.push.tags_start_workflows }, { "publish.yml", true })
  end
end)

test("S1.84 S1.94 releases of branch-flow stand behind the push and stop nothing, unless the spec says so", function ()
  for _, lane in ipairs(flow("releases = true").lanes) do
    local last = lane.steps[#lane.steps]
    test.equal({ last.word, last.optional, last.per, last.assets }, { "forge_release", true, "package", nil })
  end
  local step = flow('releases = { optional = false, assets = { "dist/{package}-*" } }').lane.final.step.forge_release
  test.equal({ step.optional, step.assets }, { false, { "dist/{package}-*" } })
  test.equal(flow("releases = false").lane.final.step.forge_release, nil)
end)

test("S1.3 S1.20 the guard of branch-flow lets only test into master", function ()
  local guards = flow("guard = true").source_guards
  test.equal({ #guards, guards[1].branch, guards[1].from, guards[1].context }, { 1, "master", { "test" }, "source" })
  guards = flow('guard = "only test", test = "next", master = "main"').source_guards
  test.equal({ guards[1].branch, guards[1].from, guards[1].context }, { "main", { "next" }, "only test" })
end)

test("a ready-made spec tells its options and its opening comment without being used", function ()
  local told = specs.read(FLOW, "branch-flow")
  test.contains(told.doc[1], "Releases of a monorepo")
  local names = {}
  for i, row in ipairs(told.options) do
    names[i] = row.name
    test.truthy(#row.doc > 3, row.name)
  end
  test.equal(table.concat(names, " "), "name packages version tag changelog test master release_test release per_run bots workflow"
    .. " checks gates publish releases guard identity remote forge repository")
end)

-- guarded-release. -------------------------------------------------------------------------------------------------

local function guarded(options)
  return model_of(('use "guarded-release" { name = "demo", identity = "R <r@example.org>", %s }'):format(options or ""))
end

test("S0.5 S0.7 S0.8 a lane of guarded-release is prepared by hand, published by an approval and merged afterwards", function ()
  local lane = guarded().lane.release
  test.equal({ lane.when[1].word, lane.when[2].word, lane.base, lane.merge }, { "dispatched", "approved", "main", "after" })
  test.equal({ lane.step.pull_request.lock, lane.step.pull_request.method, lane.step.branch.name, lane.step.commit.per },
    { "release", "merge", "releases/{version}", "edit" })
end)

test("S0.3 the steps of guarded-release stand in one order: the public release last, and what it needs before it", function ()
  local function steps_of(options)
    local steps = {}
    for i, step in ipairs(guarded(options).lane.release.steps) do steps[i] = step.word end
    return table.concat(steps, " ")
  end
  test.equal(steps_of(), "branch bump commit pull_request tag push forge_release reachable")
  test.equal(steps_of 'changelog = conventional {}, build = "image.yml"',
    "branch bump changelog commit pull_request tag push dispatch forge_release reachable")
end)

test("S0.13 S0.30 guarded-release asks that the lock is required, for reviews of the head, and for the checks that are named", function ()
  local lane = guarded('checks = { "build", "e2e" }, reviews = 2, teams = "org/stewards"').lane.release
  test.equal({ lane.approval[2].word, lane.approval[2].names }, { "checks", { "build", "e2e" } })
  test.equal({ lane.approval[1].word, lane.approval[1].count, lane.approval[1].teams }, { "reviews", 2, { "org/stewards" } })
  local words = {}
  for _, gate in ipairs(lane.gates) do words[gate.word] = gate.name or true end
  test.equal(words.required_check, "release")
  test.equal({ lane.gates[#lane.gates].word, lane.gates[#lane.gates].trust }, { "required_check", false })
  local trusting = guarded('trust = true').lane.release.gates
  test.equal({ trusting[#trusting].word, trusting[#trusting].trust }, { "required_check", true })
  test.equal(#guarded().lane.release.approval, 1)
end)

test("candidates of guarded-release have a lane and branches of their own", function ()
  test.equal(#guarded().lanes, 1)
  local lane = guarded('candidates = "rc"').lane.candidate
  test.equal({ lane.step.bump.prerelease, lane.step.branch.name }, { "rc", "candidates/{version}" })
end)

test("every other option of guarded-release changes what it says", function ()
  local model = guarded [[ packages = package "core" { path = "core" }, version = calver {}, tag = "{package}@{version}", message = "Out: {version}",
    main = "trunk", title = "T {version}", labels = "l", assets = "dist/*", images = "i", urls = "https://example.org/{version}",
    remote = "upstream", forge = local_forge "/srv/x", repository = "https://example.org/x" ]]
  local release, step = model.release, model.lane.release.step
  test.equal({ release.packages[1].name, release.version.word, release.tag, release.message, release.remote, release.forge.path, release.repository },
    { "core", "calver", "{package}@{version}", "Out: {version}", "upstream", "/srv/x", "https://example.org/x" })
  test.equal({ model.lane.release.base, step.pull_request.title, step.pull_request.labels, step.forge_release.assets, step.forge_release.notes,
    step.reachable.images, step.reachable.urls },
    { "trunk", "T {version}", { "l" }, { "dist/*" }, "pull_request", { "i" }, { "https://example.org/{version}" } })
end)

test("a ready-made spec that reads no options is our mistake, and told", function ()
  test.raises(function () specs.read("local options = ...", "x") end, "specs/x.lua tells no options")
end)

-- The GitHub workflow. --------------------------------------------------------------------------------------------

local WORKFLOW = read "specs/branch-flow.github.yml"
local GUARD_WORKFLOW = read "specs/branch-flow.guard.github.yml"

-- The scripts of a workflow: the lines below `run: |` that are indented deeper, and one-line scripts.
local function scripts_of(yaml)
  local scripts, indent = {}, nil
  for line in (yaml .. "\n"):gmatch "(.-)\n" do
    local depth = #line:match "^ *"
    if indent and depth <= indent and line:find "%S" then indent = nil end
    if indent then scripts[#scripts] = scripts[#scripts] .. line .. "\n" end
    local lead, script = line:match "^([ %-]*)run: *(.*)$"
    if lead then
      scripts[#scripts + 1] = script:find "^[|>]" and "" or script
      indent = #lead
    end
  end
  return scripts
end

test("no expression stands in a script of the workflow, so nobody's text is run", function ()
  for _, workflow in ipairs { WORKFLOW, GUARD_WORKFLOW } do
    local scripts = scripts_of(workflow)
    test.equal(#scripts, 3)
    for _, script in ipairs(scripts) do
      test.truthy(#script > 20)
      test.lacks(script, "${{")
    end
  end
end)

test("S1.20 the guard's workflow judges every head and every merge queue of master, and may do nothing but say so", function ()
  test.contains(GUARD_WORKFLOW, "types: [opened, reopened, synchronize, edited]\n    branches: [master]\n")
  test.contains(GUARD_WORKFLOW, "  push:\n    branches: [master]\n  merge_group:\n    branches: [master]\n")
  test.contains(GUARD_WORKFLOW, "in push) all=--all ;;")
  test.contains(GUARD_WORKFLOW, "permissions: {}\n")
  test.contains(GUARD_WORKFLOW, "permissions:\n      contents: read\n      checks: read\n      pull-requests: read\n      statuses: write\n    steps:")
  test.contains(GUARD_WORKFLOW, "persist-credentials: false")
  test.lacks(GUARD_WORKFLOW, "secrets.")
  test.lacks(GUARD_WORKFLOW, "head.sha")
end)

test("P18 the token of the forge is in one step's environment of the workflow, and in no other's", function ()
  for _, workflow in ipairs { WORKFLOW, GUARD_WORKFLOW } do
    test.equal(select(2, workflow:gsub("GITHUB_TOKEN:", "")), 1)
    test.truthy(workflow:find("env:\n          GITHUB_TOKEN: [^\n]+\n        run: |\n          code=0\n"))
  end
end)

test("S3.80 the actions of the workflow are pinned to commits", function ()
  local count = 0
  for action in (WORKFLOW .. GUARD_WORKFLOW):gmatch "%- uses: *(%S+)" do
    count = count + 1
    test.truthy(action:find("^[%w/_-]+@" .. ("%x"):rep(40) .. "$"), action)
  end
  test.equal(count, 2)
end)

test("S1.97 S1.98 runs of one branch queue and are not cancelled", function ()
  test.contains(WORKFLOW, "group: release-${{ github.ref }}\n  cancel-in-progress: false\n")
end)

test("S1.67 the workflow has the actor guard of the document", function ()
  test.contains(WORKFLOW, "if: github.actor != 'github-actions[bot]'")
end)

test("the workflow starts for the branches of the spec, with nothing but reading for its own token", function ()
  test.contains(WORKFLOW, "branches: [test, master]")
  test.contains(WORKFLOW, "permissions:\n  contents: read\n")
end)

test("P26 in the workflow exit 4 is fine and no other code is", function ()
  local script = scripts_of(WORKFLOW)[3]
  test.contains(script, '[ "$code" -eq 4 ] || exit "$code"')
  local in_relrun, proc = pcall(require, "host.proc")
  if not in_relrun then test.skip "needs relrun" end
  for _, code in ipairs { 0, 1, 3, 4, 5, 10 } do
    local body = script:gsub('"%$RUNNER_TEMP/relrun"', ("sh -c 'exit %d'"):format(code))
    local result = assert(proc.run { argv = { "sh", "-e", "-c", body } })
    test.equal(result.code, code == 4 and 0 or code, "relrun exits " .. code)
  end
end)
