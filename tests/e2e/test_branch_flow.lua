--- branch-flow with its options that ask a forge: on the local forge, where people play their part, and on GitHub's API,
-- spoken by the test forge.

local test = require "testing"
local forge_server = require "forge_server"
local local_stage = require "local_stage"
local place = require "place"
local scene = require "scene"

local HISTORY = [[
file packages/core/pyproject.toml "[project]\nname = \"core\"\nversion = \"0.1.0\"\n"
file packages/engine/pyproject.toml "[project]\nname = \"engine\"\nversion = \"0.1.0\"\n"
branch test
commit "chore: start"
tag core-v0.1.0
tag engine-v0.1.0
branch master from test
branch hotfix from master
commit "fix(core): at once" packages/core/fix.py
switch test
commit "feat(core): plans" packages/core/plan.py
commit "fix(engine): wait" packages/engine/wait.py
branch feature from test
commit "feat(core): more plans" packages/core/more.py
clone test
]]

local function spec(options)
  return ([[
use "branch-flow" {
  name = "aetherflow", identity = "R <r@example.org>", packages = each "packages/*" { version_file = "pyproject.toml" }, %s
}
]]):format(options)
end

-- The local forge. ---------------------------------------------------------------------------------------------------

local Flow = {}
Flow.__index = Flow

