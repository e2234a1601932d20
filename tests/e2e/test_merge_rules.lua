--- What GitHub's rules ask of a merge is heard before a release that merges last has anything out: the test forge refuses
-- each of these merges with 405, and a release that met one at its end would be public with its pull request open.

local test = require "testing"
local guarded_github = require "guarded_github"
local json = require "host.json"

local PUBLISH = "relrun publish release.lua release"
local PREPARE = "relrun prepare release.lua release"

local with = guarded_github.with

local function pull_request_rule(more)
  local parameters = { dismiss_stale_reviews_on_push = false, require_code_owner_review = false,
    require_last_push_approval = false, required_approving_review_count = 0, required_review_thread_resolution = false }
  for key, value in pairs(more) do parameters[key] = value end
  return { type = "pull_request", parameters = parameters }
end

local function required(checks, strict)
  return { type = "required_status_checks", parameters = { strict_required_status_checks_policy = strict or false,
    required_status_checks = json.array(checks) } }
end

local QUEUE = { type = "merge_queue", parameters = { merge_method = "MERGE", grouping_strategy = "ALLGREEN",
  check_response_timeout_minutes = 60, max_entries_to_build = 5, max_entries_to_merge = 5, min_entries_to_merge = 1,
  min_entries_to_merge_wait_minutes = 5 } }
local SQUASH_ONLY = pull_request_rule { allowed_merge_methods = json.array { "squash" } }

-- What a merge by a person says: the test forge holds what relrun reads.
local function merge_by_ann(stage, number)
  return stage.hub.ask("PUT", "/repos/acme/widget/pulls/" .. number .. "/merge", { token = "of ann",
    body = { merge_method = "merge" } })
end

-- Rules that no release of this lane can meet: name, rules, what relrun says, what the forge itself says of such a merge.
for _, row in ipairs {
  { "a ruleset that allows squash merges alone", { SQUASH_ONLY }, "the rules of main allow no merge commits",
    "not allowed on this repository" },
  { "a ruleset that asks for a linear history", { { type = "required_linear_history" } }, "main asks for a linear history",
    "must not contain merge commits" },
  { "classic protection that asks for a linear history", { protection = { required_linear_history = true } },
    "main asks for a linear history", "must not contain merge commits", "admin" },
  { "a merge queue", { QUEUE }, "main takes pull requests from a merge queue alone", "through the merge queue" },
  { "a locked branch", { protection = { lock_branch = true } }, "main is locked", "locked branch", "admin" },
} do
  test("S0.8 S0.16 " .. row[1] .. " refuses a release when it is prepared, and when it is published", function ()
    local late = row[2]
    with({}, function (stage)
      local number, head = stage:prepared(row[5])
      local function set(kind, fields)
        fields.repo = "acme/widget"
        stage.hub.admin("POST", kind, fields)
      end
      if late.protection then
        set("protection", { branch = "main", required_status_checks = json.null, enforce_admins = true,
          required_pull_request_reviews = json.null, restrictions = json.null,
          required_linear_history = late.protection.required_linear_history, lock_branch = late.protection.lock_branch })
      else
        set("rulesets", { name = "late", target = "branch", enforcement = "active", rules = json.array { late[1] },
          conditions = { ref_name = { include = json.array { "refs/heads/main" }, exclude = json.array {} } } })
      end
      stage:approve(number)
      stage:refused(PUBLISH, 5, row[3], nil, row[5])
      stage:nothing_is_out()
      test.equal(stage:status(head, "release").state, "pending")
      stage:refused(PREPARE, 5, row[3], nil, row[5])
      -- What relrun heard is what the forge would have said.
      stage:ask("POST", "/statuses/" .. head, { state = "success", context = "release" })
      local merged = merge_by_ann(stage, number)
      test.equal(merged.status, 405)
      test.contains(merged.body, row[4])
    end)
  end)
end

