--- The GitHub backend against the test forge, where it is GitHub's own: pages, faults, tokens, redirections, classic
-- protection, GraphQL and servers of somebody's own. The suite of every backend is in test_forge_github_suite.lua.

local test = require "testing"
local json = require "host.json"
local problem = require "problem"
local github_stage = require "github_stage"
local proxy = require "forge_proxy"

local shared = github_stage.open()
local with = shared.with

local function refused(kind, words, value, trouble, note)
  test.equal(value, nil, note)
  if not problem.is(trouble) then error("no problem: " .. tostring(trouble), 2) end
  for _, part in ipairs(words) do test.contains(tostring(trouble), part, note) end
  test.equal(trouble.kind, kind, (note or "") .. " " .. tostring(trouble))
end

local function order(stage, fields)
  local given = { tag = "v1.0.0", target = stage.branch "main", name = "1.0.0", body = "notes", draft = true }
  for key, value in pairs(fields or {}) do given[key] = value end
  return given
end

local function asset_order(stage, name, bytes)
  stage.place:write("files/" .. name, bytes)
  return { name = name, path = stage.place:path("files/" .. name), size = #bytes,
    sha256 = require("host.digest").sha256(bytes), content_type = "application/octet-stream" }
end

local function pull_of(stage, branch)
  branch = branch or "release-1"
  local head = stage.commit(branch, branch .. ".txt", "r\n")
  return assert(stage.forge:create_pull { title = "Release", body = "", head = branch, base = "main" }).number, head
end

