--- The GitHub backend's reads over a scripted server: each noun as GitHub answers it, and as a gate sees it.
local test = require "testing"
local json = require "host.json"
local records = require "github_records"
local scripted = require "scripted_github"

local list, open, refused = records.list, scripted.open, scripted.refused
local R = "/repos/demo/app"
local HEAD, BASE = ("a"):rep(40), ("b"):rep(40)

local function values(list_of, key)
  local found = {}
  for i, one in ipairs(list_of) do found[i] = one[key] end
  return found
end

test("a repository is told with the token's right, its ways to merge and its settings", function ()
  local script = open():on("GET", R, { body = records.repository() })
    :on("GET", R .. "/immutable-releases", { body = { enabled = true, enforced_by_owner = false } })
  test.equal(script.forge:repository(), { name = "demo/app", web = "https://github.com/demo/app", default_branch = "main",
    private = false, permission = "write", merge_methods = { "merge", "rebase" }, auto_merge = true, immutable_releases = true })
end)

test("an app's token is not told what it may do: its right is no right to go by", function ()
  local none = { admin = false, maintain = false, push = false, triage = false, pull = false }
  local function permission(installation)
    local script = open():on("GET", R, { body = records.repository { permissions = none } })
      :on("GET", R .. "/immutable-releases", { status = 403, body = { message = "Resource not accessible by integration" } })
      :on("GET", "/installation/repositories", installation)
    local found, trouble = script.forge:repository()
    return found and found.permission, trouble and trouble.kind
  end
  test.equal(permission { body = { total_count = 1, repositories = list {} } }, false)
  test.equal(permission { status = 403, body = { message = "You must authenticate with an installation access token" } }, "none")
  test.equal({ permission { status = 502 } }, { nil, "error" })
  test.equal({ permission { body = list { { total_count = 1 } } } }, { nil, "error" })
end)

