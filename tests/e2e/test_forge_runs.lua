--- The test forge's workflow runs, environments, issues, teams, and what apps may not do.

local test = require "testing"
local forge_server = require "forge_server"

local HISTORY = [[
branch main
commit "feat: first" a.txt as first
branch feature
commit "fix: second" b.txt as second
commit "fix: third" c.txt as third
branch clash from main
commit "fix: other" b.txt as clash
]]

local R = "/repos/acme/widget"

-- Calls body(hub, stage, ask, admin); see forge_server.on.
local function on(body, options) return forge_server.on(HISTORY, body, options) end

local function open(ask, fields)
  local body = { title = "Release 1.0.0", head = "feature", base = "main" }
  for key, value in pairs(fields or {}) do body[key] = value end
  return ask("POST", R .. "/pulls", { body = body })
end

local function push(hub, stage, refspec, token)
  local words = { "git", "push", "--porcelain", hub.git_url() }
  return stage.place:run(table.move(refspec, 1, #refspec, #words + 1, words),
    { cwd = "work", env = hub.environment(token or "writer") })
end

test("forge: a dispatch answers with its run at 2026-03-10 or on request, else with nothing", function ()
  on(function (_, stage, ask, admin)
    admin("workflows", { path = ".github/workflows/publish.yml", name = "Publish", dispatch = { "nonce" },
      run_name = "publish ${{ inputs.nonce }}" })
    local function start(body, version)
      body.ref = body.ref or "main"
      return ask("POST", R .. "/actions/workflows/publish.yml/dispatches",
        { body = body, headers = { ["X-GitHub-Api-Version"] = version } })
    end
    test.equal(start({}).status, 204)
    local id = start({ return_run_details = true }).json.workflow_run_id
    local run = ask("GET", R .. "/actions/runs/" .. id).json
    test.equal({ run.head_sha, run.status, run.event }, { stage.labels.first, "queued", "workflow_dispatch" })
    local named = start({ inputs = { nonce = "abc" } }, "2026-03-10").json.workflow_run_id
    test.equal(ask("GET", R .. "/actions/runs/" .. named).json.display_title, "publish abc")
    test.equal(start({ inputs = { other = "1" } }).status, 422)
    test.equal(start({ ref = "nowhere" }).status, 422)
    test.equal(ask("GET", R .. "/actions/runs").json.total_count, 3)
  end)
end)

test("forge: runs are listed by when they were made, in the ranges that GitHub knows", function ()
  on(function (_, _, ask, admin)
    admin("workflows", { path = ".github/workflows/publish.yml", dispatch = {} })
    ask("POST", R .. "/actions/workflows/publish.yml/dispatches", { body = { ref = "main" } })
    local made = ask("GET", R .. "/actions/runs").json.workflow_runs[1].created_at
    for range, count in pairs { [made] = 1, [">=" .. made] = 1, [">" .. made] = 0, ["<=" .. made] = 1, ["<" .. made] = 0,
      ["2001-01-01..2002-01-01"] = 0, ["2001-01-01..*"] = 1, ["*..2001-01-01"] = 0, [">2001-01-01"] = 1, [made:sub(1, 10)] = 1 } do
      local query = range:gsub(":", "%%3A"):gsub(">", "%%3E"):gsub("<", "%%3C"):gsub("=", "%%3D")
      test.equal(ask("GET", R .. "/actions/runs?created=" .. query).json.total_count, count, range)
    end
    test.equal(ask("GET", R .. "/actions/runs?created=soon").status, 422)
  end)
end)

test("forge: a run with a guarded environment waits until a person approves; no app can", function ()
  on(function (_, _, ask, admin)
    admin("environments", { name = "release", reviewers = { "admin" } })
    admin("workflows", { path = ".github/workflows/publish.yml", environment = "release", jobs = { "sign" } })
    local body = { ref = "main", return_run_details = true }
    local id = ask("POST", R .. "/actions/workflows/publish.yml/dispatches", { body = body }).json.workflow_run_id
    local path = R .. "/actions/runs/" .. id
    test.equal(ask("GET", path).json.status, "waiting")
    local pending = ask("GET", path .. "/pending_deployments").json[1]
    test.equal({ pending.environment.name, pending.current_user_can_approve }, { "release", false })
    local word = { environment_ids = { pending.environment.id }, state = "approved", comment = "go" }
    test.equal(ask("POST", path .. "/pending_deployments", { token = "ci", body = word }).status, 403)
    test.equal(ask("POST", path .. "/pending_deployments", { body = word }).status, 422)
    test.equal(ask("POST", path .. "/pending_deployments", { token = "admin", body = word }).status, 200)
    local approval = ask("GET", path .. "/approvals").json[1]
    test.equal({ approval.state, approval.user.login, approval.comment }, { "approved", "admin", "go" })
    admin("runs", { run = id, conclusion = "success" })
    test.equal(ask("GET", path).json.conclusion, "success")
    test.equal(ask("GET", path .. "/jobs").json.jobs[1].conclusion, "success")
  end)
end)

test("forge: a pushed tag starts its workflow, but not when a GITHUB_TOKEN pushes it or more than three come at once",
  function ()
    on(function (hub, stage, ask, admin)
      admin("workflows", { path = ".github/workflows/tag.yml", push = { tags = { "v*" } } })
      local function count() return ask("GET", R .. "/actions/runs?event=push").json.total_count end
      push(hub, stage, { "origin/main:refs/tags/v1" })
      test.equal(count(), 1)
      push(hub, stage, { "origin/main:refs/tags/v2" }, "ci")
      test.equal(count(), 1)
      push(hub, stage, { "origin/main:refs/tags/v3", "origin/main:refs/tags/v4", "origin/main:refs/tags/v5",
        "origin/main:refs/tags/v6" })
      test.equal(count(), 1)
    end)
  end)

test("forge: labels of a list are joined by AND, and pull requests are issues", function ()
  on(function (_, _, ask, admin)
    admin("issues", { title = "a bug", labels = { "bug", "blocker" }, user = "reader" })
    admin("issues", { title = "a wish", labels = { "wish" }, user = "reader" })
    open(ask)
    ask("POST", R .. "/issues/3/labels", { body = { labels = { "bug" } } })
    test.equal(#ask("GET", R .. "/issues?labels=bug,blocker").json, 1)
    test.equal(#ask("GET", R .. "/issues?labels=bug").json, 2)
    test.truthy(ask("GET", R .. "/issues?labels=bug").json[1].pull_request)
    test.equal(ask("POST", R .. "/issues/3/comments", { body = { body = "hello" } }).status, 201)
  end)
end)

test("forge: a team answers 404 for who is no member, and is closed to a GITHUB_TOKEN", function ()
  on(function (hub, _, ask)
    hub.admin("POST", "orgs", { org = "acme", members = { writer = "member" }, teams = { stewards = {
      members = { writer = {}, reader = { state = "pending" } } } } })
    local path = "/orgs/acme/teams/stewards/memberships/"
    test.equal(ask("GET", path .. "writer").json.state, "active")
    test.equal(ask("GET", path .. "reader").json.state, "pending")
    test.equal(ask("GET", path .. "admin").status, 404)
    test.equal(ask("GET", path .. "writer", { token = "ci" }).status, 403)
    test.equal(ask("GET", R .. "/collaborators/admin/permission", { token = "ci" }).json.role_name, "admin")
  end)
end)

test("forge: an app can put no workflow into the repository, neither by a push nor as a release's tag", function ()
  on(function (hub, stage, ask)
    stage.work:run("checkout", "-q", "-b", "mine", "origin/feature")
    stage.place:write("work/.github/workflows/x.yml", "on: push\n")
    stage.work:run("add", ".github")
    stage.work:run("commit", "-q", "-m", "ci: new")
    local refused = push(hub, stage, { "mine:refs/heads/mine" }, "ci")
    test.equal(refused.code, 1)
    test.contains(refused.stderr, "without `workflows` permission")
    test.equal(push(hub, stage, { "mine:refs/heads/mine" }).code, 0)
    local order = { tag_name = "v1", target_commitish = "mine" }
    test.equal(ask("POST", R .. "/releases", { token = "ci", body = order }).status, 404)
    test.equal(ask("POST", R .. "/releases", { body = order }).status, 201)
  end)
end)

test("forge: a repository that was renamed redirects, reads for good and writes for now", function ()
  on(function (hub, _, ask)
    hub.admin("PATCH", "repositories", { repo = hub.repository, former_names = { "acme/gadget" } })
    local read = ask("GET", "/repos/acme/gadget/pulls?state=all")
    test.equal(read.status, 301)
    test.equal(ask("GET", read.headers.location).status, 200)
    test.equal(ask("POST", "/repos/acme/gadget/issues", { body = { title = "x" } }).status, 307)
  end)
end)

test("forge: an app is told no user's rights, and learns from its list of repositories what it is", function ()
  on(function (_, _, ask)
    test.equal(ask("GET", R, { token = "ci" }).json.permissions.push, false)
    test.equal(ask("GET", R).json.permissions.push, true)
    test.equal(ask("GET", "/installation/repositories", { token = "ci" }).json.total_count, 1)
    test.equal(ask("GET", "/installation/repositories").status, 403)
  end)
end)