-- The requests of the log with this method and a path that holds `part`.
local function asked(stage, method, part)
  local found = {}
  for _, row in ipairs(stage.hub.log()) do
    if row.method == method and row.path:find(part, 1, true) then found[#found + 1] = row end
  end
  return found
end

-- ---- faults ----

-- Each write: how it is made, where it goes, and how many of its effects are there.
local WRITES = {
  { name = "comment", method = "POST", path = "/comments",
    make = function (stage, it) return stage.forge:comment(it.number, "hello") end,
    count = function (stage, it) return #assert(stage.forge:comments(it.number)) end },
  { name = "create_release", method = "POST", path = "/releases$",
    make = function (stage) return stage.forge:create_release(order(stage)) end,
    count = function (stage) return #assert(stage.forge:releases()) end },
  { name = "post_status", method = "POST", path = "/statuses/",
    make = function (stage, it)
      return stage.forge:post_status(it.head, { context = "release", state = "pending", description = "" })
    end,
    count = function (stage, it) return #assert(stage.forge:checks(it.head)) end },
  { name = "upload_asset", method = "POST", path = "/assets",
    prepare = function (stage, it) it.release = assert(stage.forge:create_release(order(stage))).id end,
    make = function (stage, it) return stage.forge:upload_asset(it.release, asset_order(stage, "a.bin", "bytes")) end,
    count = function (stage, it)
      for _, release in ipairs(assert(stage.forge:releases())) do
        if release.id == it.release then return #release.assets end
      end
    end },
  { name = "merge_pull", method = "PUT", path = "/merge$",
    make = function (stage, it) return stage.forge:merge_pull(it.number, { oid = it.head }) end,
    count = function (stage, it) return assert(stage.forge:pull(it.number)).state == "merged" and 1 or 0 end },
  { name = "dispatch", method = "POST", path = "/dispatches",
    prepare = function (stage, it)
      if it.first then stage.workflow("publish.yml", {}) end
    end,
    make = function (stage) return stage.forge:dispatch { workflow = "publish.yml", ref = "main" } end,
    count = function (stage) return #assert(stage.forge:runs { workflow = "publish.yml" }) end },
}

-- Each fault: the kind of the problem (nil: the write succeeds) and how many effects there are.
local FAULTS = {
  { "unknown", 0, { fault = "reset_before" } }, { "unknown", 1, { fault = "reset_after" } },
  { "unknown", 0, { fault = "status", status = 502 } }, { "unknown", 1, { fault = "status", status = 502, when = "after" } },
  { "unknown", 0, { fault = "status", status = 503 } }, { "unknown", 1, { fault = "truncate" } },
  { nil, 1, { fault = "rate_limited", seconds = 1 } }, { nil, 1, { fault = "secondary", seconds = 1 } },
  { "error", 0, { fault = "rate_limited", seconds = 3600 } }, { "error", 0, { fault = "permission" } },
  { "denied", 0, { fault = "invalid" } },
}

for _, write in ipairs(WRITES) do
  test(("P8 P12 %s: a fault leaves one effect or none, and is told for what it is"):format(write.name), function ()
    with(function (stage)
      for i, row in ipairs(FAULTS) do
        local it = { first = i == 1 }
        it.number, it.head = pull_of(stage, "release-" .. i)
        if write.prepare then write.prepare(stage, it) end
        local before = write.count(stage, it)
        local fault = { method = write.method, path = write.path }
        for key, value in pairs(row[3]) do fault[key] = value end
        stage.hub.fault(fault)
        local value, trouble = write.make(stage, it)
        local note = ("%s %s %s"):format(fault.fault, fault.status or "", fault.when or "")
        if row[1] then refused(row[1], {}, value, trouble, note) else test.truthy(value, note .. tostring(trouble)) end
        test.equal(write.count(stage, it) - before, row[2], note)
      end
    end)
  end)
end

test("P8 nobody listens: a write certainly did not happen, and a read is a problem", function ()
  github_stage.with(function (stage)
    if stage.hub.proxy then test.skip "a proxy listens for the forge" end
    local number = pull_of(stage)
    stage.hub.stop()
    refused("error", { "check the network" }, stage.forge:comment(number, "hello"))
    refused("error", { "check the network" }, stage.forge:comments(number))
    stage.hub.restart()
    test.equal(assert(stage.forge:comments(number)), {})
  end)
end)

test("P8 an upload that was cut off leaves a starter, which is seen and deleted", function ()
  with(function (stage)
    local id = assert(stage.forge:create_release(order(stage))).id
    stage.hub.fault { fault = "starter", path = "/assets" }
    refused("unknown", { "502" }, stage.forge:upload_asset(id, asset_order(stage, "a.bin", "bytes")))
    local assets = assert(stage.forge:releases())[1].assets
    test.equal({ #assets, assets[1].state, assets[1].digest }, { 1, "starter", false })
    assert(stage.forge:delete_asset(assets[1].id))
    assert(stage.forge:upload_asset(id, asset_order(stage, "a.bin", "bytes")))
  end)
end)

test("a read gets over failures that pass", function ()
  with(function (stage)
    local number = pull_of(stage)
    for _, fault in ipairs { { fault = "status", status = 502, times = 2 }, { fault = "reset_before", times = 2 },
      { fault = "truncate", times = 2 }, { fault = "rate_limited", seconds = 1 } } do
      fault.method, fault.path = "GET", "/comments"
      stage.hub.fault(fault)
      test.equal(stage.forge:comments(number), {}, fault.fault)
    end
  end)
end)

test("P12 a page that fails and an answer of another type are problems", function ()
  with(function (stage)
    local number = stage.issue("talk", { "blocker" })
    stage.hub.fault { fault = "drop_page", method = "GET", path = "/issues", times = 0 }
    refused("error", { "500" }, stage.forge:issues { labels = { "blocker" } })
    stage.hub.admin("DELETE", "faults")
    stage.hub.fault { fault = "wrong_type", method = "GET", times = 0 }
    local R = stage.branch "main"
    for _, call in ipairs { { "issues", {} }, { "comments", number }, { "pulls", {} }, { "releases" }, { "rules", "main" },
      { "runs", {} }, { "checks", R }, { "repository" }, { "compare", "main", "main" }, { "role", "writer" } } do
      local value, trouble = stage.forge[call[1]](stage.forge, call[2], call[3])
      test.equal(value, nil, call[1])
      test.truthy(problem.is(trouble), call[1])
    end
  end)
end)

-- ---- conversation ----

test("an unchanged answer is asked for by its mark, within one session", function ()
  with(function (stage)
    local number = pull_of(stage)
    assert(stage.forge:comment(number, "hello"))
    stage.hub.admin("DELETE", "log")
    local answers = proxy.session(stage.place, stage.session "writer",
      { { "comments", number }, { "comments", number }, { "comment", number, "more" }, { "comments", number } })
    test.equal({ #answers[1].value, #answers[2].value, #answers[4].value }, { 1, 1, 2 })
    local statuses = {}
    for i, row in ipairs(asked(stage, "GET", "/comments")) do statuses[i] = row.status end
    test.equal(statuses, { 200, 304, 200 })
  end)
end)

test("a limit is waited for and said once", function ()
  with(function (stage)
    local number = pull_of(stage)
    stage.hub.fault { fault = "secondary", seconds = 1, path = "/comments", times = 2 }
    local answers, said = proxy.session(stage.place, stage.session "writer", { { "comments", number } })
    test.equal(answers[1].value, {})
    test.equal(#said, 1)
    test.contains(said[1], "asks to wait: its rate limit ends in 1 s")
  end)
end)

-- ---- tokens ----

test("P17 P18 the token is seen by the API alone, and is in nothing that is told", function ()
  with(function (stage)
    local session = stage.session "writer"
    local id = assert(stage.forge:create_release(order(stage))).id
    local asset = assert(stage.forge:upload_asset(id, asset_order(stage, "a.bin", "bytes")))
    local public = assert(stage.forge:update_release(id, { draft = false }))
    stage.hub.admin("DELETE", "log")
    stage.hub.fault { fault = "permission", path = "/comments" }
    local answers, _, result = proxy.session(stage.place, session, {
      { "download_asset", asset.id, { path = stage.place:path "got", size = 5 } }, { "fetch", public.assets[1].url },
      { "comments", 1 }, { "pull", 99 }, { "fetch", "http://127.0.0.1:1/nobody" } })
    test.equal(answers[1].problem, nil)
    test.equal(answers[1].value.size, 5)
    test.equal(answers[2].value.status, 200)
    test.lacks(result.stdout .. result.stderr, "Canary")
    local beyond = 0
    for _, row in ipairs(stage.hub.log()) do
      if row.listener == "storage" or not row.path:find("/repos/", 1, true) then
        beyond = beyond + 1
        test.equal(row.authorization or false, false, row.path)
      end
    end
    test.truthy(beyond >= 2, beyond .. " requests beyond the API")
  end)
end)

test("without a token public reads work, drafts are a problem, and a write says what it needs", function ()
  with(function (stage)
    local anybody = stage.as("writer", { GITHUB_TOKEN = false })
    local number = pull_of(stage)
    test.equal(assert(anybody:pull(number)).number, number)
    test.equal(assert(anybody:repository()).permission, false)
    refused("error", { "drafts", "cannot be seen without a token" }, anybody:releases())
    refused("error", { "there is no token", "set GITHUB_TOKEN", "issues: write" }, anybody:comment(number, "x"))
  end)
end)

test("a token that may not is told what it lacks; one that is wrong, which variable holds it", function ()
  github_stage.with(function (stage)
    local number, head = pull_of(stage)
    local ci = stage.as "ci"
    refused("error", { "403", "GITHUB_TOKEN", "the permission contents: write" }, ci:create_release(order(stage)))
    assert(ci:post_status(head, { context = "release", state = "pending", description = "" }))
    refused("error", { "401", "the token in GITHUB_TOKEN is wrong or has expired" },
      stage.as("writer", { GITHUB_TOKEN = "ghp_wrong" }):pull(number))
  end, { permissions = { statuses = "write", contents = "read", pull_requests = "read" } })
end)

test("P8 a private repository that the token may not see is no absence", function ()
  with(function (stage)
    local number = pull_of(stage)
    stage.hub.admin("PATCH", "repositories", { repo = stage.repository, private = true })
    local anybody = stage.as("writer", { GITHUB_TOKEN = false })
    for _, call in ipairs { { "pull", number }, { "pull", 99 }, { "run", 1 }, { "environment", "prod" }, { "pulls", {} },
      { "issues", {} }, { "rules", "main" }, { "checks", stage.branch "main" }, { "releases" } } do
      refused("error", { "404, not found, or the token may not see it" }, anybody[call[1]](anybody, call[2]))
    end
    test.equal(stage.forge:pull(99), false)
  end)
end)

-- ---- what is GitHub's own ----

test("S0.13 classic protection: in full to an admin, and in part to others", function ()
  with(function (stage)
    stage.hub.admin("POST", "protection", { repo = stage.repository, branch = "main", enforce_admins = true,
      restrictions = json.null, required_status_checks = { strict = true, contexts = json.array { "release", "ci" } },
      required_pull_request_reviews = { required_approving_review_count = 2 } })
    local admin, names = stage.as "admin", { { name = "ci", app = false }, { name = "release", app = false } }
    local function checks(bypass)
      local found = {}
      for i, one in ipairs(names) do found[i] = { name = one.name, app = false, enforced_for_admins = true, bypass = bypass } end
      return found
    end
    local merge = { methods = { "merge", "rebase", "squash" }, linear = false, queue = false, locked = false, strict = true,
      approvals = 2, reviewed = true, checks = names, others = {}, seen = true }
    test.equal(admin:rules "main", { protected = true, required_checks = checks(false), strict = true,
      pull_request_required = true, approvals = 2, force_push = false, deletion = false, merge = merge })
    local seen = assert(stage.forge:rules "main")
    test.equal({ seen.protected, seen.required_checks, seen.force_push, seen.merge.checks, seen.merge.seen },
      { true, checks(nil), true, names, false })
  end)
end)

test("S0.13 who may pass a ruleset is told to an admin, and is unknown to others", function ()
  with(function (stage)
    stage.protect("main", { checks = { "release" } })
    local admin = stage.as "admin"
    local seen = assert(admin:rules "main")
    test.equal(seen.required_checks, { { name = "release", app = false, enforced_for_admins = true, bypass = false } })
    seen = assert(stage.forge:rules "main")
    test.equal({ seen.protected, seen.required_checks }, { true, { { name = "release", app = false } } })
  end)
end)

test("G.lock refs are moved together, or not at all", function ()
  with(function (stage)
    local main = stage.branch "main"
    local topic = stage.commit("topic", "t.txt", "t\n")
    assert(stage.forge:update_refs { { ref = "refs/heads/main", old = main, new = topic }, { ref = "refs/tags/v1.0.0", new = main },
      { ref = "refs/heads/topic", old = topic } })
    test.equal({ stage.branch "main", stage.tag "v1.0.0", stage.branch "topic" }, { topic, main, nil })
    refused("stale", { "plan again" }, stage.forge:update_refs {
      { ref = "refs/heads/other", new = main }, { ref = "refs/heads/main", old = main, new = main } })
    test.equal({ stage.branch "main", stage.branch "other" }, { topic, nil })
    refused("stale", {}, stage.forge:update_refs { { ref = "refs/tags/v1.0.0", new = topic } })
  end)
end)

test("S0.12 auto-merge: what GitHub will merge by itself, and what it will not", function ()
  with(function (stage)
    local number, head = pull_of(stage)
    refused("denied", { "auto-merge in the repository's settings" }, stage.forge:auto_merge(number, { oid = head }))
    stage.hub.admin("PATCH", "repositories", { repo = stage.repository, settings = { allow_auto_merge = true } })
    stage.protect("main", { checks = { "release" } })
    assert(stage.forge:auto_merge(number, { oid = head }))
    test.equal(assert(stage.forge:pull(number)).state, "open")
    assert(stage.forge:post_status(head, { context = "release", state = "success", description = "" }))
    test.equal(assert(stage.forge:pull(number)).state, "merged")
  end)
end)

test("check runs and statuses of one name stand side by side", function ()
  with(function (stage)
    local oid = stage.branch "main"
    stage.hub.admin("POST", "checks", { repo = stage.repository, sha = oid, name = "ci", conclusion = "skipped" })
    stage.hub.admin("POST", "checks", { repo = stage.repository, sha = oid, name = "build", status = "in_progress" })
    assert(stage.forge:post_status(oid, { context = "ci", state = "failure", description = "" }))
    local told = {}
    for i, one in ipairs(assert(stage.forge:checks(oid))) do told[i] = one.name .. " " .. one.source .. " " .. one.state end
    test.equal(told, { "build check pending", "ci check skipped", "ci status failure" })
    told = assert(stage.forge:checks(oid, { "build" }))
    test.equal({ #told, told[1].name }, { 1, "build" })
  end)
end)

test("S1.36 one workflow's check is told at its worst for a push and a pull request, and at its newest when it ran again", function ()
  with(function (stage)
    local oid, path = stage.branch "main", ".github/workflows/ci.yml"
    local function admin(door, fields)
      fields.repo = stage.repository
      return stage.hub.admin("POST", door, fields)
    end
    local function ran(event, conclusion)
      admin("runs", { run = admin("runs", { path = path, event = event, branch = "main", sha = oid }).id, conclusion = conclusion })
      local found = assert(stage.forge:checks(oid, { "test" }))
      return ("%d %s"):format(#found, found[1].state)
    end
    admin("workflows", { path = path, jobs = { "test" } })
    test.equal(ran("push", "failure"), "1 failure")
    test.equal(ran("pull_request", "success"), "1 failure")
    test.equal(ran("push", "success"), "1 success")
    test.equal(ran("pull_request", "cancelled"), "1 cancelled")
  end)
end)

test("a dispatch tells its run where the server can, and a server of one's own tells no digests", function ()
  with(function (stage)
    stage.workflow("publish.yml", {})
    test.truthy(assert(stage.forge:dispatch { workflow = "publish.yml", ref = "main" }).id)
  end)
  github_stage.with(function (stage)
    stage.workflow("publish.yml", {})
    test.equal(stage.forge:dispatch { workflow = "publish.yml", ref = "main" }, { id = false })
    local id = assert(stage.forge:create_release(order(stage))).id
    test.equal(assert(stage.forge:upload_asset(id, asset_order(stage, "a.bin", "bytes"))).digest, false)
    test.equal(assert(stage.forge:update_release(id, { draft = false })).immutable, false)
    test.equal(assert(stage.forge:repository()).immutable_releases, false)
    test.equal(assert(stage.forge:can "run_ids").can, false)
  end, { flavour = "ghes" })
end)

test("the notes of a release have a limit, which is told", function ()
  with(function (stage)
    refused("denied", { "shorten the notes: GitHub takes 125,000 characters" },
      stage.forge:create_release(order(stage, { body = ("x"):rep(125001) })))
  end)
end)

shared.close()
