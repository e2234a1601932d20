--- The guard over a made-up forge: what is said of whose pull request, and what is never said.

local test = require "testing"
local apply = require "apply"
local digest = require "host.digest"
local guard = require "guard"
local json = require "host.json"
local lock_words = require "lock_words"
local plan_shape = require "plan_shape"
local problem = require "problem"
local spec = require "spec"
local spoken = require "spoken"

local SPEC = [[
release "demo" { identity = "R <r@example.org>" }
lane "stable" { base = "main", steps = { branch "releases/{version}", bump {}, commit {}, pull_request {}, tag {}, push {} } }
source_guard "master" { from = { "test", "hotfix-*" } }
source_guard "test" { except = "master", context = "direction" }
]]

local function oid(letter) return letter:rep(40) end

local function pull(number, branch, head, more)
  local made = { number = number, state = "open", head = { branch = branch, oid = oid(head) }, same_repository = true,
    base = { branch = "main", oid = oid "0" }, labels = {} }
  for key, value in pairs(more or {}) do made[key] = value end
  return made
end

local function into(branch) return { base = { branch = branch, oid = oid "0" } } end

-- A forge with these pull requests; `holds` says which commits which other ones hold: { ["a b"] = true }: b holds a.
-- `statuses` is what the lock says by commit: "success" or "pending: prepared demo 1.2.0; ...".
local function context_of(pulls, holds, statuses, changes)
  local model = assert(spec.model(spoken.statements(changes and changes.spec or SPEC), spoken.marks, SPEC))
  local reads = {}
  function reads.compare(base, head)
    local held = base == head or (holds or {})[base:sub(1, 1) .. " " .. (#head == 40 and head:sub(1, 1) or head)]
    return { status = base == head and "identical" or held and "ahead" or "diverged", ahead = 1, behind = 0 }
  end
  function reads.checks(commit)
    local state = (statuses or {})[commit:sub(1, 1)]
    return state and { { name = "release", source = "status", state = state:match "^%a+",
      description = state:match ": (.*)$" or "" } } or {}
  end
  -- `app`: main takes the lock from this one alone.
  function reads.rules(branch)
    return { required_checks = branch == "main" and { { name = "release", app = changes and changes.app or false } } or {} }
  end
  function reads.identity() return { user = "bot", app = changes and changes.identity } end
  function reads.pull(number)
    for _, one in ipairs(pulls) do if one.number == number then return one end end
    return false
  end
  local context = { model = model, pulls = pulls, list = json.array, tool = "t", spec_digest = ("0"):rep(64), ci = {},
    flags = {}, digest_of = function (value) return digest.sha256(json.encode(value)) end,
    tape_digest = function () return { entries = 0, sha256 = ("0"):rep(64) } end,
    forge = function (method, ...) return reads[method](...) end }
  for key, value in pairs(changes or {}) do context[key] = value end
  return context
end

-- "release pending, ..." for every status that is said of the pull request at this place of the list.
local function said_of(context, at)
  local one = context.pulls[at]
  local lines = {}
  for i, said in ipairs(assert(guard.judge(context, { oid = one.head.oid, base = one.base.branch, pull = one }))) do
    lines[i] = ("%s %s%s: %s"):format(said.context, said.state, said.kept and " kept " .. said.kept.state or "", said.description)
  end
  return table.concat(lines, "; ")
end

test("S0.14 S0.17 a pull request that is no release passes", function ()
  test.equal(said_of(context_of { pull(1, "feature", "a") }, 1), "release success: not a release")
end)

test("S0.15 S0.24 a lane's own release is pending, and what was said of its head before stays", function ()
  test.equal(said_of(context_of { pull(1, "releases/1.2.0", "a") }, 1),
    "release pending: passes when it is released by lane stable")
end)

test("S0.15 a release branch of a fork, or one into another base, is no release of this lane's", function ()
  test.equal(said_of(context_of { pull(1, "releases/1.2.0", "a", { same_repository = false }) }, 1),
    "release success: not a release")
  test.equal(said_of(context_of { pull(1, "releases/1.2.0", "a", into "next") }, 1), "release success: not a release")
end)

test("S0.11 a pull request that brings a release along which is not merged yet waits with it", function ()
  local pulls = { pull(1, "releases/1.2.0", "a"), pull(2, "feature", "b"), pull(3, "other", "c") }
  local context = context_of(pulls, { ["a b"] = true })
  test.equal(said_of(context, 2), "release pending: it brings #1 (releases/1.2.0), which is not merged yet")
  test.equal(said_of(context, 3), "release success: not a release")
  test.equal(said_of(context_of(pulls, { ["a b"] = true, ["a main"] = true }), 2), "release success: not a release")
end)

test("S0.11 another pull request at the very head of a release frees nothing and sets nothing back", function ()
  local pulls = { pull(1, "releases/1.2.0", "a"), pull(2, "feature", "a"), pull(3, "theirs", "a", { same_repository = false }) }
  for at = 2, 3 do
    test.equal(said_of(context_of(pulls), at), "release pending: passes when it is released by lane stable")
    test.equal(said_of(context_of(pulls, nil, { a = "success: demo 1.2.0 is released" }), at),
      "release pending kept success: passes when it is released by lane stable")
  end
end)

test("S0.11 a release is brought along whatever branch a pull request goes into now", function ()
  -- Stacked on the release's own branch, which holds it; its base may be changed at any time.
  local context = context_of({ pull(1, "releases/1.2.0", "a"), pull(2, "feature", "b", into "releases/1.2.0") },
    { ["a b"] = true, ["a releases/1.2.0"] = true })
  test.equal(said_of(context, 2), "release pending: it brings #1 (releases/1.2.0), which is not merged yet")
end)

-- What prepare and publish say of a head, and what the guard itself says of the head of a release.
local OF_RELEASE = { "pending: prepared demo 1.2.0; passes when it is released", "pending: releasing demo 1.2.0",
  "failure: stopped: no", "failure: superseded: demo 1.3.0 is prepared", "success: demo 1.2.0 is released",
  "success: approved; merged in order to release demo 1.2.0", "pending: passes when it is released by lane stable" }

for _, words in ipairs(OF_RELEASE) do
  test(("S0.10 S0.16 where the lock says '%s' no pull request makes 'not a release' of it"):format(words), function ()
    -- The release is closed, or goes into another branch by now; or another branch, or a fork's, is at its commit.
    for _, one in ipairs { pull(1, "releases/1.2.0", "a", into "next"), pull(2, "x", "a"),
      pull(3, "x", "a", { same_repository = false }) } do
      local context = context_of({ one }, nil, { a = words })
      test.equal(said_of(context, 1), ("release success kept %s: not a release"):format(words:match "^%a+"))
      local subject = { name = "#", oid = oid "a", base = "main", pull = one }
      local said = assert(guard.judge(context, subject))
      local made, trouble = guard.plan(context, subject, said)
      test.equal({ made, trouble.kind }, { nil, "nothing" })
      local why = guard.reasons(subject, said)
      test.equal(#why, 1)
      test.contains(why[1], ("status release of %s stays %s"):format(oid("a"):sub(1, 12), words:match "^%a+"))
      test.contains(why[1], words:find "passes when it is released by" and "was the head of a release"
        or "only prepare and publish say more of it")
    end
  end)
end

test("S0.10 what somebody else said of the lock stays, and is told", function ()
  local context = context_of({ pull(1, "feature", "a") }, nil, { a = "failure: a person's no" })
  local subject = { name = "#", oid = oid "a", base = "main", pull = context.pulls[1] }
  test.contains(guard.reasons(subject, assert(guard.judge(context, subject)))[1], "relrun guard did not say it")
end)

test("S0.29 the guard's own 'not a release' at what is a lane's head is set back, and waits", function ()
  local pulls = { pull(1, "releases/1.2.0", "a"), pull(2, "x", "a") }
  for at = 1, 2 do
    test.equal(said_of(context_of(pulls, nil, { a = "success: not a release" }), at),
      "release pending: passes when it is released by lane stable")
  end
end)

test("S1.3 S1.20 only the branches that a source_guard names may be merged, and only this repository's", function ()
  local context = context_of { pull(1, "test", "a", into "master"), pull(2, "feature", "b", into "master"),
    pull(3, "test", "c", { same_repository = false, base = { branch = "master", oid = oid "0" } }),
    pull(4, "hotfix-7", "d", into "master"), pull(5, "testing", "e", into "master") }
  local rest = "release success: not a release; "
  test.equal(said_of(context, 1), rest .. "source success: test may be merged into master")
  test.equal(said_of(context, 2), rest .. "source failure: only test, hotfix-* may be merged into master")
  test.equal(said_of(context, 3), rest
    .. "source failure: only test, hotfix-* of this repository may be merged into master, and this is another one's")
  test.equal(said_of(context, 4), rest .. "source success: hotfix-7 may be merged into master")
  test.equal(said_of(context, 5), rest .. "source failure: only test, hotfix-* may be merged into master")
end)

test("S1.20 a source_guard can name what may not be merged, and lets a fork's branch of that name in", function ()
  local context = context_of { pull(1, "master", "a", into "test"), pull(2, "feature", "b", into "test"),
    pull(3, "master", "c", { same_repository = false, base = { branch = "test", oid = oid "0" } }) }
  test.contains(said_of(context, 1), "direction failure: master may not be merged into test")
  test.contains(said_of(context, 2), "direction success: feature may be merged into test")
  test.contains(said_of(context, 3), "direction success")
end)

test("S1.3 S1.20 the pull requests of one commit into one branch are judged alike, and nobody can hold up whom it lets in", function ()
  local pulls = { pull(1, "test", "a", into "master"), pull(2, "feature", "a", into "master"),
    pull(3, "test", "a", { same_repository = false, base = { branch = "master", oid = oid "0" } }),
    pull(4, "master", "b", into "test"), pull(5, "feature", "b", into "test") }
  for at = 1, 3 do
    test.contains(said_of(context_of(pulls), at), "source success: test may be merged into master")
  end
  for at = 4, 5 do
    test.contains(said_of(context_of(pulls), at), "direction failure: master may not be merged into test")
  end
end)

local RELEASED_INTO_MASTER = [[
release "demo" { identity = "R <r@example.org>" }
lane "stable" { base = "master", steps = { branch "releases/{version}", bump {}, commit {}, pull_request {}, tag {}, push {} } }
lane "candidate" { base = "master", steps = { branch "candidates/{version}", bump { prerelease = "rc" }, commit {}, %s tag {}, push {} } }
source_guard "master" { from = "test" }
]]

-- What the source_guard says of a pull request of this branch where the lock at its head says that.
local function source_of(branch, words, step, more)
  local one = pull(1, branch, "a", into "master")
  for key, value in pairs(more or {}) do one[key] = value end
  return (said_of(context_of({ one }, nil, { a = words }, { spec = RELEASED_INTO_MASTER:format(step or "") }), 1):gsub("^.*source ", ""))
end

test("S1.3 S1.20 a lane's own release may be merged into a guarded branch, known by what prepare and publish said", function ()
  for _, words in ipairs(OF_RELEASE) do
    test.equal(source_of("releases/1.2.0", words), words:find "passes when it is released by"
      and "failure: only test may be merged into master" or "success: a release of this repository")
  end
end)

test("S1.3 S1.20 the name of a release branch lets nobody in", function ()
  local no = "failure: only test may be merged into master"
  test.equal(source_of "releases/final-x-y", no)
  test.equal(source_of("releases/1.2.0", "success: not a release"), no)
  local prepared = "pending: prepared demo 1.2.0; passes when it is released"
  test.equal(source_of("feature", prepared), no)
  -- A lane without a pull request, or without a lock, has nothing that anybody can be held against.
  test.equal(source_of("candidates/1.2.0", prepared), no)
  test.equal(source_of("candidates/1.2.0", prepared, "pull_request { lock = false },"), no)
  test.equal(source_of("candidates/1.2.0", prepared, "pull_request {},"), "success: a release of this repository")
  test.contains(source_of("releases/1.2.0", prepared, nil, { same_repository = false }), "failure: only test of this repository")
end)

test("S1.3 S1.20 a lane without a branch of its own has no pull request, and the guard goes on", function ()
  local text = [[
release "demo" { identity = "R <r@example.org>" }
lane "final" { when = pushed "master", base = "master", steps = { bump {}, tag {}, push {} } }
source_guard "master" { from = "test" }
]]
  test.equal(said_of(context_of({ pull(1, "feature", "a", into "master") }, nil, nil, { spec = text }), 1),
    "source failure: only test may be merged into master")
end)

local function group_said(context)
  local subjects = assert(guard.subjects(context))
  test.equal(#subjects, 1)
  local said = assert(guard.judge(context, subjects[1]))
  return ("%s %s: %s"):format(said[1].context, said[1].state, said[1].description), said[2]
end

test("S0.33 S0.34 a merge queue's commit passes when it brings no release, or only those that are out", function ()
  local queue = { ci = { merge_group = { head_sha = oid "f", base_branch = "main" } } }
  local pulls = { pull(1, "releases/1.2.0", "a"), pull(2, "feature", "b") }
  test.equal(group_said(context_of(pulls, {}, {}, queue)), "release success: not a release")
  test.equal(group_said(context_of(pulls, { ["a f"] = true }, { a = "pending" }, queue)), "release pending: #1 is not released")
  test.equal(group_said(context_of(pulls, { ["a f"] = true }, {}, queue)), "release pending: #1 is not released")
  test.equal(group_said(context_of(pulls, { ["a f"] = true }, { a = "success" }, queue)), "release success: #1 is released")
  test.equal(group_said(context_of(pulls, { ["a f"] = true }, { a = "success: not a release" }, queue)),
    "release pending: #1 is not released")
end)

test("S0.11 with a release is judged what brings it along, for it may have been judged while that one was closed", function ()
  local pulls = { pull(1, "releases/1.2.0", "a"), pull(2, "other", "b"), pull(3, "stacked", "c"), pull(4, "same", "a") }
  local subjects = assert(guard.subjects(context_of(pulls, { ["a c"] = true }, nil, { flags = { pull_request = 1 } })))
  local names = {}
  for i, one in ipairs(subjects) do names[i] = one.name end
  test.equal(names, { "pull request #1", "pull request #3", "pull request #4" })
end)

test("what is guarded: the pull request that was named, else the event's, else all, else that is asked for", function ()
  local pulls = { pull(1, "feature", "a"), pull(2, "other", "b"), pull(3, "old", "c", { state = "merged" }) }
  local function names(changes)
    local subjects, trouble = guard.subjects(context_of(pulls, nil, nil, changes))
    if not subjects then return trouble.kind end
    local list = {}
    for i, one in ipairs(subjects) do list[i] = one.name end
    return table.concat(list, ", ")
  end
  test.equal(names { flags = { pull_request = 2 }, ci = { pull_request = { number = 1 } } }, "pull request #2")
  test.equal(names { ci = { pull_request = { number = 1 } } }, "pull request #1")
  test.equal(names { flags = { all = true } }, "pull request #1, pull request #2, pull request #3")
  test.equal(names {}, "usage")
  test.equal(names { flags = { pull_request = 9 } }, "usage")
  test.equal(names { flags = { pull_request = 3 } }, "nothing")
  test.equal(names { flags = { all = true }, pulls = {} }, "nothing")
end)

-- Applies a plan of the guard's to statuses by context, over a forge that may refuse. `meanwhile` changes the open pull
-- requests after the plan was made.
local function applied(context, at, statuses, refusal, meanwhile)
  local subject = { oid = context.pulls[at].head.oid, base = "main", pull = context.pulls[at], name = "" }
  local value = assert(guard.plan(context, subject, assert(guard.judge(context, subject))))
  local pulls = table.move(context.pulls, 1, #context.pulls, 1, {})
  if meanwhile then meanwhile(pulls) end
  local decoded = json.decode(json.encode(value))
  test.equal({ plan_shape.check(decoded) }, { true })
  local it, warned = {}, {}
  function it.checks(_, _, names)
    local found = statuses[names[1]]
    return found and { found } or {}
  end
  function it.pulls() return pulls end
  function it.post_status(_, _, status)
    if refusal then return nil, refusal end
    statuses[status.context] = { source = "status", state = status.state, description = status.description }
    return true
  end
  local outcome, trouble = apply.run(decoded, { forge = function () return it end, forget = function () end,
    link = function () return false end, warn = function (line) warned[#warned + 1] = line end, now = function () return 1 end,
    sha256 = digest.sha256, digest_of = context.digest_of, may_ask = require "forge".is_read }, function ()
    return { add = function () return true end, interrupted = function () return false end,
      knows = function () return false end }
  end, function () end)
  return outcome, trouble, warned
end

for _, state in ipairs { "success", "failure", "pending" } do
  test(("S0.15 the lock of a release that is %s stays so"):format(state), function ()
    local statuses = { release = { source = "status", state = state, description = "said by publish" } }
    test.equal(applied(context_of { pull(1, "releases/1.2.0", "a") }, 1, statuses), "nothing")
    test.equal(statuses.release.state, state)
  end)
end

test("S0.15 a success that was judged before the release was there is not posted after it", function ()
  local statuses = {}
  local outcome, trouble = applied(context_of { pull(1, "x", "a") }, 1, statuses, nil, function (pulls)
    table.insert(pulls, pull(2, "releases/1.2.0", "a"))
  end)
  test.equal({ outcome, trouble.kind, statuses.release }, { nil, "stale", nil })
  -- The words of a pull request are nothing that it rests on.
  test.equal(applied(context_of { pull(1, "x", "a") }, 1, statuses, nil, function (pulls)
    pulls[1] = pull(1, "x", "a", { title = "another" })
  end), "done")
end)

test("S0.15 a success is not posted over what prepare said a moment before", function ()
  local context, posts = context_of { pull(1, "x", "a") }, 0
  local statuses = setmetatable({}, { __index = function (_, name)
    posts = posts + 1
    -- Not there at the first look.
    return posts > 1 and name == "release" and { source = "status", state = "pending", description = "prepared demo 1.2.0" } or nil
  end })
  applied(context, 1, statuses)
  test.equal(rawget(statuses, "release"), nil)
end)

test("S0.10 the new head of a release gets the lock again, and once", function ()
  local statuses, context = {}, context_of { pull(1, "releases/1.2.0", "b") }
  test.equal(applied(context, 1, statuses), "done")
  test.equal(statuses.release.state, "pending")
  test.equal(applied(context, 1, statuses), "nothing")
end)

test("S0.17 a fork's run may post nothing: that is said, and is no failure", function ()
  local context = context_of { pull(1, "feature", "a", { same_repository = false }) }
  local outcome, _, warned = applied(context, 1, {}, problem.new("denied", "Resource not accessible by integration"))
  test.equal(outcome, "done")
  test.contains(warned[1], "Resource not accessible")
end)

test("what the forge refuses of this repository's own pull request is a failure", function ()
  local outcome, trouble = applied(context_of { pull(1, "feature", "a") }, 1, {}, problem.new("denied", "no"))
  test.equal({ outcome, trouble.kind }, { nil, "denied" })
end)

test("S0.29 only the words of prepare and publish are taken for theirs", function ()
  local kept = {}
  for _, words in ipairs(OF_RELEASE) do
    local check = { source = "status", state = words:match "^%a+", description = words:match ": (.*)$" }
    kept[#kept + 1] = lock_words.is_of_release(check) and "release" or "guard"
    check.source = "check_run"
    test.equal(lock_words.is_of_release(check), false)
  end
  test.equal(table.concat(kept, " "), "release release release release release release guard")
  for _, words in ipairs { "not a release", "#1 is released" } do
    test.equal(lock_words.is_of_release { source = "status", state = "success", description = words }, false)
  end
end)

test("a status of a source_guard is nobody else's", function ()
  local function problems_of(more)
    local text = SPEC .. more
    local _, problems = spec.model(spoken.statements(text), spoken.marks, text)
    return problems and problems[1].text
  end
  test.contains(problems_of 'source_guard "x" { from = "y", context = "release" }', "is the lock of lane \"stable\" already")
  test.contains(problems_of 'source_guard "master" { from = "y" }', "is source_guard \"master\"'s already")
  -- A commit may be the head of pull requests into both, and has one status of a name.
  local one = problems_of 'source_guard "y" { from = "x" }'
  test.contains(one, "the status 'source' is source_guard \"master\"'s already, and one commit can be in pull requests into both")
  test.contains(one, "say another context")
  test.contains(problems_of 'source_guard "y" {}', "keeps nothing out")
  test.equal(problems_of 'source_guard "y" { from = "x", context = "y" }', nil)
end)

test("S0.33 a check run of the lock's name frees nothing of a merge queue: only the status is the lock", function ()
  local queue = { ci = { merge_group = { head_sha = oid "f", base_branch = "main" } } }
  local function said(source)
    local context = context_of({ pull(1, "releases/1.2.0", "a") }, { ["a f"] = true }, {}, queue)
    local ask = context.forge
    context.forge = function (method, ...)
      if method == "checks" then return { { name = "release", source = source, state = "success", description = "" } } end
      return ask(method, ...)
    end
    return (group_said(context))
  end
  test.equal({ said "check", said "status" }, { "release pending: #1 is not released", "release success: #1 is released" })
end)

test("S1.3 a source_guard's names are names: a dot stands for a dot", function ()
  local model_of = SPEC .. 'source_guard "next" { from = { "rel.1", "v1.*" }, context = "into next" }'
  local pulls = { pull(1, "rel.1", "a", into "next"), pull(2, "relx1", "b", into "next"), pull(3, "v1.2", "c", into "next"),
    pull(4, "v12", "d", into "next") }
  local context = context_of(pulls, nil, nil, { model = assert(spec.model(spoken.statements(model_of), spoken.marks, model_of)) })
  for i, state in ipairs { "success", "failure", "success", "failure" } do
    test.contains(said_of(context, i), "into next " .. state, pulls[i].head.branch)
  end
end)

test("S0.14 a lock that main takes from one app alone is said as that app's, and a person's token says none", function ()
  local function plan_of(changes)
    local context = context_of({ pull(1, "feature", "a") }, nil, nil, changes)
    local subject = { oid = context.pulls[1].head.oid, base = "main", pull = context.pulls[1] }
    local said, trouble = guard.judge(context, subject)
    if not said then return trouble.kind end
    return guard.plan(context, subject, said).ops[1].args.app
  end
  test.equal({ plan_of {}, plan_of { app = 77 }, plan_of { app = 77, identity = 77 }, plan_of { app = 77, identity = false } },
    { nil, 77, 77, "denied" })
end)
