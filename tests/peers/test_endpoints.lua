--- Every endpoint of the test forge, asked as GitHub's description of its API says: prism judges the questions and the
--- answers (judge.py). Run by `make test-peers`.

local test = require "testing"
local forge_server = require "forge_server"
local json = require "host.json"
local place = require "place"
local scene = require "scene"

local HISTORY = [[
branch main
commit "feat: first" a.txt as first
branch feature
commit "fix: second" b.txt as second
branch old from main
commit "fix: third" c.txt as third
]]

local R = "/repos/acme/widget"

-- Routes that GitHub's description of the REST API cannot know.
local ELSEWHERE = { ["POST /graphql"] = true, ["GET /repos/{owner}/{repo}/git/matching-refs/"] = true }

local visited = {}

-- Calls body(hub, stage, ask, admin); afterwards remembers which routes were asked.
local function on(body)
  place.with(function (here)
    local stage = test.truthy(scene.build(here, HISTORY))
    forge_server.with(here, function (hub)
      local function ask(method, path, given, status)
        given = given or {}
        given.token = given.token or "admin"
        local answer = hub.ask(method, path, given)
        test.equal(answer.status, status or 200, method .. " " .. path .. ": " .. answer.body)
        return answer.json, answer
      end
      local function admin(door, fields)
        fields.repo = hub.repository
        return hub.admin("POST", door, fields)
      end
      body(hub, stage, ask, admin)
      for _, row in ipairs(hub.admin("GET", "routes")) do
        local name = row.method .. " " .. row.pattern
        visited[name] = visited[name] or row.hits > 0
      end
    end, { git_dir = "remote.git", fields = { owner_type = "Organization" } })
  end)
end

test("peers: prism is there, and sees an answer and a question that are wrong", function ()
  on(function (hub, _, ask)
    test.truthy(hub.api:find("/f/", 1, true), "RELRUN_FORGE_PROXY is not set: run `make test-peers`")
    local control = { ["X-Judge-Expects"] = "violation" }
    hub.fault { fault = "answer", json = { id = "no number", full_name = 5 } }
    ask("GET", R, { headers = control })
    ask("PATCH", R, { headers = control, body = { private = "perhaps" } }, 422)
    ask("GET", R .. "/git/ref/heads/main", { headers = control })
  end)
end)

test("peers: the forge, its people and the repository", function ()
  on(function (hub, _, ask)
    ask("GET", "/versions")
    ask("GET", "/meta")
    ask("GET", "/rate_limit")
    ask("GET", "/user")
    ask("GET", "/installation/repositories", { token = "ci" })
    ask("GET", R)
    ask("PATCH", R, { body = { allow_auto_merge = true } })
    ask("GET", R .. "/collaborators/writer/permission")
    ask("GET", R .. "/collaborators/writer", nil, 204)
    hub.admin("POST", "orgs", { org = "acme", teams = { stewards = { members = { writer = {} } } } })
    ask("GET", "/orgs/acme/teams/stewards/memberships/writer")
    ask("GET", "/orgs/acme/teams/stewards/members")
  end)
end)

test("peers: releases and their assets", function ()
  on(function (_, stage, ask)
    ask("PUT", R .. "/immutable-releases", nil, 204)
    ask("GET", R .. "/immutable-releases")
    ask("DELETE", R .. "/immutable-releases", nil, 204)
    local release = ask("POST", R .. "/releases", { body = { tag_name = "v1.0.0", draft = true, name = "One",
      body = "notes", target_commitish = stage.labels.second, make_latest = "true" } }, 201)
    local asset = ask("POST", (release.upload_url:gsub("{.*$", "")) .. "?name=a.bin&label=A",
      { body = "bytes", headers = { ["Content-Type"] = "application/octet-stream" } }, 201)
    ask("GET", R .. "/releases/" .. release.id .. "/assets")
    ask("GET", R .. "/releases/assets/" .. asset.id)
    ask("GET", R .. "/releases/assets/" .. asset.id, { headers = { Accept = "application/octet-stream" } }, 302)
    ask("PATCH", R .. "/releases/assets/" .. asset.id, { body = { name = "b.bin", label = "B" } })
    ask("GET", R .. "/releases")
    ask("GET", R .. "/releases/" .. release.id)
    ask("PATCH", R .. "/releases/" .. release.id, { body = { draft = false } })
    ask("GET", R .. "/releases/tags/v1.0.0")
    ask("GET", R .. "/releases/latest")
    ask("POST", R .. "/releases/generate-notes", { body = { tag_name = "v1.0.0" } })
    ask("DELETE", R .. "/releases/assets/" .. asset.id, nil, 204)
    ask("DELETE", R .. "/releases/" .. release.id, nil, 204)
    ask("GET", R .. "/releases/tags/v1.0.0", nil, 404)
    ask("GET", R .. "/releases?per_page=1")
  end)
end)

