--- The suite that every backend of stdlib/forge.lua passes: what the methods answer and refuse, in the same words
-- whichever forge it is.
--
--     forge_suite("local", function (body) ... body(stage) ... end)
--
-- `with(body)` opens a fresh forge beside a fresh repository, calls `body(stage)` and takes everything away again. The
-- repository has a branch main with one commit. Stage:
--
--     forge                           the opened backend; its user may write
--     reader()                        the same forge, opened by one who may only read
--     place                           a place of tests/lib/place.lua, for files
--     branch(name) -> oid|nil         what a branch of the repository holds
--     commit(branch, path, text)      adds a commit to a branch (made from main when absent); -> oid
--     set_branch(name, oid|nil)       moves a branch by force, or deletes it
--     tag(name) -> oid|nil            the commit of a tag
--     protect(branch, { checks =, approvals =, dismiss_stale =, strict = })
--     review(number, user, state)     a person reviews the present head: "approved", "changes_requested", "commented"
--     issue(title, labels) -> number, close_issue(number)
--     begin_upload(release id, name)  an upload that never ends
--     role(user, role), team(name, users), environment(name, reviewers), workflow(name, environments)
--     decide(run, environment, user, state), finish(run, conclusion)
--     immutable_releases()            switches them on

local test = require "testing"
local problem = require "problem"

local function refused(kind, value, trouble, note)
  test.equal(value, nil, note)
  test.truthy(problem.is(trouble), "a problem in place of " .. tostring(trouble))
  test.equal(trouble.kind, kind, tostring(trouble))
  test.lacks(tostring(trouble), "\n")
  return trouble
end

local function must(value, trouble)
  if value == nil then error(tostring(trouble), 2) end
  return value
end

-- A forge may compute this in its own time.
local function judged(forge, number)
  for _ = 1, 10 do
    local pull = must(forge:pull(number))
    if pull.state ~= "open" or pull.mergeable ~= nil then return pull end
  end
  error("pull request " .. number .. " is judged at no time")
end

local function open_pull(stage, branch, fields)
  local head = stage.commit(branch, branch .. ".txt", "one\n")
  local request = { title = "Release 1.2.0", body = "What is new.", head = branch, base = "main" }
  for name, value in pairs(fields or {}) do request[name] = value end
  local pull = must(stage.forge:create_pull(request))
  test.equal(pull.head.oid, head)
  return pull
end

local function numbers_of(list)
  local numbers = {}
  for i, item in ipairs(list) do numbers[i] = item.number end
  return numbers
end

local function states_of(reviews)
  local states = {}
  for i, review in ipairs(reviews) do states[i] = review.user .. " " .. review.state end
  return table.concat(states, ", ")
end

local function checks_of(checks)
  local told = {}
  for i, check in ipairs(checks) do told[i] = check.name .. " " .. check.state end
  return table.concat(told, ", ")
end

-- Writes the bytes to a file of the place; what an upload of it asks for.
local function upload(stage, name, bytes, fields)
  stage.place:write("files/" .. name, bytes)
  local request = { name = name, path = stage.place:path("files/" .. name), size = #bytes,
    sha256 = require("host.digest").sha256(bytes), content_type = "application/octet-stream", label = "" }
  for key, value in pairs(fields or {}) do request[key] = value end
  return request
end

local function release_of(forge, id)
  for _, release in ipairs(must(forge:releases())) do
    if release.id == id then return release end
  end
end

local function draft(stage, tag, fields)
  local request = { tag = tag, target = stage.branch "main", name = tag, body = "Notes.", draft = true, prerelease = false }
  for name, value in pairs(fields or {}) do request[name] = value end
  return must(stage.forge:create_release(request))
end

local suite = {}

-- The repository, its rules and its people. -------------------------------------------------------------------------

