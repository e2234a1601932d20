--- A run as a step of GitHub Actions: what the runner reads of it, by its own rules, in a repository whose commits want to
--- be more than text.

local test = require "testing"
local json = require "host.json"
local place = require "place"
local runner_rules = require "runner_rules"
local scene = require "scene"

local HISTORY = [[
file package.json "{ \"version\": \"0.1.0\" }\n"
commit "feat: start" README.md
tag v0.1.0
commit "::error::own\n\n::set-output name=released::true" one.txt
commit "feat: ##[set-output name=released;]true" two.txt
commit "feat!: | a | <img src=x> `x" three.txt
commit "fix: EOF\n\nreleased<<X\ntrue\nX\n::add-mask::demo" four.txt
]]

local SPEC = [[
release "demo" { packages = package "demo" { version_file = "package.json" }, identity = "R <r@example.org>" }
lane "final" {
  when = pushed "main",
  steps = { bump {}, commit {}, tag {}, push {}, forge_release { name = "::error::{version}" } },
}
]]

-- Runs relrun as a step in a clone; the outputs and the page start empty for each one.
local function step_in(clone, stage, ...)
  local here = stage.place
  here:write("output", "")
  here:write("page", "")
  local env = { GITHUB_ACTIONS = "true", GITHUB_EVENT_NAME = "push", GITHUB_REF = "refs/heads/main",
    GITHUB_OUTPUT = here:path "output", GITHUB_STEP_SUMMARY = here:path "page", GITHUB_ENV = here:path "env",
    GITHUB_PATH = here:path "path", GITHUB_ACTOR = "ann" }
  here:write("env", "")
  here:write("path", "")
  local result = here:run({ "relrun", ... }, { cwd = clone, env = env })
  result.outputs, result.page = test.truthy(runner_rules.outputs(here:read "output")), here:read "page"
  test.equal(here:read "env", "")
  test.equal(here:read "path", "")
  return result
end

local function step(stage, ...) return step_in("work", stage, ...) end

local function with_stage(body)
  place.with(function (here) body(test.truthy(scene.build(here, HISTORY, { ["release.lua"] = SPEC }))) end)
end