test("peers: refs, commits and comparisons", function ()
  on(function (_, stage, ask)
    local sha = stage.labels.second
    ask("GET", R .. "/git/ref/heads%2Fmain")
    ask("GET", R .. "/git/ref/heads%2Fnowhere", nil, 404)
    ask("GET", R .. "/git/matching-refs/heads%2Ff")
    ask("POST", R .. "/git/refs", { body = { ref = "refs/relrun/lock/core", sha = sha } }, 201)
    ask("POST", R .. "/git/refs", { body = { ref = "refs/relrun/lock/core", sha = sha } }, 422)
    ask("PATCH", R .. "/git/refs/relrun%2Flock%2Fcore", { body = { sha = stage.labels.first, force = true } })
    ask("DELETE", R .. "/git/refs/relrun%2Flock%2Fcore", nil, 204)
    ask("DELETE", R .. "/git/refs/relrun%2Flock%2Fcore", nil, 422)
    local tag = ask("POST", R .. "/git/tags", { body = { tag = "v1", message = "one", object = sha, type = "commit",
      tagger = { name = "Ann", email = "ann@example.org", date = "2024-01-01T00:00:00Z" } } }, 201)
    ask("GET", R .. "/git/tags/" .. tag.sha)
    ask("GET", R .. "/git/commits/" .. sha)
    ask("GET", R .. "/commits")
    ask("GET", R .. "/commits/feature")
    ask("GET", R .. "/compare/main...feature")
    ask("GET", R .. "/branches")
    ask("GET", R .. "/branches/main")
    ask("GET", R .. "/tags")
    ask("GET", R .. "/contents/a.txt")
  end)
end)

test("peers: statuses and check runs", function ()
  on(function (_, stage, ask, admin)
    local sha = stage.labels.second
    ask("POST", R .. "/statuses/" .. sha, { body = { state = "pending", context = "release", description = "held",
      target_url = "http://127.0.0.1/run" } }, 201)
    ask("GET", R .. "/commits/feature/status")
    ask("GET", R .. "/commits/" .. sha .. "/statuses")
    admin("checks", { sha = sha, name = "ci", conclusion = "success" })
    local checks = ask("GET", R .. "/commits/feature/check-runs?filter=latest")
    ask("GET", R .. "/commits/feature/check-suites")
    ask("GET", R .. "/check-runs/" .. checks.check_runs[1].id)
    ask("GET", R .. "/check-runs/" .. checks.check_runs[1].id .. "/annotations")
    ask("POST", R .. "/check-runs", { token = "ci", body = { name = "own", head_sha = sha, status = "completed",
      conclusion = "neutral" } }, 201)
  end)
end)