test("S0.8 S0.16 a base that went on where the forge takes only what is up to date: nothing is out, and it is prepared anew", function ()
  with({ strict = true }, function (stage)
    local number = stage:prepared()
    stage:approve(number)
    stage:go_on()
    stage:refused(PUBLISH, 5, "main takes only what is up to date with it, and pull request #1 is behind it by 1 commit")
    stage:nothing_is_out()
    stage.here:must { "git", "-C", stage.here:path "work", "pull", "-q", "--ff-only", "file://" .. stage.here:path "remote.git", "main" }
    stage:must(PREPARE)
    stage:build(stage:ask("GET", "/pulls/1").head.sha)
    stage:approve(number)
    stage:must(PUBLISH)
    test.equal(stage:ask("GET", "/pulls/1").merged, true)
  end)
end)

test("S0.8 what is up to date is released and merged where the forge takes nothing else", function ()
  with({ strict = true }, function (stage)
    stage:approve((stage:prepared()))
    stage:must(PUBLISH)
    test.equal(stage:ask("GET", "/pulls/1").merged, true)
  end)
end)

test("S0.8 S0.28 another required check: missing or at work the release waits, failed it is denied, green it goes on", function ()
  with({ others = { required { { context = "security" }, { context = "licences", integration_id = 15368 } } } }, function (stage)
    local number, head = stage:prepared()
    stage:approve(number)
    stage:refused(PUBLISH, 6, "main requires the check 'licences', which nobody reported as app 15368")
    -- A person's word is none of that app's.
    stage:ask("POST", "/statuses/" .. head, { state = "success", context = "licences" })
    stage:ask("POST", "/statuses/" .. head, { state = "success", context = "security" })
    stage:refused(PUBLISH, 6, "licences")
    local function check(fields)
      fields.repo, fields.sha, fields.name = "acme/widget", head, "licences"
      stage.hub.admin("POST", "checks", fields)
    end
    -- The status stays, and of one name both are required.
    check { status = "in_progress" }
    stage:refused(PUBLISH, 6, "main requires the check 'licences', which is not finished")
    check { conclusion = "failure" }
    stage:refused(PUBLISH, 5, "main requires the check 'licences', which ended with failure")
    stage:nothing_is_out()
    check { conclusion = "skipped" }
    stage:must(PUBLISH)
    test.equal(stage:ask("GET", "/pulls/" .. number).merged, true)
  end)
end)

test("S0.30 approvals that the forge asks for, more than the lane does, are waited for", function ()
  with({ pull_request_rule { required_approving_review_count = 2 } }, function (stage)
    local number = stage:prepared()
    stage:approve(number)
    stage:refused(PUBLISH, 6, "main asks for 2 approvals, and pull request #1 has 1")
    stage:nothing_is_out()
    stage.hub.admin("POST", "reviews", { repo = "acme/widget", pull = number, user = "admin", state = "CHANGES_REQUESTED" })
    stage:refused(PUBLISH, 5, "admin")
    stage.hub.admin("POST", "reviews", { repo = "acme/widget", pull = number, user = "admin", state = "APPROVED" })
    stage:must(PUBLISH)
    test.equal(stage:ask("GET", "/pulls/" .. number).merged, true)
  end)
end)

local PLAIN = [[
release "gitops" { packages = package "gitops" { files = { json "package.json" "version" } }, version = semver {},
  identity = "gitops bot <bot@example.org>", tag = "v{version}" }
lane "release" { when = { dispatched, approved }, base = "main", merge = "MERGE",
  gates = { required_check { "release", trust = true } }, approval = { reviews { count = 1 } },
  steps = { branch "releases/{version}", bump {}, commit {}, pull_request { title = "x {version}", draft = DRAFT },
    tag {}, push {}, forge_release { notes = "pull_request" } } }
]]

-- A lane that merges so; with its pull request as a draft.
local function lane(merge, draft) return (PLAIN:gsub("MERGE", merge):gsub("DRAFT", tostring(draft or false))) end

