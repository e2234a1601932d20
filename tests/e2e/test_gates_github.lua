--- Gates over the GitHub backend and the test forge, as a workflow's job sees them: a review's event starts the release, the
-- environment was approved for this very run, checks stand on both surfaces, protection is an admin's to see.

local test = require "testing"
local forge_server = require "forge_server"
local json = require "host.json"
local place = require "place"
local scene = require "scene"

local SPEC = [[
release "widget" { packages = package "widget" { files = { plain "VERSION" } }, tag = "v{version}" }
lane "final" { base = "main", when = { manual, approved },
  gates = { %s },
  approval = { reviews { roles = { "admin" } }, checks { "build" }, environment "production", actor { roles = { "write" } } },
  steps = { branch "releases/{version}", bump {}, commit {}, pull_request {}, tag {}, push {} } }
]]

local HISTORY = [[
file release.lua <<END
%sEND
file VERSION "1.0.0\n"
commit "feat: first"
tag v1.0.0
commit "feat: second" b.txt as second
]]

-- Calls body(world): a repository on the test forge, protected, with a release that was prepared.
local function on(gates, body)
  place.with(function (here)
    local stage = test.truthy(scene.build(here, HISTORY:format(SPEC:format(gates))))
    forge_server.with(here, function (hub)
      local world = { hub = hub, stage = stage }
      function world.admin(door, fields)
        fields.repo = hub.repository
        return hub.admin("POST", door, fields)
      end
      stage.work:run("remote", "set-url", "origin", hub.git_url())
      world.admin("protection", { branch = "main", enforce_admins = true,
        required_status_checks = { strict = false, contexts = { "release" } } })
      -- relrun with this job's token and event; answers the exit code and what was told.
      function world.relrun(command, job)
        local env = hub.environment(job.token)
        env.GITHUB_ACTIONS, env.GITHUB_ACTOR, env.GITHUB_RUN_ID = "true", "writer", job.run and tostring(job.run)
        env.GITHUB_EVENT_NAME = job.event and "pull_request_review" or "workflow_dispatch"
        if job.event then
          here:write("event.json", json.encode(job.event))
          env.GITHUB_EVENT_PATH = here:path "event.json"
        end
        local result = here:run({ "relrun", command, "release.lua" }, { cwd = "work", env = env })
        return result.code, result.stderr .. result.stdout
      end
      body(world)
    end, { git_dir = "remote.git" })
  end)
end

local function approval_of(world, oid)
  local repository = { full_name = world.hub.repository }
  return { action = "submitted", repository = repository, review = { state = "approved", user = { login = "admin" }, commit_id = oid },
    pull_request = { number = 1, head = { ref = "releases/1.1.0", sha = world.head, repo = repository }, base = { ref = "main" } } }
end

-- The refusal, with its code.
local function refuses(world, command, job, code, part)
  local got, told = world.relrun(command, job)
  test.contains(told, part)
  test.equal(got, code, told)
end

test("S3.141 what a job's token may not see of protection denies, and the right that lacks is named", function ()
  on("", function (world)
    refuses(world, "prepare", { token = "ci" }, 5, "give it the right 'Administration: read'")
    local code, told = world.relrun("prepare", { token = "admin" })
    test.equal(code, 0, told)
  end)
end)

test("S0.13 a lock that administrators may go past denies", function ()
  on("", function (world)
    world.admin("protection", { branch = "main", enforce_admins = false,
      required_status_checks = { strict = false, contexts = { "release" } } })
    refuses(world, "prepare", { token = "admin" }, 5, "administrators may go past it")
  end)
end)

test("S0.30 S3.9 a job that a review started publishes what was approved, checked, and let through for its environment", function ()
  on('required_check { "release", trust = true }', function (world)
    local hub = world.hub
    local code, told = world.relrun("prepare", { token = "ci" })
    test.equal(code, 0, told)
    world.head = world.stage.remote:run("rev-parse", "releases/1.1.0")
    world.admin("environments", { name = "production", reviewers = { "admin" } })
    world.admin("workflows", { path = ".github/workflows/publish.yml", environment = "production", dispatch = {} })
    local run = hub.ask("POST", "/repos/acme/widget/actions/workflows/publish.yml/dispatches",
      { token = "writer", body = { ref = "main", return_run_details = true } }).json.workflow_run_id
    local job = { token = "ci", run = run, event = approval_of(world, world.head) }
    refuses(world, "publish", job, 6, "gate reviews: 0 of 1 approval")
    world.admin("reviews", { pull = 1, user = "writer", state = "APPROVED" })
    refuses(world, "publish", job, 6, "gate reviews: 0 of 1 approval")
    world.admin("reviews", { pull = 1, user = "admin", state = "APPROVED" })
    refuses(world, "publish", job, 6, "gate checks: nobody reported check 'build'")
    world.admin("checks", { sha = world.head, name = "build", conclusion = "skipped" })
    refuses(world, "publish", job, 5, "was skipped")
    world.admin("checks", { sha = world.head, name = "build", conclusion = "success" })
    hub.ask("POST", "/repos/acme/widget/statuses/" .. world.head, { token = "writer", body = { state = "failure", context = "build" } })
    refuses(world, "publish", job, 5, "check 'build' of " .. world.head:sub(1, 12) .. " ended with failure")
    hub.ask("POST", "/repos/acme/widget/statuses/" .. world.head, { token = "writer", body = { state = "success", context = "build" } })
    refuses(world, "publish", job, 6, ("gate environment: run %d waits to be approved for production"):format(run))
    world.admin("approvals", { run = run, user = "admin", state = "approved", comment = "go" })
    job.event = approval_of(world, world.stage.labels.second)
    refuses(world, "publish", job, 5, "gate approved: admin approved " .. world.stage.labels.second:sub(1, 12))
    job.event = approval_of(world, world.head)
    code, told = world.relrun("publish", job)
    test.equal(code, 0, told)
    test.equal(world.stage.remote:run("rev-parse", "v1.1.0^{commit}"), world.head)
    test.equal(hub.ask("GET", "/repos/acme/widget/pulls/1", { token = "writer" }).json.merged, true)
  end)
end)