test("what a server of one's own cannot do is said without a request", function ()
  local ghes = open { target = { api = "https://git.example.com/api/v3", graphql = "https://git.example.com/api/graphql" },
    env = {} }
  test.equal(ghes.forge:can "run_ids",
    { can = false, why = "GitHub Enterprise Server does not tell which run a dispatch became" })
  test.equal(ghes.forge:can "drafts", { can = true })
  test.equal(open().forge:can "run_ids", { can = true })
  test.raises(function () open().forge:can "flying" end, "flying")
  test.equal(#ghes.log, 0)
end)

test("a role is the person's, a custom one the right that it is built on, and nobody has none", function ()
  local function role(answer)
    return (open():on("GET", R, { body = records.repository() }):on("GET", R .. "/collaborators/a%5Bbot%5D/permission", answer)
      .forge:role "a[bot]")
  end
  test.equal(role { body = { permission = "write", role_name = "maintain" } }, "maintain")
  test.equal(role { body = { permission = "read", role_name = "triage" } }, "triage")
  test.equal(role { body = { permission = "write", role_name = "releaser" } }, "write")
  test.equal(role { body = { permission = "none" } }, "none")
  test.equal(role { status = 404, body = { message = "Not Found" } }, "none")
end)

test("who waits for an invitation is no member, and a team that cannot be seen is a problem", function ()
  local path = "/orgs/demo/teams/stewards"
  local function member(membership, team)
    return open():on("GET", path .. "/memberships/ada", membership):on("GET", path .. "/members", team or { status = 500 })
      .forge:member("demo/stewards", "ada")
  end
  local missing = { status = 404, body = { message = "Not Found" } }
  test.equal(member { body = { state = "active", role = "member" } }, true)
  test.equal(member { body = { state = "pending", role = "member" } }, false)
  test.equal(member(missing, { body = list {} }), false)
  refused("error", { "GET /orgs/demo/teams/stewards/members: 404, not found, or the token may not see it", "members: read" },
    member(missing, missing))
  refused("error", { "names no team" }, open().forge:member("stewards", "ada"))
end)

test("two commits are compared without reading what lies between them", function ()
  local script = open():on("GET", R .. "/compare/main...feature%2Fx", { body = { status = "diverged", ahead_by = 2, behind_by = 3,
    commits = list {} } })
  test.equal(script.forge:compare("main", "feature/x"), { status = "diverged", ahead = 2, behind = 3 })
  test.contains(script.log[1], "per_page=1")
end)

test("a pull request is read with what its head and base are, and null is nothing", function ()
  local script = open():on("GET", R .. "/pulls/7", { body = records.pull() })
  test.equal(script.forge:pull(7), { number = 7, title = "Release 1.2.3", body = "", state = "open", draft = false,
    head = { branch = "release-1.2.3", oid = HEAD, repository = "demo/app" }, base = { branch = "main", oid = BASE },
    same_repository = true, author = "ada", labels = { "autorelease", "release" }, mergeable = true, blocked = false,
    url = "https://github.com/demo/app/pull/7" })
end)

test("a pull request of a fork, of a fork that is gone, and of an account that is gone", function ()
  local head = { ref = "main", sha = HEAD, repo = { full_name = "evil/app" } }
  local script = open():on("GET", R .. "/pulls/7", { body = records.pull { head = head, user = json.null } })
  local pull = assert(script.forge:pull(7))
  test.equal({ pull.same_repository, pull.head.repository, pull.author }, { false, "evil/app", "ghost" })
  head.repo = json.null
  pull = assert(script.forge:pull(7))
  test.equal({ pull.same_repository, pull.head.repository }, { false, false })
end)

test("both versions of the API tell a merged pull request", function ()
  for _, changes in ipairs { { merged = true, merge_commit_sha = BASE, merged_at = "2026-01-02T03:04:05Z" },
    { merged_at = "2026-01-02T03:04:05Z" } } do
    changes.state = "closed"
    local script = open():on("GET", R .. "/pulls/7", { body = records.pull(changes) })
    local pull = assert(script.forge:pull(7))
    test.equal({ pull.state, pull.blocked }, { "merged", nil })
  end
end)

test("whether a pull request can be merged is looked at until GitHub has computed it", function ()
  local pending = { body = records.pull { mergeable = json.null, mergeable_state = "unknown" } }
  local script = open():on("GET", R .. "/pulls/7", pending, pending, { body = records.pull { mergeable_state = "blocked" } })
  local pull = assert(script.forge:pull(7))
  test.equal({ pull.mergeable, pull.blocked, #script.log }, { true, true, 3 })
  script = open():on("GET", R .. "/pulls/7", pending):on("POST", "/graphql",
    { body = { data = { repository = { pullRequest = { mergeStateStatus = "UNKNOWN" } } } } })
  pull = assert(script.forge:pull(7))
  test.equal({ pull.mergeable, pull.blocked }, { nil, nil })
end)

test("where REST does not tell why a merge is blocked, GraphQL is asked", function ()
  for state, blocked in pairs { BLOCKED = true, BEHIND = true, DIRTY = true, DRAFT = true, CLEAN = false, UNSTABLE = false,
    HAS_HOOKS = false } do
    local script = open():on("GET", R .. "/pulls/7", { body = records.pull { mergeable_state = "unknown" } })
      :on("POST", "/graphql", { body = { data = { repository = { pullRequest = { mergeStateStatus = state } } } } })
    test.equal(assert(script.forge:pull(7)).blocked, blocked, state)
    test.equal(json.decode(script.requests[2].body).variables, { owner = "demo", name = "app", number = 7 })
  end
end)

test("pull requests are asked for by owner and branch, and what does not fit is left out", function ()
  local fork = { ref = "release-1.2.3", sha = HEAD, repo = { full_name = "evil/app" } }
  local script = open():on("GET", R .. "/pulls", { body = list { records.pull { number = 9 }, records.pull { number = 8, head = fork },
    records.pull { number = 4, head = { ref = "other", sha = HEAD, repo = { full_name = "demo/app" } } }, records.pull() } })
  test.equal(values(assert(script.forge:pulls { head = "release-1.2.3", base = "main" }), "number"), { 7, 9 })
  test.contains(script.log[1], "base=main&direction=asc&head=demo%3Arelease-1.2.3&per_page=100&sort=created&state=open")
  test.equal(values(assert(script.forge:pulls { state = "all" }), "number"), { 4, 7, 8, 9 })
  test.raises(function () script.forge:pulls { state = "merged" } end, "state is")
end)

test("reviews come in the order of time, with the commit that was looked at", function ()
  local script = open():on("GET", R .. "/pulls/7/reviews", { body = list {
    records.review { id = 3, state = "CHANGES_REQUESTED", submitted_at = "2026-01-03T00:00:00Z", user = json.null },
    records.review { id = 4, state = "PENDING", submitted_at = json.null, commit_id = json.null },
    records.review { id = 2, state = "DISMISSED" }, records.review { id = 1 } } })
  test.equal(script.forge:reviews(7), {
    { user = "ada", state = "approved", oid = HEAD, time = "2026-01-02T03:04:05Z" },
    { user = "ada", state = "dismissed", oid = HEAD, time = "2026-01-02T03:04:05Z" },
    { user = "ghost", state = "changes_requested", oid = HEAD, time = "2026-01-03T00:00:00Z" },
    { user = "ada", state = "pending", oid = false, time = "" } })
  script:on("GET", R .. "/pulls/7/reviews", { body = list { records.review { state = "BLESSED" } } })
  refused("error", { "no known word as 'state'" }, script.forge:reviews(7))
end)

test("checks and statuses of a commit stand together, the latest of each name and source", function ()
  local app = { id = 99 }
  local script = open():on("GET", R .. "/commits/" .. HEAD .. "/check-runs", { body = { total_count = 6, check_runs = list {
    records.check { id = 1, conclusion = "failure" },
    records.check { id = 2, started_at = "2026-01-02T04:00:00Z" },
    records.check { id = 3, app = app, conclusion = "startup_failure" },
    records.check { id = 4, name = "lint", status = "in_progress", conclusion = json.null, html_url = json.null },
    records.check { id = 5, name = "docs", conclusion = "skipped", output = { title = "nothing to do" } },
    records.check { id = 6, name = "odd", conclusion = "enchanted", app = json.null } } } })
    :on("GET", R .. "/commits/" .. HEAD .. "/status", { body = { state = "pending", total_count = 3, statuses = list {
      records.status { id = 4, context = "Release", state = "success", description = "1.2.3 is public", target_url = "https://x.example/" },
      records.status { id = 3, state = "failure" }, records.status { id = 1, context = "test", state = "error" } } } })
  local found = assert(script.forge:checks(HEAD))
  local lines = {}
  for i, one in ipairs(found) do
    lines[i] = ("%s %s %s %s"):format(one.name, one.source, one.state, one.app)
  end
  test.equal(lines, { "Release status success false", "docs check skipped 15368", "lint check pending 15368",
    "odd check error false", "test check failure 99", "test check success 15368", "test status error false" })
  test.equal(found[1], { name = "Release", source = "status", state = "success", description = "1.2.3 is public",
    url = "https://x.example/", app = false })
  test.equal({ found[2].description, found[3].url }, { "nothing to do", false })
end)

test("P8 a draft that has no tag yet does not keep the other releases from being told; a public one without a tag is no answer", function ()
  local untagged = records.release { id = 4, tag_name = json.null }
  local function releases(...)
    return open():on("GET", R, { body = records.repository() })
      :on("GET", R .. "/immutable-releases", { status = 404, body = { message = "Not Found" } })
      :on("GET", R .. "/releases", { body = list { ... } }).forge:releases()
  end
  test.equal(values(assert(releases(records.release(), untagged)), "tag"), { "", "v1.2.3" })
  untagged.draft = false
  refused("error", { "no text as 'tag_name'" }, releases(untagged))
end)

-- ---- one name, several suites ----

-- Check runs of one name and app, and the workflow runs that their suites belong to.
local function of_suites(checks, runs)
  local script = scripted.empty()
  for i, one in ipairs(checks) do checks[i] = records.check(one) end
  for i, one in ipairs(runs or {}) do runs[i] = records.run(one) end
  script:on("GET", R .. "/commits/" .. HEAD .. "/check-runs", { body = { total_count = #checks, check_runs = list(checks) } })
  return script:on("GET", R .. "/actions/runs", runs and { body = { total_count = #runs, workflow_runs = list(runs) } }
    or { status = 403, body = { message = "Resource not accessible by integration" } })
end

local function state_of(script)
  local found = assert(script.forge:checks(HEAD, { "test" }))
  test.equal(#found, 1)
  return found[1].state, #script.log
end

local FAILED_PUSH = { id = 10, conclusion = "failure", started_at = "2026-01-02T03:04:05Z", check_suite = { id = 1 } }
local GREEN_LATER = { id = 11, conclusion = "success", started_at = "2026-01-02T03:04:09Z", check_suite = { id = 2 } }
local QUEUED = { id = 9, status = "queued", conclusion = json.null, started_at = json.null, check_suite = { id = 2 } }

local function copies(...)
  local found = {}
  for i, row in ipairs { ... } do
    found[i] = {}
    for key, value in pairs(row) do found[i][key] = value end
  end
  return found
end

test("S1.36 runs of one name for a push and for a pull request all count: the worst is told", function ()
  for _, order in ipairs { copies(FAILED_PUSH, GREEN_LATER), copies(GREEN_LATER, FAILED_PUSH) } do
    local script = of_suites(order, { { id = 1, check_suite_id = 1, event = "push" },
      { id = 2, check_suite_id = 2, event = "pull_request" } })
    test.equal({ state_of(script) }, { "failure", 3 })
    test.contains(script.log[3], "/actions/runs?head_sha=" .. HEAD)
  end
end)

test("S1.36 runs of one name in two workflows all count", function ()
  test.equal(state_of(of_suites(copies(FAILED_PUSH, GREEN_LATER), {
    { id = 1, check_suite_id = 1, path = ".github/workflows/a.yml" },
    { id = 2, check_suite_id = 2, path = ".github/workflows/b.yml" } })), "failure")
end)

test("S1.36 of one workflow and event the newest run counts: it is the same thing, run again", function ()
  local function same(first, second)
    return (state_of(of_suites(copies(first, second), { { id = 1, check_suite_id = 1 }, { id = 2, check_suite_id = 2 } })))
  end
  test.equal(same(FAILED_PUSH, GREEN_LATER), "success")
  local cancelled = { id = 10, conclusion = "cancelled", started_at = "2026-01-02T03:04:05Z", check_suite = { id = 1 } }
  test.equal(same(cancelled, GREEN_LATER), "success")
  test.equal(same({ id = 10, started_at = "2026-01-02T03:04:05Z", check_suite = { id = 1 } },
    { id = 11, conclusion = "failure", started_at = "2026-01-02T03:04:09Z", check_suite = { id = 2 } }), "failure")
end)

test("S1.36 a run without a start is newer than all, in its suite and beside others", function ()
  local older = { id = 10, started_at = "2026-01-02T03:04:05Z", check_suite = { id = 1 } }
  test.equal(state_of(of_suites(copies(QUEUED, older), { { id = 1, check_suite_id = 1 }, { id = 2, check_suite_id = 2 } })), "pending")
  older.check_suite = { id = 2 }
  test.equal({ state_of(of_suites(copies(QUEUED, older))) }, { "pending", 2 })
end)

test("S1.36 where it may not be read what a suite is of, or nobody knows its run, the worst counts", function ()
  test.equal(state_of(of_suites(copies(FAILED_PUSH, GREEN_LATER))), "failure")
  test.equal(state_of(of_suites(copies(FAILED_PUSH, GREEN_LATER), { { id = 2, check_suite_id = 2 } })), "failure")
  test.equal(state_of(of_suites(copies(FAILED_PUSH, GREEN_LATER), {})), "failure")
  local script = of_suites(copies(FAILED_PUSH, GREEN_LATER)):on("GET", R .. "/actions/runs", { status = 502 })
  refused("error", { "/actions/runs: 502" }, script.forge:checks(HEAD, { "test" }))
end)

test("S1.36 what runs of one name came to, from the worst on: failed, not finished, skipped, green", function ()
  local function worst(first, second)
    return (state_of(of_suites(copies(first, second), { { id = 1, check_suite_id = 1, event = "push" },
      { id = 2, check_suite_id = 2, event = "pull_request" } })))
  end
  local skipped = { id = 12, conclusion = "skipped", check_suite = { id = 1 } }
  test.equal({ worst(FAILED_PUSH, QUEUED), worst(skipped, QUEUED), worst(skipped, GREEN_LATER) },
    { "failure", "pending", "skipped" })
end)

test("S1.36 suites that agree, and those of other apps, make nobody ask for runs", function ()
  local agreed = { id = 10, started_at = "2026-01-02T03:04:05Z", check_suite = { id = 1 } }
  test.equal({ state_of(of_suites(copies(agreed, GREEN_LATER))) }, { "success", 2 })
  local first, second = FAILED_PUSH, GREEN_LATER
  local theirs = copies(first, second)
  for _, one in ipairs(theirs) do one.app = { id = 99, slug = "their-app" } end
  test.equal({ state_of(of_suites(theirs)) }, { "failure", 2 })
end)

test("of a commit that was not pushed yet nothing is told, and that is no refusal", function ()
  local script = open():on("GET", R .. "/commits/" .. HEAD .. "/check-runs",
    { status = 422, body = { message = "No commit found for SHA: " .. HEAD } })
  test.equal({ script.forge:checks(HEAD, { "release" }) }, { {} })
  script = open():on("GET", R .. "/commits/" .. HEAD .. "/check-runs", { status = 422, body = { message = "Validation Failed" } })
  refused("error", { "422" }, script.forge:checks(HEAD))
end)

test("of named checks no others are told, and no others are asked for", function ()
  local script = scripted.empty():on("GET", R .. "/commits/" .. HEAD .. "/check-runs?check_name=CI%20%2F%20tests&filter=latest&per_page=100",
    { body = { total_count = 1, check_runs = list { records.check { name = "CI / tests" } } } })
    :on("GET", R .. "/commits/" .. HEAD .. "/status", { body = { statuses = list {
      records.status { context = "ci / TESTS" }, records.status { context = "other" } } } })
  local found = assert(script.forge:checks(HEAD, { "CI / tests" }))
  test.equal(values(found, "name"), { "CI / tests", "ci / TESTS" })
  test.equal(#script.log, 2)
end)

test("a status is of a commit, and its description fits", function ()
  local script = open():on("POST", R .. "/statuses/" .. HEAD, { status = 201, body = records.status() })
  assert(script.forge:post_status(HEAD, { context = "release", state = "failure", description = ("é"):rep(200), url = "https://x.example" }))
  local body = json.decode(script.requests[1].body)
  test.equal({ utf8.len(body.description), body.state, body.context, body.target_url }, { 140, "failure", "release", "https://x.example" })
  test.raises(function () script.forge:post_status("main", { context = "c", state = "success" }) end, "named in full")
  test.raises(function () script.forge:post_status(HEAD, { context = "c", state = "done" }) end, "no such state")
end)

test("issues are no pull requests, and a label with a comma is compared here", function ()
  local script = open():on("GET", R .. "/issues", { body = list { records.issue { number = 9 },
    records.issue { number = 5, labels = list { { name = "a" }, { name = "Big, bad" } } },
    records.issue { number = 7, labels = list { "b" , { name = "a" } }, title = "Texts for labels" },
    records.issue { number = 6, pull_request = { url = "https://x.example" } } } })
  test.equal(values(assert(script.forge:issues { labels = { "a" } }), "number"), { 5, 7, 9 })
  test.equal(assert(script.forge:issues { labels = { "a", "big, bad" } }), { { number = 5, title = "Broken",
    labels = { "Big, bad", "a" }, url = "https://github.com/demo/app/issues/3" } })
  test.contains(script.log[2], "labels=a&")
end)

-- ---- what protects a branch ----

local function rules(answers, env)
  local script = open { env = env }:on("GET", R, { body = records.repository() })
  for path, answer in pairs(answers) do script:on("GET", R .. path, answer) end
  return script.forge:rules "main"
end

local PROTECTION = {
  required_status_checks = { strict = true, contexts = list { "release", "test" },
    checks = list { { context = "test", app_id = 15368 }, { context = "release", app_id = json.null } } },
  enforce_admins = { enabled = true }, required_pull_request_reviews = { required_approving_review_count = 2 },
  restrictions = json.null, allow_force_pushes = { enabled = false }, allow_deletions = { enabled = false },
}

-- What a merge needs where nothing is asked for, but for what is said.
local function merge_rules(more)
  local merge = { methods = { "merge", "rebase", "squash" }, linear = false, queue = false, locked = false, strict = false,
    approvals = 0, reviewed = false, checks = {}, others = {}, seen = true }
  for key, value in pairs(more or {}) do merge[key] = value end
  return merge
end

local function everybody(name, app) return { name = name, app = app, enforced_for_admins = true, bypass = false } end

test("classic protection, read in full", function ()
  test.equal(rules { ["/branches/main/protection"] = { body = PROTECTION }, ["/rules/branches/main"] = { body = list {} } }, {
    protected = true, required_checks = { everybody("release", false), everybody("test", 15368) },
    strict = true, pull_request_required = true, approvals = 2, force_push = false, deletion = false,
    merge = merge_rules { strict = true, approvals = 2, reviewed = true,
      checks = { { name = "release", app = false }, { name = "test", app = 15368 } } } })
end)

test("S0.8 what classic protection asks of a merge is told", function ()
  local protection = { enforce_admins = { enabled = true }, required_linear_history = { enabled = true }, lock_branch = { enabled = true },
    required_signatures = { enabled = true }, required_conversation_resolution = { enabled = true }, restrictions = { users = list {} },
    required_pull_request_reviews = { require_code_owner_reviews = true, require_last_push_approval = true } }
  local function merge(permission)
    return assert(rules({ ["/branches/main/protection"] = { body = protection }, ["/rules/branches/main"] = { body = list {} },
      [""] = { body = records.repository { permissions = { [permission] = true } } } })).merge
  end
  local asked = merge_rules { linear = true, locked = true, reviewed = true, others = { "a pusher who is on its list",
    "an approval by somebody else than the last pusher", "an approval of code owners", "resolved conversations", "signed commits" } }
  test.equal(merge "push", asked)
  test.equal(merge "admin", asked)
  -- Administrators whom it does not hold merge past it.
  protection.enforce_admins.enabled = false
  test.equal(merge "push", asked)
  test.equal(merge "admin", merge_rules())
end)

test("S0.8 what rulesets ask of a merge is told, but for those that the token may go past", function ()
  local asked = list { { type = "pull_request", ruleset_id = 3, parameters = { required_approving_review_count = 1,
      allowed_merge_methods = list { "merge", "squash" }, require_code_owner_review = true } },
    { type = "pull_request", ruleset_id = 3, parameters = { required_approving_review_count = 2,
      allowed_merge_methods = list { "squash", "rebase" } } },
    { type = "required_linear_history", ruleset_id = 3 }, { type = "merge_queue", ruleset_id = 3 }, { type = "update", ruleset_id = 3 },
    { type = "required_deployments", ruleset_id = 3 }, { type = "tomorrows_rule", ruleset_id = 3 }, { type = "creation", ruleset_id = 3 },
    { type = "required_status_checks", ruleset_id = 4, parameters = { strict_required_status_checks_policy = true,
      required_status_checks = list { { context = "build" } } } } }
  local function merge(bypass)
    return assert(rules { ["/branches/main/protection"] = { status = 404, body = { message = "Branch not protected" } },
      ["/rules/branches/main"] = { body = asked }, ["/rulesets/3"] = { body = { id = 3, current_user_can_bypass = bypass } },
      ["/rulesets/4"] = { body = { id = 4, bypass_actors = list {}, current_user_can_bypass = "never" } } }).merge
  end
  local build = { strict = true, checks = { { name = "build", app = false } } }
  for _, never in ipairs { "never", false } do
    test.equal(merge(never or nil), merge_rules { strict = true, checks = build.checks, methods = { "squash" }, linear = true, queue = true,
      locked = true, approvals = 2, reviewed = true,
      others = { "an approval of code owners", "deployments that went well", "the rule tomorrows_rule" } })
  end
  for _, may in ipairs { "always", "pull_requests_only", "exempt" } do test.equal(merge(may), merge_rules(build)) end
end)

test("a branch that nothing protects", function ()
  local nothing = { protected = false, required_checks = {}, strict = false, pull_request_required = false, approvals = 0,
    force_push = true, deletion = true, merge = merge_rules() }
  test.equal(rules { ["/branches/main/protection"] = { status = 404, body = { message = "Branch not protected" } },
    ["/rules/branches/main"] = { body = list {} } }, nothing)
  test.equal(rules { ["/branches/main/protection"] = { status = 404, body = { message = "Branch not found" } },
    ["/branches/main"] = { status = 404, body = { message = "Branch not found" } }, ["/rules/branches/main"] = { body = list {} } }, nothing)
end)

test("a private repository whose plan has no protection: nothing protects it; any other refusal is a problem", function ()
  local upgrade = { status = 403, body = { message = "Upgrade to GitHub Pro or make this repository public to enable this feature." } }
  local branch = { body = { name = "main", protected = false } }
  local found = assert(rules { ["/branches/main/protection"] = upgrade, ["/branches/main"] = branch, ["/rules/branches/main"] = upgrade })
  test.equal({ found.protected, found.required_checks, found.merge }, { false, {}, merge_rules() })
  refused("error", { "/rules/branches/main" }, rules { ["/branches/main/protection"] = upgrade, ["/branches/main"] = branch,
    ["/rules/branches/main"] = { status = 403, body = { message = "Resource not accessible by integration" } } })
end)

test("classic protection that the token may not read: what is not seen is not taken for harmless", function ()
  local found = assert(rules { ["/branches/main/protection"] = { status = 403, body = { message = "Resource not accessible" } },
    ["/branches/main"] = { body = { name = "main", protected = true, protection = { enabled = true, required_status_checks = {
      enforcement_level = "non_admins", contexts = list { "release" }, checks = list { { context = "release", app_id = json.null } } } } } },
    ["/rules/branches/main"] = { body = list {} } })
  test.equal(found, { protected = true, required_checks = { { name = "release", app = false, enforced_for_admins = false } },
    strict = false, pull_request_required = false, approvals = 0, force_push = true, deletion = true,
    merge = merge_rules { checks = { { name = "release", app = false } }, seen = false } })
  found = assert(rules { ["/branches/main/protection"] = { status = 404, body = { message = "Not Found" } },
    ["/branches/main"] = { body = { name = "main", protected = true, protection = { enabled = true } } },
    ["/rules/branches/main"] = { body = list {} } })
  test.equal({ found.protected, found.required_checks, found.merge.seen }, { true, {}, false })
end)

local RULES = list {
  { type = "required_status_checks", ruleset_id = 3, ruleset_source_type = "Repository", parameters = {
    strict_required_status_checks_policy = true, required_status_checks = list { { context = "release", integration_id = 7 } } } },
  { type = "pull_request", ruleset_id = 3, parameters = { required_approving_review_count = 1 } },
  { type = "non_fast_forward", ruleset_id = 3 }, { type = "deletion", ruleset_id = 3 }, { type = "creation", ruleset_id = 3 },
}

test("rulesets, and who may pass them", function ()
  local function with(ruleset)
    return assert(rules { ["/branches/main/protection"] = { status = 404, body = { message = "Branch not protected" } },
      ["/rules/branches/main"] = { body = RULES }, ["/rulesets/3"] = ruleset })
  end
  test.equal(with { body = { id = 3, bypass_actors = list {} } }, { protected = true,
    required_checks = { everybody("release", 7) }, strict = true, pull_request_required = true,
    approvals = 1, force_push = false, deletion = false,
    merge = merge_rules { strict = true, approvals = 1, reviewed = true, checks = { { name = "release", app = 7 } } } })
  local found = with { body = { id = 3, bypass_actors = list { { actor_type = "DeployKey", bypass_mode = "always" } } } }
  test.equal({ found.required_checks[1].bypass, found.required_checks[1].enforced_for_admins }, { true, true })
  found = with { body = { id = 3, bypass_actors = list { { actor_type = "RepositoryRole", actor_id = 5, bypass_mode = "always" } } } }
  test.equal({ found.required_checks[1].bypass, found.required_checks[1].enforced_for_admins }, { true, false })
  for _, unseen in ipairs { { body = { id = 3 } }, { status = 404, body = { message = "Not Found" } }, { status = 403, body = {} } } do
    found = with(unseen)
    test.equal({ found.protected, found.required_checks }, { true, { { name = "release", app = 7 } } })
  end
  found = with { body = { id = 3, current_user_can_bypass = "pull_requests_only" } }
  test.equal({ found.required_checks[1].bypass, found.required_checks[1].enforced_for_admins }, { true, nil })
  refused("error", { "/rulesets/3" }, rules { ["/branches/main/protection"] = { status = 404, body = { message = "Branch not protected" } },
    ["/rules/branches/main"] = { body = RULES }, ["/rulesets/3"] = { status = 502 } })
end)

test("classic protection and rulesets together are as strict as both, and each check is held by what requires it", function ()
  local found = assert(rules { ["/branches/main/protection"] = { body = PROTECTION }, ["/rules/branches/main"] = { body = RULES },
    ["/rulesets/3"] = { body = { id = 3, bypass_actors = list { { actor_type = "OrganizationAdmin" } } } } })
  test.equal(found.required_checks, { everybody("release", false),
    { name = "release", app = 7, enforced_for_admins = false, bypass = true }, everybody("test", 15368) })
  test.equal({ found.approvals, found.force_push, found.merge.approvals, found.merge.strict }, { 2, false, 2, true })
end)

test("S0.13 of rulesets that require one check the one that holds most people counts, in whatever order they are told", function ()
  local function rule(id)
    return { type = "required_status_checks", ruleset_id = id, parameters = { required_status_checks = list { { context = "release" } } } }
  end
  local actors = { [3] = list { { actor_type = "RepositoryRole" } }, [4] = list {} }
  for _, order in ipairs { { 3, 4 }, { 4, 3 } } do
    local found = assert(rules { ["/branches/main/protection"] = { status = 404, body = { message = "Branch not protected" } },
      ["/rules/branches/main"] = { body = list { rule(order[1]), rule(order[2]) } },
      ["/rulesets/3"] = { body = { id = 3, bypass_actors = actors[3] } }, ["/rulesets/4"] = { body = { id = 4, bypass_actors = actors[4] } } })
    test.equal(found.required_checks, { everybody("release", false) })
  end
end)

-- ---- whose a status is ----

test("S0.13 whose the latest status of a name is, and which app acts under that login", function ()
  local function status(context, login) return { context = context, creator = login and { login = login } or nil } end
  local script = open():on("GET", R .. "/commits/" .. HEAD .. "/statuses", { body = list { status("build", "ann"),
    status("Release", "app-77[bot]"), status("release", "ann"), status("mine", "github-actions[bot]"), status("lost"), status("hidden", "x[bot]") } })
    :on("GET", "/apps/app-77", { body = { id = 77, slug = "app-77" } })
    :on("GET", "/apps/x", { status = 404, body = { message = "Not Found" } })
    :on("GET", "/apps/github-actions", { body = { id = 9, slug = "github-actions" } })
  local function poster(context) return script.forge:poster(HEAD, context) end
  test.equal(poster "release", { user = "app-77[bot]", app = 77 })
  test.equal(poster "build", { user = "ann", app = false })
  test.equal(poster "mine", { user = "github-actions[bot]", app = 15368 })
  test.equal(poster "lost", { user = "ghost", app = false })
  test.equal(poster "hidden", { user = "x[bot]" })
  test.equal(poster "other", false)
end)

test("S0.13 the token is an app's, a person's, or nobody's", function ()
  local script = open():on("GET", "/installation/repositories", { status = 403, body = { message = "You must authenticate" } })
  test.equal(script.forge:identity(), { app = false })
  test.equal(script.forge:identity(), { app = false })
  test.equal(#script.log, 1)
  script = open():on("GET", "/installation/repositories", { body = { total_count = 0, repositories = list {} } })
  test.equal(script.forge:identity(), { app = true })
  refused("error", { "/installation/repositories" },
    open():on("GET", "/installation/repositories", { status = 502 }).forge:identity())
end)

-- ---- runs ----

test("a run is told by its workflow's file and by what it calls itself", function ()
  local script = open():on("GET", R .. "/actions/runs/900", { body = records.run { path = ".github/workflows/release.yml@refs/heads/main" } })
  test.equal(script.forge:run(900), { id = 900, workflow = "release.yml", name = "Release", event = "push", branch = "main", oid = HEAD,
    attempt = 2, status = "completed", conclusion = "success", title = "Release 1.2.3", url = "https://github.com/demo/app/actions/runs/900" })
  for told, status in pairs { requested = "queued", pending = "queued", queued = "queued", waiting = "waiting", in_progress = "in_progress" } do
    script:on("GET", R .. "/actions/runs/900", { body = records.run { status = told, conclusion = json.null } })
    local run = assert(script.forge:run(900))
    test.equal({ run.status, run.conclusion }, { status, false })
  end
end)

test("runs are told newest first, and more than GitHub delivers are a problem", function ()
  local function page(total)
    return { body = { total_count = total, workflow_runs = list { records.run { id = 1 }, records.run { id = 3 }, records.run { id = 2 } } } }
  end
  local script = open():on("GET", R .. "/actions/workflows/release.yml/runs", page(3))
  test.equal(values(assert(script.forge:runs { workflow = "release.yml", oid = HEAD, event = "push", branch = "main" }), "id"), { 3, 2, 1 })
  test.contains(script.log[1], "?branch=main&event=push&head_sha=" .. HEAD .. "&per_page=100")
  assert(script.forge:runs { workflow = "release.yml", since = 1767225600 })
  test.contains(script.log[2], "?created=%3E%3D2026-01-01T00%3A00%3A00Z&per_page=100")
  script:on("GET", R .. "/actions/runs", page(1001))
  refused("error", { "1001 of them, and GitHub tells no more than 1000" }, script.forge:runs {})
end)

test("approvals are told by environment, decided before pending; an environment by who must approve", function ()
  local script = open():on("GET", R .. "/actions/runs/9/approvals", { body = list {
    { environments = list { { id = 1, name = "prod" }, { id = 2, name = "docs" } }, state = "approved", user = { login = "ada" }, comment = "go" },
    { environments = list { { id = 1, name = "prod" } }, state = "rejected", user = { login = "bob" }, comment = "" } } })
    :on("GET", R .. "/actions/runs/9/pending_deployments", { body = list { { environment = { id = 1, name = "prod" }, wait_timer = 0,
      current_user_can_approve = false, reviewers = list {} } } })
  test.equal(script.forge:approvals(9), {
    { environment = "docs", state = "approved", user = "ada", comment = "go" },
    { environment = "prod", state = "approved", user = "ada", comment = "go" },
    { environment = "prod", state = "rejected", user = "bob", comment = "" },
    { environment = "prod", state = "pending", user = false, comment = "" } })
  script:on("GET", R .. "/environments/prod%2Feu", { body = { id = 1, name = "prod/eu", protection_rules = list {
    { type = "wait_timer", wait_timer = 30 }, { type = "branch_policy" }, { type = "required_reviewers", reviewers = list {
      { type = "User", reviewer = { login = "zoe" } }, { type = "Team", reviewer = { slug = "stewards", name = "S" } } } } } } })
  test.equal(script.forge:environment "prod/eu", { name = "prod/eu", reviewers = { "demo/stewards", "zoe" }, wait_minutes = 30 })
  script:on("GET", R .. "/environments/docs", { body = { id = 1, name = "docs" } })
  test.equal(script.forge:environment "docs", { name = "docs", reviewers = false, wait_minutes = 0 })
end)

test("of two runs of one check the later counts, whatever their numbers", function ()
  local script = scripted.empty():on("GET", R .. "/commits/" .. HEAD .. "/check-runs", { body = { total_count = 2, check_runs = list {
    records.check { id = 9, started_at = "2026-01-02T03:00:00Z" },
    records.check { id = 2, started_at = "2026-01-02T04:00:00Z", conclusion = "failure" } } } })
  local found = assert(script.forge:checks(HEAD))
  test.equal({ #found, found[1].state }, { 1, "failure" })
end)

test("P12 a run whose status is a word of tomorrow has not ended", function ()
  for _, status in ipairs { "enchanted", json.null } do
    local script = open():on("GET", R .. "/actions/runs/900", { body = records.run { status = status } })
    test.equal(assert(script.forge:run(900)).status, "queued")
  end
end)

test("a check that any app may report is required of none", function ()
  local protection = {}
  for key, value in pairs(PROTECTION) do protection[key] = value end
  protection.required_status_checks = { strict = true, contexts = list {}, checks = list { { context = "release", app_id = -1 },
    { context = "test", app_id = 0 }, { context = "lint", app_id = 7 } } }
  local found = assert(rules { ["/branches/main/protection"] = { body = protection }, ["/rules/branches/main"] = { body = list {} } })
  local told = {}
  for i, check in ipairs(found.required_checks) do told[i] = { check.name, check.app } end
  test.equal(told, { { "lint", 7 }, { "release", false }, { "test", false } })
end)