suite["the repository tells its default branch, what may be merged how, and what we may"] = function (stage)
  local facts = must(stage.forge:repository())
  test.equal(facts.default_branch, "main")
  test.equal(facts.permission, "write")
  test.equal(facts.immutable_releases, false)
  test.equal(math.type(#facts.merge_methods), "integer")
  test.truthy(#facts.merge_methods > 0)
  test.equal(must(stage.reader():repository()).permission, "read")
end

suite["a forge says what it can without being asked over the wire"] = function (stage)
  test.equal(must(stage.forge:can "drafts"), { can = true })
  local checks = must(stage.forge:can "checks")
  test.truthy(checks.can or #checks.why > 10)
  test.raises(function () stage.forge:can "magic" end, "magic")
end

suite["S0.13 an unprotected branch says that nothing protects it"] = function (stage)
  local rules = must(stage.forge:rules "main")
  test.equal(rules.protected, false)
  test.equal(rules.required_checks, {})
  test.equal(rules.approvals, 0)
end

suite["S0.13 a protected branch tells its required checks by name, and the approvals that it asks for"] = function (stage)
  stage.protect("main", { checks = { "release", "ci" }, approvals = 2 })
  local rules = must(stage.forge:rules "main")
  test.equal(rules.protected, true)
  local names = {}
  for i, check in ipairs(rules.required_checks) do names[i] = check.name end
  test.equal(names, { "ci", "release" })
  test.equal(rules.approvals, 2)
  test.equal(must(stage.forge:rules "another").protected, false)
end

suite["a role is the one that was given"] = function (stage)
  stage.role("ann", "maintain")
  stage.role("eve", "read")
  test.equal(must(stage.forge:role "ann"), "maintain")
  test.equal(must(stage.forge:role "eve"), "read")
end

suite["a member of a team is one, and nobody else"] = function (stage)
  stage.team("org/releasers", { "ann" })
  test.equal(must(stage.forge:member("org/releasers", "ann")), true)
  test.equal(stage.forge:member("org/releasers", "eve"), false)
end

-- Pull requests. ----------------------------------------------------------------------------------------------------

suite["S0.24 a pull request is found by its number and by its branch, as it was opened"] = function (stage)
  local opened = open_pull(stage, "release-1")
  local pull = judged(stage.forge, opened.number)
  test.equal(pull.title, "Release 1.2.0")
  test.equal(pull.body, "What is new.")
  test.equal(pull.state, "open")
  test.equal(pull.draft, false)
  test.equal(pull.head.branch, "release-1")
  test.equal(pull.head.oid, stage.branch "release-1")
  test.equal(pull.base.branch, "main")
  test.equal(pull.same_repository, true)
  test.equal(pull.labels, {})
  test.equal(pull.mergeable, true)
  test.equal(numbers_of(must(stage.forge:pulls { head = "release-1", base = "main" })), { opened.number })
  test.equal(must(stage.forge:pulls { head = "release" }), {})
  test.equal(must(stage.forge:pulls { base = "release-1" }), {})
end

suite["a pull request that is not there is false, and not a problem"] = function (stage)
  test.equal(stage.forge:pull(77), false)
end

suite["an issue is no pull request"] = function (stage)
  local number = stage.issue("a bug", {})
  test.equal(stage.forge:pull(number), false)
end

suite["the head of a pull request follows its branch"] = function (stage)
  local pull = open_pull(stage, "release-1")
  local moved = stage.commit("release-1", "more.txt", "more\n")
  test.equal(must(stage.forge:pull(pull.number)).head.oid, moved)
  test.equal(must(stage.forge:pulls { head = "release-1" })[1].head.oid, moved)
end

suite["a second pull request of one branch is refused, and so is one without commits"] = function (stage)
  open_pull(stage, "release-1")
  refused("denied", stage.forge:create_pull { title = "Again", body = "", head = "release-1", base = "main" })
  stage.set_branch("empty", stage.branch "main")
  refused("denied", stage.forge:create_pull { title = "Nothing", body = "", head = "empty", base = "main" })
  refused("denied", stage.forge:create_pull { title = "No branch", body = "", head = "absent", base = "main" })
  test.equal(#must(stage.forge:pulls { state = "all" }), 1)
end

suite["title, body and state of a pull request change, and only what was named"] = function (stage)
  local number = open_pull(stage, "release-1").number
  test.equal(must(stage.forge:update_pull(number, { title = "Release 1.3.0" })).title, "Release 1.3.0")
  local pull = must(stage.forge:update_pull(number, { body = "New." }))
  test.equal({ pull.title, pull.body, pull.state }, { "Release 1.3.0", "New.", "open" })
  test.equal(must(stage.forge:update_pull(number, { state = "closed" })).state, "closed")
  test.equal(must(stage.forge:pulls {}), {})
  test.equal(numbers_of(must(stage.forge:pulls { state = "all" })), { number })
  test.equal(must(stage.forge:update_pull(number, { state = "open" })).state, "open")
end

suite["labels are added once, sorted, and stay"] = function (stage)
  local number = open_pull(stage, "release-1").number
  must(stage.forge:add_labels(number, { "release", "bot" }))
  must(stage.forge:add_labels(number, { "bot" }))
  test.equal(must(stage.forge:pull(number)).labels, { "bot", "release" })
end

suite["comments come in the order in which they were written, each with its bytes"] = function (stage)
  local number = open_pull(stage, "release-1").number
  test.equal(must(stage.forge:comments(number)), {})
  local bodies = { "first\n\nwith lines", "`second` \"quoted\" <b> \u{1F600}" }
  for _, body in ipairs(bodies) do must(stage.forge:comment(number, body)) end
  local comments = must(stage.forge:comments(number))
  test.equal({ comments[1].body, comments[2].body, #comments }, { bodies[1], bodies[2], 2 })
  test.truthy(comments[1].id ~= comments[2].id)
  test.truthy(#comments[1].user > 0)
end

-- Reviews. ----------------------------------------------------------------------------------------------------------

suite["S0.6 a review tells who, what and at which commit, in the order of time"] = function (stage)
  local number = open_pull(stage, "release-1").number
  test.equal(must(stage.forge:reviews(number)), {})
  local first = stage.branch "release-1"
  stage.review(number, "ann", "changes_requested")
  local second = stage.commit("release-1", "more.txt", "more\n")
  stage.review(number, "bob", "commented")
  stage.review(number, "ann", "approved")
  local reviews = must(stage.forge:reviews(number))
  test.equal(states_of(reviews), "ann changes_requested, bob commented, ann approved")
  test.equal({ reviews[1].oid, reviews[2].oid, reviews[3].oid }, { first, second, second })
  for _, review in ipairs(reviews) do test.truthy(review.time:find "^%d%d%d%d%-%d%d%-%d%dT%d%d:%d%d:%d%dZ$", review.time) end
end

suite["S0.10 a protected branch dismisses the approval of a head that has moved"] = function (stage)
  stage.protect("main", { approvals = 1, dismiss_stale = true })
  local number = open_pull(stage, "release-1").number
  stage.review(number, "ann", "approved")
  test.equal(states_of(must(stage.forge:reviews(number))), "ann approved")
  stage.commit("release-1", "more.txt", "more\n")
  test.equal(states_of(must(stage.forge:reviews(number))), "ann dismissed")
  refused("denied", stage.forge:merge_pull(number, { oid = stage.branch "release-1", method = "merge" }))
end

-- Statuses and checks. ----------------------------------------------------------------------------------------------

suite["a status belongs to its commit and to no other"] = function (stage)
  local first = stage.branch "main"
  local second = stage.commit("topic", "t.txt", "t\n")
  test.equal(must(stage.forge:checks(second)), {})
  test.equal(stage.forge:post_status(second, { context = "release", state = "pending", description = "not yet" }), true)
  local checks = must(stage.forge:checks(second))
  test.equal(#checks, 1)
  test.equal({ checks[1].name, checks[1].state, checks[1].source, checks[1].description },
    { "release", "pending", "status", "not yet" })
  test.equal(must(stage.forge:checks(first)), {})
end

suite["the latest status of a context counts, and a context is one whatever its case"] = function (stage)
  local oid = stage.branch "main"
  for _, state in ipairs { "pending", "failure", "error" } do
    must(stage.forge:post_status(oid, { context = "release", state = state, description = state }))
    test.equal(checks_of(must(stage.forge:checks(oid))), "release " .. state)
  end
  must(stage.forge:post_status(oid, { context = "Release", state = "success", description = "" }))
  local checks = must(stage.forge:checks(oid))
  test.equal(#checks, 1)
  test.equal(checks[1].state, "success")
end

suite["checks are sorted by name, and only those that were asked for are told"] = function (stage)
  local oid = stage.branch "main"
  for _, context in ipairs { "ci / test (3.12)", "build", "../deploy", "z" } do
    must(stage.forge:post_status(oid, { context = context, state = "success", description = "", url = "https://ci.example/1" }))
  end
  test.equal(checks_of(must(stage.forge:checks(oid))),
    "../deploy success, build success, ci / test (3.12) success, z success")
  test.equal(checks_of(must(stage.forge:checks(oid, { "z", "ci / test (3.12)", "absent" }))),
    "ci / test (3.12) success, z success")
  test.equal(must(stage.forge:checks(oid, {})), {})
  test.equal(must(stage.forge:checks(oid))[1].url, "https://ci.example/1")
end

suite["a status on a commit that is not there is refused"] = function (stage)
  local _, trouble = stage.forge:post_status(("0"):rep(39) .. "1", { context = "release", state = "pending", description = "" })
  test.truthy(problem.is(trouble))
  test.truthy(trouble.kind ~= "unknown", trouble.kind)
end

-- Merging. ----------------------------------------------------------------------------------------------------------

suite["S0.8 a merge keeps the head reachable, and the commit that is answered is the base's tip"] = function (stage)
  local number = open_pull(stage, "release-1").number
  local before, head = stage.branch "main", stage.branch "release-1"
  local merged = must(stage.forge:merge_pull(number, { oid = head, method = "merge", title = "Merge it", message = "Body." }))
  test.equal(stage.branch "main", merged.oid)
  local pull = must(stage.forge:pull(number))
  test.equal(pull.state, "merged")
  test.equal(pull.head.oid, head)
  test.equal(must(stage.forge:compare(head, "main")).behind, 0)
  test.equal(must(stage.forge:compare(before, "main")), { status = "ahead", ahead = 2, behind = 0 })
  test.equal(must(stage.forge:pulls {}), {})
end

suite["a squash puts one commit on the base"] = function (stage)
  local number = open_pull(stage, "release-1").number
  local before = stage.branch "main"
  stage.commit("release-1", "more.txt", "more\n")
  must(stage.forge:merge_pull(number, { oid = stage.branch "release-1", method = "squash" }))
  test.equal(must(stage.forge:compare(before, "main")), { status = "ahead", ahead = 1, behind = 0 })
  test.equal(must(stage.forge:pull(number)).state, "merged")
end

suite["S0.10 a head that has moved since is not merged"] = function (stage)
  local number = open_pull(stage, "release-1").number
  local looked_at, before = stage.branch "release-1", stage.branch "main"
  stage.commit("release-1", "more.txt", "more\n")
  refused("stale", stage.forge:merge_pull(number, { oid = looked_at, method = "merge" }))
  test.equal(stage.branch "main", before)
  test.equal(must(stage.forge:pull(number)).state, "open")
end

suite["merging without the head's oid is a mistake of the caller's"] = function (stage)
  local number = open_pull(stage, "release-1").number
  test.raises(function () stage.forge:merge_pull(number, { method = "merge" }) end, "oid")
end

suite["S0.16 a required check that is pending or absent denies the merge, by name; success allows it"] = function (stage)
  stage.protect("main", { checks = { "release" } })
  local number = open_pull(stage, "release-1").number
  local head, before = stage.branch "release-1", stage.branch "main"
  local request = { oid = head, method = "merge" }
  test.truthy(judged(stage.forge, number).blocked ~= false)
  test.contains(tostring(refused("denied", stage.forge:merge_pull(number, request))), "release")
  must(stage.forge:post_status(head, { context = "release", state = "pending", description = "" }))
  refused("denied", stage.forge:merge_pull(number, request))
  must(stage.forge:post_status(head, { context = "release", state = "failure", description = "" }))
  refused("denied", stage.forge:merge_pull(number, request))
  test.equal(stage.branch "main", before)
  must(stage.forge:post_status(head, { context = "release", state = "success", description = "" }))
  test.truthy(judged(stage.forge, number).blocked ~= true)
  must(stage.forge:merge_pull(number, request))
end

suite["S0.15 a status that was success at an older head does not allow a merge of the new one"] = function (stage)
  stage.protect("main", { checks = { "release" } })
  local number = open_pull(stage, "release-1").number
  must(stage.forge:post_status(stage.branch "release-1", { context = "release", state = "success", description = "" }))
  local moved = stage.commit("release-1", "more.txt", "more\n")
  refused("denied", stage.forge:merge_pull(number, { oid = moved, method = "merge" }))
end

suite["S0.6 approvals that lack, and changes that were requested, deny the merge"] = function (stage)
  stage.protect("main", { approvals = 1 })
  local number = open_pull(stage, "release-1").number
  local request = { oid = stage.branch "release-1", method = "merge" }
  refused("denied", stage.forge:merge_pull(number, request))
  stage.review(number, "ann", "commented")
  refused("denied", stage.forge:merge_pull(number, request))
  stage.review(number, "ann", "approved")
  stage.review(number, "bob", "changes_requested")
  refused("denied", stage.forge:merge_pull(number, request))
  stage.review(number, "bob", "approved")
  must(stage.forge:merge_pull(number, request))
end

suite["a pull request that conflicts says so and is not merged"] = function (stage)
  local number = open_pull(stage, "release-1").number
  stage.commit("release-1", "same.txt", "theirs\n")
  local before = stage.commit("main", "same.txt", "ours\n")
  test.equal(judged(stage.forge, number).mergeable, false)
  refused("denied", stage.forge:merge_pull(number, { oid = stage.branch "release-1", method = "merge" }))
  test.equal(stage.branch "main", before)
end

suite["a base that went on is merged with, and neither side is lost"] = function (stage)
  local number = open_pull(stage, "release-1").number
  local ours = stage.commit("main", "ours.txt", "ours\n")
  local head = stage.branch "release-1"
  test.equal(judged(stage.forge, number).mergeable, true)
  local merged = must(stage.forge:merge_pull(number, { oid = head, method = "merge" }))
  test.equal(stage.branch "main", merged.oid)
  test.equal(must(stage.forge:compare(ours, merged.oid)).behind, 0)
  test.equal(must(stage.forge:compare(head, merged.oid)).behind, 0)
end

suite["a strictly protected branch takes only what is up to date with it"] = function (stage)
  stage.protect("main", { checks = { "ci" }, strict = true })
  test.equal(must(stage.forge:rules "main").strict, true)
  local number = open_pull(stage, "release-1").number
  local head = stage.branch "release-1"
  stage.commit("main", "ours.txt", "ours\n")
  must(stage.forge:post_status(head, { context = "ci", state = "success", description = "" }))
  refused("denied", stage.forge:merge_pull(number, { oid = head, method = "merge" }))
end

suite["S0.8 what a merge needs is told: where nothing protects the branch nothing, and what its protection asks for"] = function (stage)
  local merge = must(stage.forge:rules "main").merge
  test.equal({ merge.linear, merge.queue, merge.locked, merge.strict, merge.approvals, #merge.checks, #merge.others, merge.seen },
    { false, false, false, false, 0, 0, 0, true })
  stage.protect("main", { checks = { "ci" }, strict = true, approvals = 1, linear = true })
  merge = must(stage.forge:rules "main").merge
  test.equal({ merge.linear, merge.strict, merge.approvals, merge.reviewed, merge.checks },
    { true, true, 1, true, { { name = "ci", app = false } } })
  local allows = {}
  for _, method in ipairs(merge.methods) do allows[method] = true end
  test.equal(allows.merge, true)
end

suite["S0.8 a branch of linear history takes no merge commit, and what is squashed"] = function (stage)
  stage.protect("main", { checks = { "ci" }, linear = true })
  local number = open_pull(stage, "release-1").number
  local head = stage.branch "release-1"
  must(stage.forge:post_status(head, { context = "ci", state = "success", description = "" }))
  test.truthy(judged(stage.forge, number).blocked ~= true)
  refused("denied", stage.forge:merge_pull(number, { oid = head, method = "merge" }))
  must(stage.forge:merge_pull(number, { oid = head, method = "squash" }))
end

suite["S0.13 whose a status is: a person's, and of nobody where there is none"] = function (stage)
  local oid = stage.branch "main"
  test.equal(must(stage.forge:poster(oid, "release")), false)
  must(stage.forge:post_status(oid, { context = "Release", state = "pending", description = "" }))
  local poster = must(stage.forge:poster(oid, "release"))
  test.equal({ type(poster.user), poster.app }, { "string", false })
  test.equal(must(stage.forge:identity()), { app = false })
end

suite["drafts and closed pull requests are not merged"] = function (stage)
  local number = open_pull(stage, "release-1", { draft = true }).number
  test.equal(must(stage.forge:pull(number)).draft, true)
  local before = stage.branch "main"
  refused("denied", stage.forge:merge_pull(number, { oid = stage.branch "release-1", method = "merge" }))
  local other = open_pull(stage, "release-2").number
  must(stage.forge:update_pull(other, { state = "closed" }))
  refused("denied", stage.forge:merge_pull(other, { oid = stage.branch "release-2", method = "merge" }))
  test.equal(stage.branch "main", before)
end

suite["S0.11 a head that the base has come to hold is merged, whatever protects the base"] = function (stage)
  stage.protect("main", { checks = { "release" } })
  local number = open_pull(stage, "release-1").number
  stage.set_branch("main", stage.branch "release-1")
  test.equal(must(stage.forge:pull(number)).state, "merged")
  test.equal(must(stage.forge:pulls {}), {})
  test.equal(must(stage.forge:pulls { state = "all" })[1].state, "merged")
end

suite["one who may only read may not merge, post, label or release"] = function (stage)
  local number = open_pull(stage, "release-1").number
  local head, before = stage.branch "release-1", stage.branch "main"
  local reader = stage.reader()
  for name, ask in pairs {
    merge = function () return reader:merge_pull(number, { oid = head, method = "merge" }) end,
    status = function () return reader:post_status(head, { context = "x", state = "success", description = "" }) end,
    label = function () return reader:add_labels(number, { "x" }) end,
    release = function () return reader:create_release { tag = "v1.0.0", target = head, draft = true } end,
    pull = function () return reader:create_pull { title = "x", body = "", head = "release-1", base = "main" } end,
  } do
    local value, trouble = ask()
    test.equal(value, nil, name)
    test.truthy(problem.is(trouble) and trouble.kind ~= "unknown", name)
  end
  test.equal(stage.branch "main", before)
  test.equal(must(stage.forge:checks(head)), {})
  test.equal(must(stage.forge:releases()), {})
end

-- Issues, and lists that are longer than a page. --------------------------------------------------------------------

suite["S2.26 open issues are found when they carry all of the labels"] = function (stage)
  local both = stage.issue("both", { "blocker", "release" })
  local one = stage.issue("one", { "blocker" })
  local closed = stage.issue("closed", { "blocker", "release" })
  stage.close_issue(closed)
  test.equal(numbers_of(must(stage.forge:issues { labels = { "blocker" } })), { both, one })
  local found = must(stage.forge:issues { labels = { "blocker", "release" } })
  test.equal(numbers_of(found), { both })
  test.equal({ found[1].title, table.concat(found[1].labels, " ") }, { "both", "blocker release" })
  test.equal(must(stage.forge:issues { labels = { "other" } }), {})
end

suite["S2.26 a pull request that carries the label is no issue"] = function (stage)
  local number = open_pull(stage, "release-1").number
  must(stage.forge:add_labels(number, { "blocker" }))
  test.equal(must(stage.forge:issues { labels = { "blocker" } }), {})
end

suite["P3 a list of 120 issues is whole and in order"] = function (stage)
  local expected = {}
  for i = 1, 120 do expected[i] = stage.issue("issue " .. i, { "blocker" }) end
  test.equal(numbers_of(must(stage.forge:issues { labels = { "blocker" } })), expected)
end

suite["P3 a list of 120 comments is whole and in order"] = function (stage)
  local number = stage.issue("talk", {})
  for i = 1, 120 do must(stage.forge:comment(number, "comment " .. i)) end
  local comments = must(stage.forge:comments(number))
  test.equal(#comments, 120)
  for i, comment in ipairs(comments) do test.equal(comment.body, "comment " .. i) end
end

suite["P3 120 statuses of one commit are all told"] = function (stage)
  local oid = stage.branch "main"
  for i = 1, 120 do
    must(stage.forge:post_status(oid, { context = ("check %03d"):format(i), state = i % 2 == 0 and "success" or "pending",
      description = "" }))
  end
  local checks = must(stage.forge:checks(oid))
  test.equal(#checks, 120)
  for i, check in ipairs(checks) do test.equal(check.name, ("check %03d"):format(i)) end
  test.equal(checks_of(must(stage.forge:checks(oid, { "check 117" }))), "check 117 pending")
end

suite["P3 120 releases are all told, by id"] = function (stage)
  local ids = {}
  for i = 1, 120 do ids[i] = draft(stage, ("v0.%d.0"):format(i)).id end
  local found = {}
  for i, release in ipairs(must(stage.forge:releases())) do found[i] = release.id end
  test.equal(found, ids)
end

-- Releases. ---------------------------------------------------------------------------------------------------------

suite["a draft is told with all that it was made with, and makes no tag"] = function (stage)
  test.equal(must(stage.forge:releases()), {})
  local made = draft(stage, "v1.0.0", { name = "One", body = "Notes\n\n- a\n", prerelease = true })
  local release = release_of(stage.forge, made.id)
  test.equal({ release.tag, release.name, release.body, release.target, release.draft, release.prerelease, release.immutable },
    { "v1.0.0", "One", "Notes\n\n- a\n", stage.branch "main", true, true, false })
  test.equal(release.assets, {})
  test.equal(stage.tag "v1.0.0", nil)
end

suite["S0.3 publishing makes the tag at the target, and keeps what was uploaded"] = function (stage)
  local target = stage.commit("release-1", "r.txt", "r\n")
  local made = draft(stage, "v1.0.0", { target = target })
  local asset = must(stage.forge:upload_asset(made.id, upload(stage, "app.tar.gz", "bytes")))
  local release = must(stage.forge:update_release(made.id, { draft = false }))
  test.equal({ release.id, release.draft }, { made.id, false })
  test.equal(stage.tag "v1.0.0", target)
  test.equal(release_of(stage.forge, made.id).assets[1].id, asset.id)
end

suite["publishing twice is publishing once"] = function (stage)
  local made = draft(stage, "v1.0.0")
  must(stage.forge:update_release(made.id, { draft = false }))
  must(stage.forge:update_release(made.id, { draft = false }))
  test.equal(#must(stage.forge:releases()), 1)
end

suite["a tag that is there stays where it is"] = function (stage)
  local other = stage.commit("topic", "t.txt", "t\n")
  local first = draft(stage, "v1.0.0", { target = other })
  must(stage.forge:update_release(first.id, { draft = false }))
  test.equal(stage.tag "v1.0.0", other)
  must(stage.forge:update_release(first.id, { target = stage.branch "main", body = "New." }))
  test.equal(stage.tag "v1.0.0", other)
end

suite["two drafts of one tag stand side by side, but only one becomes public"] = function (stage)
  local first, second = draft(stage, "v1.0.0"), draft(stage, "v1.0.0")
  test.truthy(first.id ~= second.id)
  test.equal(#must(stage.forge:releases()), 2)
  must(stage.forge:update_release(second.id, { draft = false }))
  refused("denied", stage.forge:update_release(first.id, { draft = false }))
  refused("denied", stage.forge:create_release { tag = "v1.0.0", target = stage.branch "main", draft = false })
  test.equal(release_of(stage.forge, first.id).draft, true)
  test.equal(release_of(stage.forge, second.id).draft, false)
end

suite["a release that is made public at once has its tag"] = function (stage)
  local release = must(stage.forge:create_release { tag = "core/v1.0.0", target = stage.branch "main", name = "Core",
    body = "", draft = false, prerelease = false, latest = false })
  test.equal(release.draft, false)
  test.equal(stage.tag "core/v1.0.0", stage.branch "main")
end

suite["a public release takes new notes and keeps the rest"] = function (stage)
  local made = draft(stage, "v1.0.0")
  must(stage.forge:update_release(made.id, { draft = false }))
  local release = must(stage.forge:update_release(made.id, { body = "Corrected.", name = "One" }))
  test.equal({ release.body, release.name, release.tag, release.draft }, { "Corrected.", "One", "v1.0.0", false })
end

suite["the tag of a draft can change before anybody has seen it"] = function (stage)
  local made = draft(stage, "rc-1234567")
  must(stage.forge:update_release(made.id, { tag = "v1.0.0" }))
  must(stage.forge:update_release(made.id, { draft = false }))
  test.equal(stage.tag "rc-1234567", nil)
  test.truthy(stage.tag "v1.0.0")
end

suite["drafts are deleted, public releases are not, and what is not there is said"] = function (stage)
  local first, second = draft(stage, "v1.0.0"), draft(stage, "v1.1.0")
  must(stage.forge:update_release(second.id, { draft = false }))
  test.equal(stage.forge:delete_release(first.id), true)
  refused("denied", stage.forge:delete_release(second.id))
  test.equal(#must(stage.forge:releases()), 1)
  local value, trouble = stage.forge:delete_release(first.id)
  test.equal(value, nil)
  test.truthy(problem.is(trouble) and trouble.kind ~= "unknown")
end

suite["drafts are no answer to one who may only read: not an empty list, but a problem"] = function (stage)
  draft(stage, "v1.0.0")
  local value, trouble = stage.reader():releases()
  test.equal(value, nil)
  test.truthy(problem.is(trouble))
end

suite["an immutable release keeps its assets and its tag, and takes new notes"] = function (stage)
  stage.immutable_releases()
  local made = draft(stage, "v1.0.0")
  local asset = must(stage.forge:upload_asset(made.id, upload(stage, "a.bin", "a")))
  test.equal(must(stage.forge:update_release(made.id, { draft = false })).immutable, true)
  refused("denied", stage.forge:upload_asset(made.id, upload(stage, "b.bin", "b")))
  refused("denied", stage.forge:delete_asset(asset.id))
  refused("denied", stage.forge:update_release(made.id, { tag = "v1.0.1" }))
  test.equal(must(stage.forge:update_release(made.id, { body = "More." })).body, "More.")
  test.equal(#release_of(stage.forge, made.id).assets, 1)
end

-- Assets. -----------------------------------------------------------------------------------------------------------

suite["an asset is told with the size and digest of its bytes, and comes back as they were"] = function (stage)
  local bytes = ("\0\r\n\255 binary"):rep(50000)
  local made = draft(stage, "v1.0.0")
  local request = upload(stage, "app-1.0.0_linux+x86.tar.gz", bytes, { label = "Linux" })
  local asset = must(stage.forge:upload_asset(made.id, request))
  test.equal({ asset.name, asset.size, asset.state, asset.label }, { request.name, #bytes, "uploaded", "Linux" })
  test.truthy(asset.digest == false or asset.digest == "sha256:" .. request.sha256, tostring(asset.digest))
  local got = must(stage.forge:download_asset(asset.id, { path = stage.place:path "got", size = #bytes }))
  test.equal(got, { size = #bytes, sha256 = request.sha256 })
  test.equal(stage.place:read "got" == bytes, true)
  test.equal(release_of(stage.forge, made.id).assets[1].id, asset.id)
end

suite["an empty asset, and several, sorted by name"] = function (stage)
  local made = draft(stage, "v1.0.0")
  for _, name in ipairs { "b.txt", "a.txt", "c.txt" } do
    must(stage.forge:upload_asset(made.id, upload(stage, name, name == "a.txt" and "x" or "yy")))
  end
  local names = {}
  for i, asset in ipairs(release_of(stage.forge, made.id).assets) do names[i] = asset.name end
  test.equal(names, { "a.txt", "b.txt", "c.txt" })
end

suite["an asset of a name that is taken is refused, and the first one stays"] = function (stage)
  local made = draft(stage, "v1.0.0")
  local first = must(stage.forge:upload_asset(made.id, upload(stage, "a.bin", "first")))
  refused("denied", stage.forge:upload_asset(made.id, upload(stage, "a.bin", "second")))
  test.equal(release_of(stage.forge, made.id).assets[1].id, first.id)
  must(stage.forge:delete_asset(first.id))
  test.equal(release_of(stage.forge, made.id).assets, {})
  local second = must(stage.forge:upload_asset(made.id, upload(stage, "a.bin", "second")))
  test.equal(second.size, 6)
end

suite["the name under which an asset is kept is the one that is answered"] = function (stage)
  local made = draft(stage, "v1.0.0")
  local asset = must(stage.forge:upload_asset(made.id, upload(stage, "my file (1).zip", "zip")))
  test.lacks(asset.name, " ")
  test.lacks(asset.name, "(")
  test.equal(release_of(stage.forge, made.id).assets[1].name, asset.name)
end

suite["an upload that never ended is a starter, which keeps its name until it is deleted"] = function (stage)
  local made = draft(stage, "v1.0.0")
  stage.begin_upload(made.id, "a.bin")
  local starter = release_of(stage.forge, made.id).assets[1]
  test.equal({ starter.name, starter.state, starter.size }, { "a.bin", "starter", 0 })
  refused("denied", stage.forge:upload_asset(made.id, upload(stage, "a.bin", "bytes")))
  test.equal(stage.forge:delete_asset(starter.id), true)
  test.equal(must(stage.forge:upload_asset(made.id, upload(stage, "a.bin", "bytes"))).state, "uploaded")
end

suite["a download never takes more than was said, and leaves no part behind"] = function (stage)
  local made = draft(stage, "v1.0.0")
  local asset = must(stage.forge:upload_asset(made.id, upload(stage, "a.bin", "12345")))
  local value, trouble = stage.forge:download_asset(asset.id, { path = stage.place:path "got", size = 4 })
  test.equal(value, nil)
  test.truthy(problem.is(trouble))
  test.equal(stage.place:read "got", nil)
  stage.place:write("there", "old")
  value, trouble = stage.forge:download_asset(asset.id, { path = stage.place:path "there", size = 5 })
  test.equal(value, nil)
  test.truthy(problem.is(trouble))
  test.equal(stage.place:read "there", "old")
end

suite["S0.15 an asset can be fetched by anybody as soon as the release is public, and not before"] = function (stage)
  local made = draft(stage, "v1.0.0")
  local request = upload(stage, "a.bin", "public bytes")
  must(stage.forge:upload_asset(made.id, request))
  local url = release_of(stage.forge, made.id).assets[1].url
  test.equal(must(stage.forge:fetch(url)).status, 404)
  local release = must(stage.forge:update_release(made.id, { draft = false }))
  local got = must(stage.forge:fetch(release.assets[1].url))
  test.equal({ got.status, got.size, got.sha256 }, { 200, 12, request.sha256 })
end

-- Runs and environments. --------------------------------------------------------------------------------------------

suite["S3.28 a dispatched workflow becomes a run on the tip of its branch"] = function (stage)
  stage.workflow("publish.yml", {})
  local id = must(stage.forge:dispatch { workflow = "publish.yml", ref = "main", inputs = { version = "1.0.0" } }).id
  local runs = must(stage.forge:runs { workflow = "publish.yml" })
  test.equal(#runs, 1)
  if id then test.equal(runs[1].id, id) end
  local run = must(stage.forge:run(runs[1].id))
  test.equal({ run.workflow, run.event, run.branch, run.oid, run.conclusion }, { "publish.yml", "workflow_dispatch", "main",
    stage.branch "main", false })
  stage.finish(run.id, "success")
  run = must(stage.forge:run(run.id))
  test.equal({ run.status, run.conclusion }, { "completed", "success" })
end

suite["runs come newest first, and only those that were asked for"] = function (stage)
  stage.workflow("a.yml", {})
  stage.workflow("b.yml", {})
  for _, name in ipairs { "a.yml", "b.yml", "a.yml" } do must(stage.forge:dispatch { workflow = name, ref = "main", inputs = {} }) end
  local runs = must(stage.forge:runs { workflow = "a.yml" })
  test.equal(#runs, 2)
  test.truthy(runs[1].id > runs[2].id)
  test.equal(#must(stage.forge:runs {}), 3)
  test.equal(must(stage.forge:runs { branch = "other" }), {})
  test.equal(#must(stage.forge:runs { oid = stage.branch "main", event = "workflow_dispatch" }), 3)
  -- 2001 and 2100.
  test.equal({ #must(stage.forge:runs { since = 978307200 }), #must(stage.forge:runs { since = 4102444800 }) }, { 3, 0 })
end

suite["a run that is not there is false, and a branch that is not there starts none"] = function (stage)
  stage.workflow("a.yml", {})
  test.equal(stage.forge:run(987654), false)
  local value, trouble = stage.forge:dispatch { workflow = "a.yml", ref = "absent", inputs = {} }
  test.equal(value, nil)
  test.truthy(problem.is(trouble) and trouble.kind ~= "unknown")
  test.equal(must(stage.forge:runs {}), {})
end

suite["an environment tells who must approve, or that nobody must, and absent is false"] = function (stage)
  stage.environment("production", { "bob", "ann" })
  stage.environment("staging", {})
  local production = must(stage.forge:environment "production")
  test.equal({ production.name, production.reviewers }, { "production", { "ann", "bob" } })
  test.equal(must(stage.forge:environment "staging").reviewers, false)
  test.equal(stage.forge:environment "absent", false)
end

suite["an environment's approval is pending until a reviewer has decided, and is told with his name"] = function (stage)
  stage.environment("production", { "ann" })
  stage.workflow("publish.yml", { "production" })
  must(stage.forge:dispatch { workflow = "publish.yml", ref = "main", inputs = {} })
  local run = must(stage.forge:runs { workflow = "publish.yml" })[1]
  test.equal(run.status, "waiting")
  local approvals = must(stage.forge:approvals(run.id))
  test.equal({ #approvals, approvals[1].environment, approvals[1].state, approvals[1].user },
    { 1, "production", "pending", false })
  stage.decide(run.id, "production", "ann", "approved")
  approvals = must(stage.forge:approvals(run.id))
  test.equal({ #approvals, approvals[1].environment, approvals[1].state, approvals[1].user },
    { 1, "production", "approved", "ann" })
  test.truthy(must(stage.forge:run(run.id)).status ~= "waiting")
end

suite["a rejected environment is told as rejected"] = function (stage)
  stage.environment("production", { "ann" })
  stage.workflow("publish.yml", { "production" })
  must(stage.forge:dispatch { workflow = "publish.yml", ref = "main", inputs = {} })
  local run = must(stage.forge:runs { workflow = "publish.yml" })[1]
  stage.decide(run.id, "production", "ann", "rejected")
  test.equal(must(stage.forge:approvals(run.id))[1].state, "rejected")
end

-- History. ----------------------------------------------------------------------------------------------------------

suite["branches and commits are compared by what the one holds and the other does not"] = function (stage)
  local first = stage.branch "main"
  stage.commit("topic", "t.txt", "t\n")
  local tip = stage.commit("topic", "u.txt", "u\n")
  test.equal(must(stage.forge:compare("main", "topic")), { status = "ahead", ahead = 2, behind = 0 })
  test.equal(must(stage.forge:compare("topic", "main")), { status = "behind", ahead = 0, behind = 2 })
  test.equal(must(stage.forge:compare(first, first)), { status = "identical", ahead = 0, behind = 0 })
  stage.commit("main", "m.txt", "m\n")
  test.equal(must(stage.forge:compare("main", tip)), { status = "diverged", ahead = 2, behind = 1 })
  local value, trouble = stage.forge:compare("main", "absent")
  test.equal(value, nil)
  test.truthy(problem.is(trouble))
end

--- Runs the suite over one backend.
---@param backend string what the tests are called after
---@param with fun(body: fun(stage: table))
return function (backend, with)
  local names = {}
  for name in pairs(suite) do names[#names + 1] = name end
  table.sort(names)
  for _, name in ipairs(names) do
    test(("%s (%s)"):format(name, backend), function () with(suite[name]) end)
  end
end