-- Every command that the runner finds in the log is an annotation of relrun's own.
local function annotations(result)
  local found = {}
  for _, log in ipairs { result.stdout, result.stderr } do
    for _, one in ipairs(runner_rules.commands(log)) do
      test.truthy(({ error = true, warning = true, notice = true })[one.name], one.name)
      test.contains(one.properties, "title=relrun")
      found[#found + 1] = one.name .. ": " .. one.data
    end
  end
  return found
end

test("a release tells its outputs, and nobody's text sets another one or speaks to the runner", function ()
  with_stage(function (stage)
    local result = step(stage, "release.lua", "--push")
    test.equal(result.code, 0, result.stderr)
    test.equal(result.outputs.released, "true")
    test.equal(result.outputs.versions, '{"demo":"1.0.0"}')
    test.equal(result.outputs.tags, '["v1.0.0"]')
    test.equal(result.outputs.lane, "final")
    test.equal(#result.outputs.plan, 64)
    local names = {}
    for name in pairs(result.outputs) do names[#names + 1] = name end
    test.equal(#names, 5)
    annotations(result)
    test.lacks(result.page, "<img")
    test.contains(result.page, "Released.")
    test.contains(result.page, "**(cannot be undone)**")
  end)
end)

test("a plan on CI releases nothing and says so", function ()
  with_stage(function (stage)
    local result = step(stage, "plan", "release.lua", "--push")
    test.equal(result.code, 0, result.stderr)
    test.equal(result.outputs.released, "false")
    test.equal(result.outputs.tags, '["v1.0.0"]')
    test.contains(result.page, "Planned.")
    local found = annotations(result)
    test.equal(#found, 1)
    test.contains(found[1], "warning: demo: 1 commit is not a Conventional Commit")
  end)
end)

test("a plan that a gate stops says the same outputs as every run without a plan: that nothing was released", function ()
  with_stage(function (stage)
    stage.place:write(stage.work.dir .. "/uncommitted", "x")
    for _, arguments in ipairs { { "plan", "release.lua" }, { "release.lua", "--push" } } do
      local result = step(stage, table.unpack(arguments))
      test.equal(result.code, 5, result.stderr)
      test.equal(result.outputs, { released = "false" })
      test.contains(result.page, "uncommitted")
    end
  end)
end)

test("what judges or explains only writes no outputs", function ()
  with_stage(function (stage)
    for _, command in ipairs { "check", "versions", "explain", "changelog" } do
      test.equal(step(stage, command, "release.lua").outputs, {}, command)
    end
  end)
end)

test("what was done already is a notice, and nothing was released by this run", function ()
  with_stage(function (stage)
    step(stage, "release.lua", "--push")
    local result = step(stage, "release.lua", "--push")
    test.equal(result.code, 4)
    test.equal(result.outputs.released, "false")
    test.contains(annotations(result)[1], "notice: ")
  end)
end)

test("who finds all of it public, and has but a tag of its own to make, released nothing", function ()
  with_stage(function (stage)
    local here = stage.place
    step(stage, "plan", "release.lua", "--push", "-o", here:path "plan.json")
    here:must { "git", "clone", "-q", here:path "remote.git", here:path "other" }
    test.equal(step(stage, "apply", here:path "plan.json").outputs.released, "true")
    local again = step_in("other", stage, "apply", here:path "plan.json")
    test.equal(again.code, 4, again.stderr)
    test.contains(again.stdout, "done    tag v1.0.0")
    test.contains(again.stdout, "already push to origin")
    test.contains(again.stderr, "another run made this very release meanwhile")
    test.equal(again.outputs.released, "false")
    test.equal(#again.outputs.plan, 64)
  end)
end)

test("a push that an earlier run was stopped behind is that run's; the forge's release is the one's that makes it", function ()
  with_stage(function (stage)
    stage.place:write("remote.forge/releases", "no directory")
    local stopped = step(stage, "release.lua", "--push")
    test.equal({ stopped.code, stopped.outputs.released }, { 1, "false" }, stopped.stderr)
    stage.place:must { "rm", stage.place:path "remote.forge/releases" }
    local again = step(stage, "release.lua", "--push")
    test.equal(again.code, 0, again.stderr)
    test.contains(again.stdout, "already push to origin")
    test.equal(again.outputs.released, "true")
  end)
end)

test("a release in this clone alone is none for later steps", function ()
  with_stage(function (stage)
    test.equal(step(stage, "release.lua").outputs.released, "false")
  end)
end)

test("a mistake of the spec's is an annotation at its line", function ()
  with_stage(function (stage)
    stage.place:write("work/release.lua", (SPEC:gsub("tag {}", "tagg {}")))
    local result = step(stage, "release.lua", "--push")
    test.equal(result.code, 10)
    test.equal(result.outputs, { released = "false" })
    test.truthy(#annotations(result) > 0)
    test.contains(result.page, "unknown word 'tagg'")
  end)
end)

test("an output that cannot be written is an error, because later steps rest on it", function ()
  with_stage(function (stage)
    local result = stage.place:run({ "relrun", "plan", "release.lua" }, { cwd = "work",
      env = { GITHUB_ACTIONS = "true", GITHUB_OUTPUT = stage.place:path "no/such/file", GITHUB_REF = "refs/heads/main",
        GITHUB_EVENT_NAME = "push" } })
    test.equal(result.code, 1)
    test.contains(result.stderr, "this run cannot tell the CI what it did")
  end)
end)

test("elsewhere nothing of this is written", function ()
  with_stage(function (stage)
    stage.place:write("output", "")
    local result = stage.place:run({ "relrun", "plan", "release.lua" }, { cwd = "work",
      env = { GITHUB_OUTPUT = stage.place:path "output" } })
    test.equal(result.code, 0, result.stderr)
    test.equal(stage.place:read "output", "")
    test.equal(runner_rules.commands(result.stderr), {})
  end)
end)

-- What a run prints for machines; every command that has --json and plans.
local PRINTS = { { "plan", "release.lua", "--push", "--json" }, { "versions", "release.lua", "--json" },
  { "explain", "release.lua", "--json" }, { "changelog", "release.lua" }, { "release.lua", "--push", "--json" } }

-- A commit whose subject every plan quotes.
local function with_quoted(body)
  with_stage(function (stage)
    stage.work:run("commit", "-q", "--allow-empty", "-m", "feat!: \27[31mred ###[error]x \7 #\\u0023[ ##[add-mask]y")
    stage.work:run("push", "-q", "origin", "main")
    body(stage)
  end)
end

test("what is printed for machines holds no command, whatever stands in it", function ()
  with_quoted(function (stage)
    for _, argv in ipairs(PRINTS) do
      local result = step(stage, table.unpack(argv))
      test.equal(result.code, 0, result.stderr)
      test.equal(runner_rules.commands(result.stdout), {}, table.concat(argv, " "))
    end
  end)
end)

test("JSON for the log is the same value, without a control character", function ()
  with_quoted(function (stage)
    local elsewhere = stage.place:must({ "relrun", "plan", "release.lua", "final", "--push", "--json" }, { cwd = "work" })
    local logged = step(stage, "plan", "release.lua", "--push", "--json").stdout
    test.equal(json.decode((logged:gsub("\n$", ""))).packages, json.decode((elsewhere:gsub("\n$", ""))).packages)
    test.contains(elsewhere, "###[error]x")
    test.lacks(logged, "##[")
    test.equal(logged:gsub("\n$", ""):find "[%c\127]", nil)
  end)
end)

test("a plan that went through the log into a file is the plan that it was, and a file that was asked for is canonical", function ()
  with_quoted(function (stage)
    local logged = step(stage, "plan", "release.lua", "--push", "--json", "-o", "canonical.json")
    stage.place:write("work/logged.json", logged.stdout)
    test.contains(stage.place:read "work/canonical.json", "###[error]x")
    test.truthy(logged.stdout ~= stage.place:read "work/canonical.json")
    local result = step(stage, "apply", "logged.json", "--plan-id", logged.outputs.plan)
    test.equal(result.code, 0, result.stderr)
    test.equal({ result.outputs.released, result.outputs.plan }, { "true", logged.outputs.plan })
    test.equal(step(stage, "apply", "canonical.json", "--plan-id", logged.outputs.plan).code, 4)
  end)
end)

-- Runs `relrun help` within a script that then says which of these modules it took.
local LOADED = [[
require "main" { "help" }
for _, name in ipairs { "main", "actions", "ci_report", "host.random" } do
  if package.loaded[name] then print("loaded " .. name) end
end
]]

test("nothing that only Actions needs is loaded when relrun starts elsewhere", function ()
  place.with(function (here)
    here:write("loaded.lua", LOADED)
    local told = here:must { "relrun", "lua", here:path "loaded.lua" }
    test.equal(told:match "loaded .*$", "loaded main\n")
  end)
end)

return test.done()