test("S0.16 a draft is marked ready before its release is out", function ()
  with({ spec = lane("after", true) }, function (stage)
    local number = stage:prepared()
    stage:approve(number)
    stage:refused(PUBLISH, 6, "pull request #1 is a draft")
    stage:nothing_is_out()
    test.equal(merge_by_ann(stage, number).status, 405)
  end)
end)

test("S0.13 a lock that one app alone may free: a person's token prepares nothing, that app's own does all of it", function ()
  with({ app = 15368 }, function (stage)
    stage:refused(PREPARE, 5, "main takes the check 'release' from app 15368 alone, and the token is a person's")
    test.equal(#stage:ask("GET", "/pulls"), 0)
    local number = stage:prepared "ci"
    stage:approve(number)
    stage:refused(PUBLISH, 5, "from app 15368 alone")
    stage:nothing_is_out()
    stage:must(PUBLISH, nil, "ci")
    test.equal(stage:ask("GET", "/pulls/" .. number).merged, true)
  end)
end)

test("S0.13 a lock of another app than the token's is refused as soon as the status tells who posted it", function ()
  with({ app = 77 }, function (stage)
    stage:refused(PREPARE, 5, "the check 'release' counts from app 77 alone, and the token posts it as github-actions[bot]", nil, "ci")
    local permissions = { contents = "write", pull_requests = "write", statuses = "write", checks = "read", issues = "write" }
    stage.hub.tokens.seventy = "ghs_seventySevenCanary0123456789abcdefabcd"
    stage.hub.admin("POST", "tokens", { token = stage.hub.tokens.seventy, name = "seventy", kind = "installation", app_id = 77,
      login = "app-77[bot]", repository = "acme/widget", permissions = permissions })
    local number = stage:prepared "seventy"
    stage:approve(number)
    stage:refused(PUBLISH, 5, "the check 'release' counts from app 77 alone", nil, "ci")
    stage:nothing_is_out()
    stage:must(PUBLISH, nil, "seventy")
    test.equal(stage:ask("GET", "/pulls/" .. number).merged, true)
  end)
end)

test("S0.11 rules that the token itself may go past hold nobody's release up", function ()
  with({ others = { { type = "required_linear_history" }, QUEUE, required { { context = "security" } } },
    bypass_others = { { actor_type = "RepositoryRole", actor_id = 4, bypass_mode = "always" } } }, function (stage)
    stage:approve((stage:prepared()))
    stage:must(PUBLISH)
    test.equal(stage:ask("GET", "/pulls/1").merged, true)
  end)
end)

test("P3 a saved plan whose merge came to be refused meanwhile writes nothing", function ()
  with({ strict = true }, function (stage)
    local number, head = stage:prepared()
    stage:approve(number)
    local event = stage:event("pull_request_review", number, true)
    stage.here:write("work/plan.json", stage:must("relrun plan release.lua --push --json", event))
    stage:go_on()
    stage:refused("relrun apply plan.json", 3, "main takes only what is up to date with it")
    stage:nothing_is_out()
    test.equal(stage:status(head, "release").state, "pending")
  end)
end)

test("S0.33 what a person squashed in spite of all is not done: main does not hold what was released", function ()
  with({}, function (stage)
    local number, head = stage:prepared()
    stage:approve(number)
    -- The rule comes between the release and the merge.
    stage.hub.fault { fault = "answer", method = "PUT", path = "/merge$", times = 0, status = 405,
      json = { message = "Repository rule violations found\n\nMerge commits are not allowed on this repository.\n\n" } }
    stage:refused(PUBLISH, 5, "cannot be merged")
    test.equal(stage:tag(), head)
    stage.hub.admin("DELETE", "faults")
    local squashed = stage.hub.ask("PUT", "/repos/acme/widget/pulls/" .. number .. "/merge", { token = "of ann",
      body = { merge_method = "squash" } })
    test.equal(squashed.status, 200)
    stage:refused(PUBLISH, 5, "pull request #1 was merged without its head " .. head:sub(1, 12))
    stage:refused(PUBLISH .. " --pull-request " .. number, 5, "#1")
  end)
end)

test("S0.8 a lane that leaves the merge to people asks nothing of it", function ()
  with({ spec = lane("never", true), strict = true, QUEUE, SQUASH_ONLY, others = { required { { context = "security" } } } }, function (stage)
    local number, head = stage:prepared()
    stage:approve(number)
    stage:go_on()
    stage:must(PUBLISH)
    test.equal({ stage:tag(), stage:status(head, "release").state, stage:ask("GET", "/pulls/" .. number).state }, { head, "success", "open" })
  end)
end)

test("S0.13 nor may a lock be one that its token cannot free, where people merge", function ()
  with({ spec = lane "never", app = 15368 }, function (stage)
    stage:refused(PREPARE, 5, "from app 15368 alone")
  end)
end)

test("S2.36 a lane that merges in order to release hears the forge's own refusal, with nothing out", function ()
  with({ spec = lane "before", others = { required { { context = "security" } } } }, function (stage)
    local number, head = stage:prepared()
    stage:approve(number)
    stage:refused(PUBLISH, 5, 'Required status check "security" is expected')
    stage:nothing_is_out()
    stage:ask("POST", "/statuses/" .. head, { state = "success", context = "security" })
    stage:must(PUBLISH)
    test.equal({ stage:tag(), stage:ask("GET", "/pulls/" .. number).merged }, { head, true })
  end)
end)

test("S0.8 a base that goes on when the release is out, where the forge takes only what is up to date: the way out is told", function ()
  with({ strict = true }, function (stage)
    local number, head = stage:prepared()
    stage:approve(number)
    stage.hub.fault { fault = "answer", method = "PUT", path = "/merge$", times = 1, status = 502, json = { message = "Bad Gateway" } }
    stage:refused(PUBLISH, 1, "run the same command again")
    stage:go_on()
    stage:refused(PUBLISH, 5, ("close #1, `git merge %s` into a new branch of main, and open a pull request of it"):format(head:sub(1, 12)))
    test.equal(stage:tag(), head)
  end)
end)

test("S0.8 a merge that GitHub is at already is waited for", function ()
  with({}, function (stage)
    local number = stage:prepared()
    stage:approve(number)
    stage.hub.fault { fault = "answer", method = "PUT", path = "/merge$", times = 2, status = 405,
      json = { message = "Merge already in progress" } }
    stage:must(PUBLISH)
    test.equal(stage:ask("GET", "/pulls/" .. number).merged, true)
  end)
end)

test("P12 a pull request that the forge lists and does not have is refused with a line, with nothing out", function ()
  with({}, function (stage)
    local number = stage:prepared()
    stage:approve(number)
    stage.hub.fault { fault = "answer", method = "GET", path = "/pulls/1$", times = 1, status = 404, json = { message = "Not Found" } }
    stage:refused(PUBLISH, 1, "the forge has no pull request #1 any more; run the same command again")
    stage:nothing_is_out()
    stage:must(PUBLISH)
  end)
end)

test("S0.14 the guard's word of another app than the one that counts is refused, and that app's own takes its place", function ()
  with({ app = 77 }, function (stage)
    local hub = stage.hub
    hub.tokens.seventy = "ghs_seventySevenCanary0123456789abcdefabcd"
    hub.admin("POST", "tokens", { token = hub.tokens.seventy, name = "seventy", kind = "installation", app_id = 77,
      login = "app-77[bot]", repository = "acme/widget", permissions = { contents = "read", pull_requests = "read",
        statuses = "write", checks = "read" } })
    local number, head = stage:open("feature", "fix: it")
    stage:build(head)
    local event = stage:event("pull_request_target", number)
    stage:refused("relrun guard release.lua", 5, "counts from app 77 alone", event, "ci")
    test.equal(stage:merge(number), 405)
    stage:must("relrun guard release.lua", event, "seventy")
    test.equal(stage:merge(number), 200)
  end)
end)

return test.done()