test("peers: pull requests, reviews and merges", function ()
  on(function (_, stage, ask, admin)
    ask("POST", R .. "/pulls", { body = { title = "Release", head = "feature", base = "main", body = "text" } }, 201)
    ask("POST", R .. "/pulls", { body = { title = "Release", head = "feature", base = "main" } }, 422)
    ask("GET", R .. "/pulls?state=open&head=acme:feature&base=main")
    ask("GET", R .. "/pulls/1")
    ask("GET", R .. "/pulls/1")
    ask("PATCH", R .. "/pulls/1", { body = { title = "Release 1.0.0" } })
    ask("GET", R .. "/pulls/1/files")
    ask("GET", R .. "/pulls/1/commits")
    ask("GET", R .. "/commits/" .. stage.labels.second .. "/pulls")
    ask("POST", R .. "/pulls/1/requested_reviewers", { body = { reviewers = { "writer" } } }, 201)
    ask("GET", R .. "/pulls/1/requested_reviewers")
    ask("DELETE", R .. "/pulls/1/requested_reviewers", { body = { reviewers = { "writer" } } })
    ask("GET", R .. "/pulls/1/merge", nil, 404)
    local word = { event = "APPROVE", body = "good" }
    local review = ask("POST", R .. "/pulls/1/reviews", { token = "writer", body = word })
    ask("GET", R .. "/pulls/1/reviews")
    ask("PUT", R .. "/pulls/1/reviews/" .. review.id .. "/dismissals", { body = { message = "stale" } })
    stage.remote:run("update-ref", "refs/heads/main", stage.labels.third)
    ask("PUT", R .. "/pulls/1/update-branch", { body = { expected_head_sha = stage.labels.second } }, 202)
    local head = ask("GET", R .. "/pulls/1").head.sha
    ask("PUT", R .. "/pulls/1/merge", { body = { sha = stage.labels.second } }, 409)
    admin("protection", { branch = "main", enforce_admins = true,
      required_status_checks = { strict = false, contexts = { "release" } } })
    ask("PUT", R .. "/pulls/1/merge", { body = { sha = head, merge_method = "merge" } }, 405)
    ask("POST", R .. "/statuses/" .. head, { body = { state = "success", context = "release" } }, 201)
    ask("PUT", R .. "/pulls/1/merge", { body = { sha = head, merge_method = "merge" } })
    ask("GET", R .. "/pulls/1")
    ask("GET", R .. "/pulls/1/merge", nil, 204)
    local id = ask("GET", R .. "/pulls/1").node_id
    local function graph(query, variables)
      return test.truthy(ask("POST", "/graphql", { body = { query = query, variables = variables } }).data, query)
    end
    local pull = graph("query($n: Int!) { repository(owner: \"acme\", name: \"widget\") { id pullRequest(number: $n) {"
      .. " id reviewDecision mergeStateStatus mergeable state headRefOid isDraft autoMergeRequest { mergeMethod }"
      .. " reviewThreads(first: 10) { nodes { isResolved } pageInfo { hasNextPage endCursor } }"
      .. " commits(last: 1) { nodes { commit { oid statusCheckRollup { state contexts(first: 50) { nodes { __typename"
      .. " ... on StatusContext { context state isRequired(pullRequestNumber: $n) }"
      .. " ... on CheckRun { name status conclusion isRequired(pullRequestNumber: $n) } } } } } } } } } }", { n = 1 })
    test.equal(pull.repository.pullRequest.id, id)
    graph("mutation($input: UpdateRefsInput!) { updateRefs(input: $input) { clientMutationId } }", { input = {
      repositoryId = pull.repository.id, refUpdates = { { name = "refs/tags/t1", beforeOid = ("0"):rep(40),
        afterOid = head, force = false } } } })
  end)
end)

test("peers: protection and rulesets", function ()
  on(function (_, _, ask)
    local path = R .. "/branches/main/protection"
    ask("GET", path, nil, 404)
    ask("PUT", path, { body = {
      required_status_checks = { strict = true, contexts = { "release" } }, enforce_admins = true,
      required_pull_request_reviews = { required_approving_review_count = 1, dismiss_stale_reviews = true },
      restrictions = { users = { "admin" }, teams = json.array {} },
    } })
    ask("GET", path)
    ask("GET", R .. "/branches/main")
    local rules = {
      { type = "creation" }, { type = "deletion" }, { type = "non_fast_forward" }, { type = "required_linear_history" },
      { type = "update", parameters = { update_allows_fetch_and_merge = false } },
      { type = "pull_request", parameters = { dismiss_stale_reviews_on_push = true, require_code_owner_review = false,
        require_last_push_approval = false, required_approving_review_count = 1,
        required_review_thread_resolution = false, allowed_merge_methods = { "merge" } } },
      { type = "required_status_checks", parameters = { strict_required_status_checks_policy = false,
        required_status_checks = { { context = "release" } } } },
    }
    local ruleset = ask("POST", R .. "/rulesets", { body = { name = "main", target = "branch", enforcement = "active",
      conditions = { ref_name = { include = { "~DEFAULT_BRANCH" }, exclude = json.array {} } }, rules = rules,
      bypass_actors = { { actor_id = 5, actor_type = "RepositoryRole", bypass_mode = "always" } } } }, 201)
    ask("GET", R .. "/rulesets")
    ask("GET", R .. "/rulesets/" .. ruleset.id)
    ask("GET", R .. "/rules/branches/main")
    ask("GET", "/apps/github-actions")
    ask("GET", "/apps/nobody", nil, 404)
    ask("DELETE", path, nil, 204)
  end)
end)