function Flow:run(line)
  local words = {}
  for word in line:gmatch "%S+" do words[#words + 1] = word end
  return self.place:run(words, { cwd = "work" })
end

function Flow:must(line)
  local result = self:run(line)
  test.equal(result.code, 0, line .. "\n" .. result.stderr)
  return result.stdout
end

function Flow:refused(line, code, part)
  local result = self:run(line)
  test.equal(result.code, code, line .. "\n" .. result.stdout .. result.stderr)
  test.contains(result.stderr, part)
end

function Flow:forge()
  return assert(require "forge.local".new({ kind = "local", path = self.place:path "remote.forge" }, local_stage.parts "ann"))
end

function Flow:open(head, base)
  return assert(self:forge():create_pull { title = head, body = "", head = head, base = base }).number
end

-- "success" or "failure" of the status `source` at a pull request's head, and why.
function Flow:source_of(number)
  local forge = self:forge()
  local said = assert(forge:checks(assert(forge:pull(number)).head.oid, { "source" }))[1]
  return said and said.state, said and said.description
end

local function on_a_local_forge(options, body)
  place.with(function (here)
    local stage = test.truthy(scene.build(here, HISTORY, { ["release.lua"] = spec(options) }))
    local flow = setmetatable({ place = here, remote = stage.remote }, Flow)
    for _, branch in ipairs { "test", "master" } do
      flow:must("relrun forge require tests --branch " .. branch)
    end
    body(flow)
  end)
end

test("S1.2 S1.11 S1.35 any branch may go into test, when its CI is green and not before", function ()
  on_a_local_forge("guard = true", function (flow)
    local number = flow:open("feature", "test")
    flow:refused("relrun guard release.lua --pull-request " .. number, 4, "no source_guard is for test")
    flow:refused("relrun forge merge 1", 5, "required check 'tests' is expected")
    flow:must "relrun forge status tests failure --at 1"
    flow:refused("relrun forge merge 1", 5, "required check 'tests' is failure")
    flow:must "relrun forge status tests success --at 1"
    flow:must "relrun forge merge 1"
  end)
end)

test("S1.3 S1.16 S1.20 only test comes into master, and only when its CI is green", function ()
  on_a_local_forge("guard = true", function (flow)
    flow:must "relrun forge require source --branch master"
    local wrong, right = flow:open("hotfix", "master"), flow:open("test", "master")
    for number = wrong, right do flow:must("relrun forge status tests success --at " .. number) end
    flow:refused("relrun forge merge " .. right, 5, "required check 'source' is expected")
    flow:must "relrun guard release.lua --all"
    test.equal({ flow:source_of(wrong) }, { "failure", "only test may be merged into master" })
    test.equal({ flow:source_of(right) }, { "success", "test may be merged into master" })
    flow:refused("relrun forge merge " .. wrong, 5, "required check 'source' is failure")
    flow:must("relrun forge merge " .. right)
    flow:refused("relrun guard release.lua --pull-request " .. wrong, 4, "said already")
  end)
end)

test("S1.12 S1.17 S1.18 master can ask for approvals, and one of an earlier head counts no more", function ()
  on_a_local_forge("guard = true", function (flow)
    flow:must "relrun forge set approvals 1 --branch master"
    flow:must "relrun forge set dismiss_stale true --branch master"
    flow:open("test", "master")
    flow:must "relrun forge status tests success --at 1"
    flow:refused("relrun forge merge 1", 5, "0 of 1 approving review")
    flow:must "relrun forge approve 1 --as bob"
    flow.remote:run("update-ref", "refs/heads/test", "refs/heads/feature")
    flow:must "relrun forge status tests success --at 1"
    flow:refused("relrun forge merge 1", 5, "0 of 1 approving review")
    flow:must "relrun forge approve 1 --as bob"
    flow:must "relrun forge merge 1"
  end)
end)

test("S1.34 S1.106 a lane that rests on protection is refused where the forge does not require CI, or not of administrators", function ()
  on_a_local_forge('checks = "tests", gates = required_check "tests"', function (flow)
    flow:must "relrun forge status tests success --at test"
    flow:must "relrun forge set enforced_for_admins false --branch test"
    flow:refused("relrun release.lua rc --push", 5, "administrators may go past it")
    flow:must "relrun forge set enforced_for_admins true --branch test"
    test.contains(flow:must "relrun release.lua rc --push", "checks ok, required_check ok")
  end)
  on_a_local_forge('gates = required_check "lint"', function (flow)
    flow:refused("relrun release.lua rc --push", 5, "branch test does not require the check 'lint'")
    test.equal(flow.remote:try("rev-parse", "-q", "--verify", "refs/heads/release-test").code, 1)
  end)
end)

test("S1.94 without a forge that is known, the release goes on and says what was left out", function ()
  place.with(function (here)
    test.truthy(scene.build(here, HISTORY, { ["release.lua"] = spec "releases = true" }))
    local flow = setmetatable({ place = here }, Flow)
    -- A server of somebody's own: git finds it, and nobody knows its API.
    local url = "https://git.example.org/aetherflow.git"
    flow:must(("git config url.%s.insteadOf %s"):format(here:path "remote.git", url))
    flow:must("git remote set-url origin " .. url)
    local result = flow:run "relrun release.lua rc --push"
    test.equal(result.code, 0, result.stderr)
    test.contains(result.stderr, "warning: operation 8 (release_draft) will be left out: git.example.org is no forge that relrun knows")
    test.contains(result.stdout, "done    push to origin, all or nothing")
    test.contains(result.stdout, "left out make release core-v0.2.0rc1 public")
  end)
end)

-- GitHub. ------------------------------------------------------------------------------------------------------------

local R = "/repos/acme/widget"

local function on_github(options, body)
  place.with(function (here)
    local stage = test.truthy(scene.build(here, HISTORY, { ["release.lua"] = spec(options) }))
    forge_server.with(here, function (hub)
      stage.work:run("remote", "set-url", "origin", hub.git_url())
      local env = hub.environment "writer"
      env.GITHUB_ACTIONS, env.GITHUB_EVENT_NAME, env.GITHUB_ACTOR = "true", "workflow_dispatch", "writer"
      body(hub, function (lane)
        return here:run({ "relrun", "release.lua", lane, "--push" }, { cwd = "work", env = env })
      end, stage)
    end, { git_dir = "remote.git" })
  end)
end

local function releases(hub)
  local names = {}
  for i, release in ipairs(hub.ask("GET", R .. "/releases", { token = "admin" }).json) do
    names[i] = ("%s%s"):format(release.tag_name, release.draft and " draft" or release.prerelease and " pre-release" or "")
  end
  table.sort(names)
  return names
end

test("S1.36 on GitHub nothing is released before the check run of the very commit is green", function ()
  on_github('checks = "tests"', function (hub, run, stage)
    local function report(sha, conclusion)
      hub.admin("POST", "checks", { repo = hub.repository, sha = sha, name = "tests", conclusion = conclusion })
    end
    local tip = stage.work:run("rev-parse", "HEAD")
    report(stage.work:run("rev-parse", "HEAD~1"), "success")
    local result = run "rc"
    test.equal(result.code, 6, result.stderr)
    test.contains(result.stderr, "nobody reported check 'tests' for " .. tip:sub(1, 12))
    report(tip, "failure")
    test.equal(run("rc").code, 5)
    report(tip, "success")
    result = run "rc"
    test.equal(result.code, 0, result.stderr)
  end)
end)

test("S1.84 S1.94 on GitHub a release is made for every tag, and one that the token may not make is a warning", function ()
  on_github("releases = true", function (hub, run)
    hub.fault { fault = "permission", method = "POST", path = "/releases$", times = 9 }
    local result = run "rc"
    test.equal(result.code, 0, result.stderr)
    test.contains(result.stderr, "warning: ")
    test.contains(result.stdout, "left out make release engine-v0.1.1rc1 public")
    test.equal(releases(hub), {})
    test.equal(hub.ask("GET", R .. "/git/ref/tags%2Fcore-v0.2.0rc1", { token = "admin" }).status, 200)
    hub.admin("DELETE", "faults")
    result = run "rc"
    test.equal(result.code, 0, result.stderr)
    test.equal(releases(hub), { "core-v0.2.0rc1 pre-release", "engine-v0.1.1rc1 pre-release" })
    test.equal(run("rc").code, 4)
  end)
end)

test("S1.50 S1.54 on GitHub every tag, of a candidate and of a final, starts its own publishing run, at that tag", function ()
  on_github('publish = "publish.yml"', function (hub, run, stage)
    hub.admin("POST", "workflows", { repo = hub.repository, path = ".github/workflows/publish.yml", dispatch = {},
      push = { tags = { "*-v*" } } })
    local function started()
      local names = {}
      for i, one in ipairs(hub.ask("GET", R .. "/actions/runs", { token = "admin" }).json.workflow_runs) do
        names[i] = one.event .. " " .. one.head_branch
      end
      table.sort(names)
      return names
    end
    local result = run "rc"
    test.equal(result.code, 0, result.stderr)
    test.equal(started(), { "push core-v0.2.0rc1", "push engine-v0.1.1rc1" })
    stage.work:run("push", "-q", hub.place:path "remote.git", "test:master")
    stage.work:run("switch", "-q", "-C", "master", "test")
    result = run "final"
    test.equal(result.code, 0, result.stderr)
    test.equal(started(), { "push core-v0.2.0", "push core-v0.2.0rc1", "push engine-v0.1.1", "push engine-v0.1.1rc1" })
  end)
end)

return test.done()
