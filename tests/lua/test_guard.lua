--- The guard over a made-up forge: what is said of whose pull request, and what is never said.

local test = require "testing"
local apply = require "apply"
local digest = require "host.digest"
local guard = require "guard"
local json = require "host.json"
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
-- `statuses` are states of the lock by commit.
local function context_of(pulls, holds, statuses, changes)
  local model = assert(spec.model(spoken.statements(SPEC), spoken.marks, SPEC))
  local reads = {}
  function reads.compare(base, head)
    local held = base == head or (holds or {})[base:sub(1, 1) .. " " .. (#head == 40 and head:sub(1, 1) or head)]
    return { status = base == head and "identical" or held and "ahead" or "diverged", ahead = 1, behind = 0 }
  end
  function reads.checks(commit)
    local state = (statuses or {})[commit:sub(1, 1)]
    return state and { { name = "release", source = "status", state = state, description = "" } } or {}
  end
  function reads.pull(number)
    for _, one in ipairs(pulls) do if one.number == number then return one end end
    return false
  end
  local context = { model = model, pulls = pulls, list = json.array, tool = "t", spec_digest = ("0"):rep(64), ci = {},
    flags = {}, tape_digest = function () return { entries = 0, sha256 = ("0"):rep(64) } end,
    forge = function (method, ...) return reads[method](...) end }
  for key, value in pairs(changes or {}) do context[key] = value end
  return context
end

-- "release pending, ..." for every status that is said of the pull request at this place of the list.
local function said_of(context, at)
  local one = context.pulls[at]
  local lines = {}
  for i, said in ipairs(assert(guard.judge(context, { oid = one.head.oid, base = one.base.branch, pull = one }))) do
    lines[i] = ("%s %s%s: %s"):format(said.context, said.state, said.first and " first" or "", said.description)
  end
  return table.concat(lines, "; ")
end

test("S0.14 S0.17 a pull request that is no release passes", function ()
  test.equal(said_of(context_of { pull(1, "feature", "a") }, 1), "release success: not a release")
end)

test("S0.15 S0.24 a lane's own release is pending, and what was said of its head before stays", function ()
  test.equal(said_of(context_of { pull(1, "releases/1.2.0", "a") }, 1),
    "release pending first: passes when it is released by lane stable")
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
  local context = context_of { pull(1, "releases/1.2.0", "a"), pull(2, "feature", "a") }
  test.equal(said_of(context, 2), "release pending first: it brings #1 (releases/1.2.0), which is not merged yet")
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

-- Applies a plan of the guard's to statuses by context, over a forge that may refuse.
local function applied(context, at, statuses, refusal)
  local value = assert(guard.plan(context, { oid = context.pulls[at].head.oid, base = "main", pull = context.pulls[at], name = "" }))
  local decoded = json.decode(json.encode(value))
  test.equal({ plan_shape.check(decoded) }, { true })
  local it, warned = {}, {}
  function it.checks(_, _, names)
    local found = statuses[names[1]]
    return found and { found } or {}
  end
  function it.post_status(_, _, status)
    if refusal then return nil, refusal end
    statuses[status.context] = { source = "status", state = status.state, description = status.description }
    return true
  end
  local outcome, trouble = apply.run(decoded, { forge = function () return it end, forget = function () end,
    link = function () return false end, warn = function (line) warned[#warned + 1] = line end, now = function () return 1 end,
    sha256 = digest.sha256 }, function ()
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

test("a status of a source_guard is nobody else's", function ()
  local function problems_of(more)
    local text = SPEC .. more
    local _, problems = spec.model(spoken.statements(text), spoken.marks, text)
    return problems and problems[1].text
  end
  test.contains(problems_of 'source_guard "x" { from = "y", context = "release" }', "is the lock of lane \"stable\" already")
  test.contains(problems_of 'source_guard "master" { from = "y" }', "is another source_guard's already")
  test.contains(problems_of 'source_guard "y" {}', "keeps nothing out")
  test.equal(problems_of 'source_guard "y" { from = "x" }', nil)
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
  local model_of = SPEC .. 'source_guard "next" { from = { "rel.1", "v1.*" } }'
  local pulls = { pull(1, "rel.1", "a", into "next"), pull(2, "relx1", "b", into "next"), pull(3, "v1.2", "c", into "next"),
    pull(4, "v12", "d", into "next") }
  local context = context_of(pulls, nil, nil, { model = assert(spec.model(spoken.statements(model_of), spoken.marks, model_of)) })
  for i, state in ipairs { "success", "failure", "success", "failure" } do
    test.contains(said_of(context, i), "source " .. state, pulls[i].head.branch)
  end
end)