test("peers: workflows, runs, environments and approvals", function ()
  on(function (hub, _, ask, admin)
    hub.admin("POST", "orgs", { org = "acme", teams = { stewards = { members = { writer = {} } } } })
    admin("environments", { name = "release", reviewers = { "admin", "acme/stewards" }, wait_timer = 30,
      deployment_branch_policy = { protected_branches = true, custom_branch_policies = false } })
    admin("workflows", { path = ".github/workflows/publish.yml", environment = "release", dispatch = { "nonce" } })
    local A = R .. "/actions"
    ask("GET", A .. "/workflows")
    local workflow = ask("GET", A .. "/workflows/publish.yml")
    ask("POST", A .. "/workflows/publish.yml/dispatches", { body = { ref = "main", inputs = { nonce = "x" } } }, 204)
    local id = ask("POST", A .. "/workflows/" .. workflow.id .. "/dispatches",
      { body = { ref = "main", return_run_details = true } }).workflow_run_id
    ask("GET", A .. "/runs?event=workflow_dispatch&branch=main")
    ask("GET", A .. "/workflows/publish.yml/runs")
    ask("GET", A .. "/runs/" .. id)
    local pending = ask("GET", A .. "/runs/" .. id .. "/pending_deployments")
    ask("POST", A .. "/runs/" .. id .. "/pending_deployments",
      { body = { environment_ids = { pending[1].environment.id }, state = "approved", comment = "go" } })
    ask("GET", A .. "/runs/" .. id .. "/approvals")
    ask("GET", A .. "/runs/" .. id .. "/jobs")
    ask("GET", A .. "/runs/" .. id .. "/artifacts")
    ask("POST", A .. "/runs/" .. id .. "/cancel", nil, 202)
    ask("POST", A .. "/runs/" .. id .. "/rerun", nil, 201)
    ask("GET", A .. "/runs/" .. id)
    ask("GET", R .. "/environments")
    ask("GET", R .. "/environments/release")
  end)
end)

test("peers: issues, labels, comments and search", function ()
  on(function (_, _, ask)
    ask("POST", R .. "/issues", { body = { title = "A bug", body = "text", labels = { "bug" } } }, 201)
    ask("GET", R .. "/issues?labels=bug&state=open")
    ask("GET", R .. "/issues/1")
    ask("PATCH", R .. "/issues/1", { body = { state = "closed", state_reason = "completed" } })
    ask("GET", R .. "/issues/1/labels")
    ask("POST", R .. "/issues/1/labels", { body = { labels = { "blocker" } } })
    ask("PUT", R .. "/issues/1/labels", { body = { labels = { "blocker", "s2" } } })
    ask("DELETE", R .. "/issues/1/labels/blocker")
    ask("GET", R .. "/labels")
    ask("POST", R .. "/labels", { body = { name = "release", color = "00ff00", description = "d" } }, 201)
    ask("GET", R .. "/labels/release")
    local comment = ask("POST", R .. "/issues/1/comments", { body = { body = "hello" } }, 201)
    ask("GET", R .. "/issues/1/comments")
    ask("PATCH", R .. "/issues/comments/" .. comment.id, { body = { body = "hello again" } })
    ask("GET", "/search/issues?q=repo:acme/widget+is:issue+label:s2")
  end)
end)

test("peers: no endpoint of the forge was left out", function ()
  local left = {}
  for name, seen in pairs(visited) do
    if not seen and not ELSEWHERE[name] then left[#left + 1] = name end
  end
  table.sort(left)
  test.equal(left, {})
end)
