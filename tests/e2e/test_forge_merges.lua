--- The test forge's pull requests, protection, refs and GraphQL, over real commits in a real repository.

local test = require "testing"
local forge_server = require "forge_server"
local json = require "host.json"

local HISTORY = [[
branch main
commit "feat: first" a.txt as first
branch feature
commit "fix: second" b.txt as second
commit "fix: third" c.txt as third
branch clash from main
commit "fix: other" b.txt as clash
]]

local R, ZERO = "/repos/acme/widget", ("0"):rep(40)

-- Calls body(hub, stage, ask, admin); see forge_server.on.
local function on(body, options) return forge_server.on(HISTORY, body, options) end

local function open(ask, fields)
  local body = { title = "Release 1.0.0", head = "feature", base = "main" }
  for key, value in pairs(fields or {}) do body[key] = value end
  return ask("POST", R .. "/pulls", { body = body })
end

local function protect(admin, fields)
  fields.branch, fields.enforce_admins = "main", fields.enforce_admins ~= false
  admin("protection", fields)
end

local CHECKS = { required_status_checks = { strict = false, contexts = { "release" } } }

local function push(hub, stage, refspec, token)
  local words = { "git", "push", "--porcelain", hub.git_url() }
  return stage.place:run(table.move(refspec, 1, #refspec, #words + 1, words),
    { cwd = "work", env = hub.environment(token or "writer") })
end

test("forge: a pull request is refused when there is one, when nothing would be merged, and for a branch that is not",
  function ()
    on(function (_, _, ask)
      local pull = open(ask)
      test.equal({ pull.status, pull.json.number, pull.json.mergeable }, { 201, 1, json.null })
      test.contains(open(ask).body, "A pull request already exists for acme:feature.")
      test.contains(open(ask, { head = "main" }).body, "No commits between main and main")
      test.equal(open(ask, { head = "nowhere" }).json.errors[1].field, "head")
    end)
  end)

test("forge: pull requests are found by owner:branch; a bare branch name is ignored", function ()
  on(function (_, _, ask)
    open(ask)
    open(ask, { head = "clash" })
    test.equal(#ask("GET", R .. "/pulls?head=acme:clash").json, 1)
    test.equal(#ask("GET", R .. "/pulls?head=clash").json, 2)
    test.equal(#ask("GET", R .. "/pulls?base=feature").json, 0)
  end)
end)

test("forge: mergeable is null to the first who reads, and a real merge's result to the second", function ()
  on(function (hub, stage, ask)
    open(ask)
    test.equal(ask("GET", R .. "/pulls/1").json.mergeable, json.null)
    local pull = ask("GET", R .. "/pulls/1").json
    test.equal({ pull.mergeable, pull.mergeable_state }, { true, "clean" })
    test.equal(push(hub, stage, { "origin/clash:main" }).code, 0)
    test.equal(ask("GET", R .. "/pulls/1").json.mergeable, json.null)
    pull = ask("GET", R .. "/pulls/1").json
    test.equal({ pull.mergeable, pull.mergeable_state }, { false, "dirty" })
    test.equal(ask("PUT", R .. "/pulls/1/merge", { body = {} }).status, 405)
  end)
end)

test("forge: merge_commit_sha is gone at 2026-03-10", function ()
  on(function (_, _, ask)
    open(ask)
    test.truthy(ask("GET", R .. "/pulls/1").json.merge_commit_sha)
    test.equal(ask("GET", R .. "/pulls/1", { headers = { ["X-GitHub-Api-Version"] = "2026-03-10" } })
      .json.merge_commit_sha, nil)
  end)
end)

test("forge: the head follows pushes, and a merge pinned to another head is a 409", function ()
  on(function (hub, stage, ask)
    open(ask)
    stage.work:run("checkout", "-q", "-b", "mine", "origin/feature")
    stage.place:write("work/d.txt", "d")
    stage.work:run("add", "d.txt")
    stage.work:run("commit", "-q", "-m", "fix: fourth")
    test.equal(push(hub, stage, { "mine:feature" }).code, 0)
    test.equal(ask("GET", R .. "/pulls/1").json.head.sha, stage.work:run("rev-parse", "mine"))
    test.equal(ask("PUT", R .. "/pulls/1/merge", { body = { sha = stage.labels.third } }).status, 409)
  end)
end)

for _, row in ipairs {
  { "merge", function (stage, sha)
    test.equal(stage.remote:run("rev-parse", sha .. "^1"), stage.labels.first)
    test.equal(stage.remote:run("rev-parse", sha .. "^2"), stage.labels.third)
  end },
  { "squash", function (stage, sha)
    test.equal(stage.remote:run("rev-list", "--count", stage.labels.first .. ".." .. sha), "1")
    test.equal(stage.remote:run("rev-parse", sha .. "^{tree}"), stage.remote:run("rev-parse", "feature^{tree}"))
  end },
  { "rebase", function (stage, sha)
    test.equal(stage.remote:run("rev-list", "--count", stage.labels.first .. ".." .. sha), "2")
    test.truthy(stage.remote:run("rev-parse", sha) ~= stage.labels.third)
    test.equal(stage.remote:run("log", "-1", "--format=%cn", sha), "GitHub")
  end },
} do
  local method, proof = row[1], row[2]
  test("forge: " .. method .. " makes the commits that GitHub would make", function ()
    on(function (_, stage, ask)
      open(ask)
      local merged = ask("PUT", R .. "/pulls/1/merge", { body = { sha = stage.labels.third, merge_method = method } })
      test.equal(merged.status, 200, merged.body)
      test.equal(stage.remote:run("rev-parse", "main"), merged.json.sha)
      proof(stage, merged.json.sha)
      local pull = ask("GET", R .. "/pulls/1").json
      test.equal({ pull.merged, pull.state, pull.merge_commit_sha }, { true, "closed", merged.json.sha })
      test.equal(ask("PUT", R .. "/pulls/1/merge", { body = {} }).status, 405)
    end)
  end)
end

test("forge: a required check that is missing, pending or failing is a 405 with the reason; a green one lets through",
  function ()
    on(function (_, stage, ask, admin)
      protect(admin, CHECKS)
      open(ask)
      local function merge() return ask("PUT", R .. "/pulls/1/merge", { body = {} }) end
      test.contains(merge().json.message, 'Required status check "release" is expected')
      for _, state in ipairs { "pending", "failure" } do
        ask("POST", R .. "/statuses/" .. stage.labels.third, { body = { state = state, context = "release" } })
        test.equal(merge().status, 405)
        ask("GET", R .. "/pulls/1")
        test.equal(ask("GET", R .. "/pulls/1").json.mergeable_state, "blocked")
      end
      ask("POST", R .. "/statuses/" .. stage.labels.second, { body = { state = "success", context = "release" } })
      test.equal(merge().status, 405)
      ask("POST", R .. "/statuses/" .. stage.labels.third, { body = { state = "success", context = "release" } })
      test.equal(merge().status, 200)
    end)
  end)

test("forge: a status and a check run of one required name are both required, and skipped satisfies", function ()
  on(function (_, stage, ask, admin)
    protect(admin, CHECKS)
    open(ask)
    admin("checks", { sha = stage.labels.third, name = "release", conclusion = "failure" })
    ask("POST", R .. "/statuses/" .. stage.labels.third, { body = { state = "success", context = "release" } })
    test.equal(ask("PUT", R .. "/pulls/1/merge", { body = {} }).status, 405)
    admin("checks", { sha = stage.labels.third, name = "release", conclusion = "skipped" })
    test.equal(ask("PUT", R .. "/pulls/1/merge", { body = {} }).status, 200)
  end)
end)

test("forge: an admin passes protection unless it is enforced for admins", function ()
  on(function (_, _, ask, admin)
    protect(admin, CHECKS)
    open(ask)
    test.equal(ask("PUT", R .. "/pulls/1/merge", { token = "admin", body = {} }).status, 405)
    protect(admin, { required_status_checks = CHECKS.required_status_checks, enforce_admins = false })
    test.equal(ask("PUT", R .. "/pulls/1/merge", { body = {} }).status, 405)
    test.equal(ask("PUT", R .. "/pulls/1/merge", { token = "admin", body = {} }).status, 200)
  end)
end)

test("forge: reviews are a history, the last of a person counts, and a push dismisses stale ones where that is set",
  function ()
    on(function (hub, stage, ask, admin)
      protect(admin, { required_pull_request_reviews = { required_approving_review_count = 1,
        dismiss_stale_reviews = true } })
      open(ask)
      test.equal(ask("POST", R .. "/pulls/1/reviews", { body = { event = "APPROVE" } }).status, 422)
      admin("reviews", { pull = 1, user = "reader", state = "APPROVED" })
      test.contains(ask("PUT", R .. "/pulls/1/merge", { body = {} }).json.message, "At least 1 approving review")
      ask("POST", R .. "/pulls/1/reviews", { token = "admin", body = { event = "REQUEST_CHANGES", body = "no" } })
      test.equal(ask("PUT", R .. "/pulls/1/merge", { body = {} }).status, 405)
      ask("POST", R .. "/pulls/1/reviews", { token = "admin", body = { event = "APPROVE" } })
      local reviews = ask("GET", R .. "/pulls/1/reviews").json
      test.equal({ #reviews, reviews[3].state, reviews[3].commit_id }, { 3, "APPROVED", stage.labels.third })
      stage.work:run("checkout", "-q", "-b", "mine", "origin/feature")
      stage.work:run("commit", "-q", "--allow-empty", "-m", "chore: late")
      test.equal(push(hub, stage, { "mine:feature" }).code, 0)
      test.equal(ask("GET", R .. "/pulls/1/reviews").json[3].state, "DISMISSED")
      test.equal(ask("PUT", R .. "/pulls/1/merge", { body = {} }).status, 405)
    end)
  end)

test("forge: an open conversation holds the merge back where it has to be resolved", function ()
  on(function (_, _, ask, admin)
    protect(admin, { required_conversation_resolution = true })
    open(ask)
    local thread = admin("threads", { pull = 1, resolved = false }).id
    test.contains(ask("PUT", R .. "/pulls/1/merge", { body = {} }).json.message, "A conversation must be resolved")
    admin("threads", { pull = 1, thread = thread, resolved = true })
    test.equal(ask("PUT", R .. "/pulls/1/merge", { body = {} }).status, 200)
  end)
end)

test("forge: a head that becomes reachable from the base by a push is merged, whatever protection says", function ()
  on(function (hub, stage, ask, admin)
    protect(admin, { required_status_checks = CHECKS.required_status_checks, enforce_admins = false })
    open(ask)
    test.equal(push(hub, stage, { "origin/feature:main" }, "admin").code, 0)
    local pull = ask("GET", R .. "/pulls/1").json
    test.equal({ pull.merged, pull.merge_commit_sha }, { true, stage.labels.third })
  end)
end)

test("forge: update-branch moves the head away from its statuses", function ()
  on(function (hub, stage, ask)
    open(ask)
    stage.work:run("checkout", "-q", "-b", "mine", "origin/main")
    stage.work:run("commit", "-q", "--allow-empty", "-m", "chore: base")
    test.equal(push(hub, stage, { "mine:main" }).code, 0)
    local function update(sha)
      return ask("PUT", R .. "/pulls/1/update-branch", { body = { expected_head_sha = sha } }).status
    end
    test.equal(update(ZERO), 422)
    test.equal(update(stage.labels.third), 202)
    local head = ask("GET", R .. "/pulls/1").json.head.sha
    test.truthy(head ~= stage.labels.third)
    test.equal(stage.remote:run("rev-parse", "feature"), head)
    test.equal(stage.remote:run("rev-parse", "feature^2"), stage.work:run("rev-parse", "mine"))
  end)
end)

test("forge: a pull request from a fork has another repository as its head", function ()
  on(function (hub, stage, ask)
    hub.admin("POST", "repositories", { name = "mallory/widget", parent = hub.repository, owner_type = "User" })
    hub.admin("POST", "tokens", { token = "ghp_malloryCanary", name = "mallory", login = "mallory" })
    stage.place:must { "git", "--git-dir", stage.place:path "forge/git/mallory/widget.git", "fetch", "-q",
      stage.place:path "remote.git", "+refs/heads/*:refs/heads/*" }
    local pull = hub.ask("POST", R .. "/pulls", { token = "ghp_malloryCanary",
      body = { title = "gift", head = "mallory:feature", base = "main" } })
    test.equal(pull.status, 201, pull.body)
    test.equal({ pull.json.head.repo.full_name, pull.json.head.repo.fork, pull.json.base.repo.full_name },
      { "mallory/widget", true, "acme/widget" })
    test.equal(hub.ask("PUT", R .. "/pulls/1/merge", { token = "ghp_malloryCanary", body = {} }).status, 404)
    test.equal(ask("PUT", R .. "/pulls/1/merge", { body = {} }).status, 200)
  end)
end)

test("forge: a push to a protected branch is refused by GH006, to what a ruleset covers by GH013", function ()
  on(function (hub, stage, ask, admin)
    protect(admin, CHECKS)
    local refused = push(hub, stage, { "origin/feature:main", "origin/feature:refs/heads/free" })
    test.equal(refused.code, 1)
    test.contains(refused.stderr, "GH006: Protected branch update failed for refs/heads/main.")
    test.contains(stage.remote:state(), "refs/heads/free")
    admin("rulesets", { name = "tags", target = "tag", enforcement = "active", rules = { { type = "creation" } },
      conditions = { ref_name = { include = { "refs/tags/v*" } } } })
    test.contains(push(hub, stage, { "origin/main:refs/tags/v9" }).stderr, "GH013: Repository rule violations found")
    test.equal(push(hub, stage, { "origin/main:refs/tags/other" }).code, 0)
    local release = ask("POST", R .. "/releases", { body = { tag_name = "v9" } })
    test.equal(release.status, 422)
    test.contains(release.body, "Cannot create ref due to creations being restricted")
  end)
end)

test("forge: protection is an admin's to read and replaced as a whole; everybody sees that a branch is protected",
  function ()
    on(function (hub, _, ask, admin)
      local path = R .. "/branches/main/protection"
      test.equal(ask("GET", path, { token = "admin" }).status, 404)
      local body = { required_status_checks = { strict = true, contexts = { "release" } }, enforce_admins = true,
        required_pull_request_reviews = json.null, restrictions = json.null }
      test.equal(ask("PUT", path, { token = "admin", body = body }).status, 200)
      body.restrictions = nil
      test.equal(ask("PUT", path, { token = "admin", body = body }).status, 422)
      test.equal(ask("GET", path).status, 404)
      test.equal(ask("GET", path, { token = "ci" }).status, 403)
      test.equal(ask("GET", path, { token = "admin" }).json.required_status_checks.contexts, { "release" })
      local branch = ask("GET", R .. "/branches/main", { token = "reader" }).json
      test.equal({ branch.protected, branch.protection.required_status_checks.contexts[1] }, { true, "release" })
      test.equal(ask("GET", R .. "/rules/branches/main").json, {})
      admin("rulesets", { name = "checks", enforcement = "active", conditions = { ref_name = {
        include = { "~DEFAULT_BRANCH" } } }, rules = { { type = "required_status_checks", parameters = {
        strict_required_status_checks_policy = false, required_status_checks = { { context = "release" } } } } } })
      test.equal(ask("GET", R .. "/rules/branches/main").json[1].type, "required_status_checks")
      test.truthy(#hub.log() > 0)
    end)
  end)

test("forge: git asks for a token to push and refuses one that may only read", function ()
  on(function (hub, stage)
    local nobody = stage.place:run({ "git", "push", hub.git_url(), "origin/main:refs/heads/x" }, { cwd = "work" })
    test.equal(nobody.code, 128)
    test.equal(push(hub, stage, { "origin/main:refs/heads/x" }, "reader").code, 128)
    test.equal(stage.place:run({ "git", "ls-remote", hub.git_url() }).code, 0)
    test.equal(push(hub, stage, { "origin/main:refs/heads/x" }, "ci").code, 0)
    test.equal(push(hub, stage, { "origin/main:refs/pull/9/head" }).code, 1)
  end)
end)

test("forge: refs are made once, moved forwards unless forced, and a missing one is deleted with a 422", function ()
  on(function (_, stage, ask)
    local function make(sha)
      return ask("POST", R .. "/git/refs", { body = { ref = "refs/relrun/lock/core", sha = sha } })
    end
    test.equal(make(stage.labels.second).status, 201)
    test.equal(make(stage.labels.second).json.message, "Reference already exists")
    test.equal(ask("GET", R .. "/git/ref/relrun%2Flock%2Fcore").json.object.sha, stage.labels.second)
    local function move(sha, force)
      return ask("PATCH", R .. "/git/refs/relrun/lock/core", { body = { sha = sha, force = force } })
    end
    test.equal(move(stage.labels.first, false).json.message, "Update is not a fast forward")
    test.equal(move(stage.labels.first, "true").status, 422)
    test.equal(move(stage.labels.first, true).status, 200)
    test.equal(ask("DELETE", R .. "/git/refs/relrun/lock/core").status, 204)
    local gone = ask("DELETE", R .. "/git/refs/relrun/lock/core")
    test.equal({ gone.status, gone.json.message }, { 422, "Reference does not exist" })
  end)
end)

test("forge: matching-refs is a prefix, and an annotated tag is a tag object", function ()
  on(function (_, stage, ask)
    stage.remote:run("branch", "featureA", "main")
    test.equal(#ask("GET", R .. "/git/matching-refs/heads/feature").json, 2)
    stage.remote:run("tag", "-a", "-m", "one", "v1", "main")
    local ref = ask("GET", R .. "/git/ref/tags/v1").json
    test.equal(ref.object.type, "tag")
    test.equal(ask("GET", R .. "/git/tags/" .. ref.object.sha).json.object.sha, stage.labels.first)
    test.equal(ask("GET", R .. "/compare/main...feature").json.ahead_by, 2)
  end)
end)

local UPDATE = "mutation($input: UpdateRefsInput!) { updateRefs(input: $input) { clientMutationId } }"

test("forge: updateRefs moves all refs or none, each from where it is believed to be", function ()
  on(function (_, stage, ask)
    local function graph(query, variables)
      return ask("POST", "/graphql", { body = { query = query, variables = variables } }).json
    end
    local id = graph 'query { repository(owner: "acme", name: "widget") { id } }'.data.repository.id
    local function update(rows) return graph(UPDATE, { input = { repositoryId = id, refUpdates = rows } }) end
    local first, third = stage.labels.first, stage.labels.third
    local before = stage.remote:state()
    test.truthy(update { { name = "refs/tags/t1", beforeOid = ZERO, afterOid = first },
      { name = "refs/heads/main", beforeOid = third, afterOid = third } }.errors)
    test.equal(stage.remote:state(), before)
    test.equal(update { { name = "refs/tags/t1", beforeOid = ZERO, afterOid = first },
      { name = "refs/heads/main", beforeOid = first, afterOid = third } }.errors, nil)
    test.equal(stage.remote:run("rev-parse", "t1", "main"), first .. "\n" .. third)
    test.truthy(update { { name = "refs/tags/t1", beforeOid = third, afterOid = ZERO } }.errors)
    test.equal(update { { name = "refs/tags/t1", beforeOid = first, afterOid = ZERO } }.errors, nil)
    test.lacks(stage.remote:state(), "refs/tags/t1")
    local wrong = graph 'query { repository(owner: "acme", name: "widget") { nope } }'
    test.equal(wrong.errors[1].message, "Field 'nope' doesn't exist on type 'Repository'")
    test.equal(wrong.data, nil)
  end)
end)

local AUTO = "mutation($input: EnablePullRequestAutoMergeInput!) { enablePullRequestAutoMerge(input: $input)"
  .. " { pullRequest { autoMergeRequest { mergeMethod } } } }"

test("forge: auto-merge needs the setting and something unmet, and merges when that is met", function ()
  on(function (hub, stage, ask, admin)
    open(ask)
    local function enable()
      return ask("POST", "/graphql", { body = { query = AUTO, variables = { input = {
        pullRequestId = ask("GET", R .. "/pulls/1").json.node_id, mergeMethod = "MERGE" } } } }).json
    end
    test.contains(enable().errors[1].message, "Auto merge is not allowed for this repository")
    hub.admin("PATCH", "repositories", { repo = hub.repository, settings = { allow_auto_merge = true } })
    test.contains(enable().errors[1].message, "clean status")
    protect(admin, CHECKS)
    test.equal(enable().data.enablePullRequestAutoMerge.pullRequest.autoMergeRequest.mergeMethod, "MERGE")
    ask("POST", R .. "/statuses/" .. stage.labels.third, { body = { state = "success", context = "release" } })
    test.equal(ask("GET", R .. "/pulls/1").json.merged, true)
  end)
end)
