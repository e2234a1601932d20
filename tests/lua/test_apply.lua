--- Applying over doors that are made up: what a plan rests on, what an operation that fails leaves, what is told to the
-- pull request when a release stops.

local test = require "testing"
local apply = require "apply"
local digest = require "host.digest"
local json = require "host.json"
local problem = require "problem"

local OID, OTHER = ("a"):rep(40), ("b"):rep(40)

-- A forge with one commit's statuses and one pull request; `fails[method]` is the problem that the method ends in, and
-- `loses[method]` makes it happen all the same.
local function forge(fails, loses)
  local it = { statuses = {}, posts = {}, writes = 0, fails = fails or {}, loses = loses or {},
    the_pull = { number = 3, state = "open", head = { oid = OID, branch = "releases/1" }, base = { branch = "main" }, labels = {} } }
  local function may(method)
    it.writes = it.writes + 1
    if it.fails[method] and not it.loses[method] then return nil, it.fails[method] end
    return true
  end
  function it:checks(_, names)
    local found = self.statuses[names[1]]
    return found and { found } or {}
  end
  function it:post_status(_, status)
    local ok, trouble = may "post_status"
    if not ok then return nil, trouble end
    self.posts[#self.posts + 1] = status.context .. " " .. status.state
    self.statuses[status.context] = { source = "status", state = status.state, description = status.description }
    if self.loses.post_status then return nil, self.fails.post_status end
    return true
  end
  function it:pull() return self.the_pull end
  function it:merge_pull()
    local ok, trouble = may "merge_pull"
    if not ok then return nil, trouble end
    self.the_pull.state = "merged"
    if self.loses.merge_pull then return nil, self.fails.merge_pull end
    return { oid = OTHER }
  end
  function it:reviews() return self.the_reviews or {} end
  -- The base holds what was merged, unless a test says otherwise.
  function it:compare() return { status = self.standing or "ahead", ahead = 1, behind = 0 } end
  return it
end

local function digest_of(value) return digest.sha256(json.encode(value)) end

local function doors(the_forge, now)
  local warned = {}
  return { forge = function () return the_forge end, link = function () return "https://ci.example/1" end,
    forget = function () end, warn = function (line) warned[#warned + 1] = line end, warned = warned,
    now = function () return now or 100 end, digest_of = digest_of, sha256 = digest.sha256,
    may_ask = require("forge").is_read,
    remote_refs = function () return { ["refs/heads/main"] = OTHER, ["refs/tags/v1"] = the_forge.tag_at } end }
end

local function journal()
  return { add = function () return true end, interrupted = function () return false end,
    knows = function () return false end }
end

local function status(id, state, more)
  local op = { id = id, stage = "forge", kind = "status", class = "reversible", pre = {},
    args = { oid = OID, context = "release", state = state, description = state .. " it is" } }
  for key, value in pairs(more or {}) do op.args[key] = value end
  return op
end

local function merge(id)
  return { id = id, stage = "forge", kind = "merge", class = "irreversible", pre = {},
    args = { pull = 3, oid = OID, method = "merge", base = "main", remote = "origin" } }
end

local function run(ops, the_forge, facts, now)
  local made, said = doors(the_forge, now), {}
  local outcome, trouble = apply.run({ facts = facts or {}, ops = ops, tool = "t" }, made, journal,
    function (op, state) said[#said + 1] = op.id .. " " .. state end)
  return outcome, trouble, said, made
end

test("what is done already is nothing to do, and nothing is written", function ()
  local it = forge()
  it.the_pull.state = "merged"
  local outcome = run({ merge(1) }, it)
  test.equal(outcome, "nothing")
  test.equal(it.writes, 0)
end)

-- A part of this clone's own.
local function clone_op(id)
  return { id = id, stage = "local", kind = "tag", class = "reversible", pre = {},
    args = { ref = "refs/tags/v1", object = OID, target = OID } }
end

test("P9 who finds all that goes out done by others, and has but its own clone's part to do, has released nothing", function ()
  local it = forge()
  it.the_pull.state = "merged"
  local made, here = doors(it), nil
  made.local_ref = function () return here end
  made.set_ref = function () here = OID; return true end
  local function again(knows)
    here = nil
    return apply.run({ facts = {}, ops = { clone_op(1), merge(2) }, tool = "t" }, made, function ()
      return { add = function () return true end, interrupted = function () return false end,
        knows = function (_, op) return knows == op end }
    end, function () end)
  end
  local outcome, trouble = again()
  test.equal({ tostring(outcome), trouble.kind }, { "nil", "nothing" })
  test.contains(trouble.text, "another run made this very release")
  -- It was this clone's own run, which was stopped.
  test.equal(again(2), "done")
end)

test("P8 a write that happened and was not answered for is found done", function ()
  local it = forge({ merge_pull = problem.new("unknown", "the answer was lost") }, { merge_pull = true })
  test.equal(run({ merge(1) }, it), "done")
  test.equal(it.writes, 1)
end)

test("P8 a write that did not happen is told, and not repeated", function ()
  local it = forge { merge_pull = problem.new("unknown", "the answer was lost") }
  local outcome, trouble = run({ merge(1) }, it)
  test.equal(outcome, nil)
  test.equal(trouble.kind, "error")
  test.equal(it.writes, 1)
end)

test("S0.15 a release that stops says so on the lock that it watches", function ()
  local it = forge { merge_pull = problem.new("error", "the base branch moved") }
  local _, trouble = run({ status(1, "pending", { watch = true, passed = true }), merge(2) }, it)
  test.equal(trouble.text, "the base branch moved")
  test.equal(it.posts, { "release pending", "release failure" })
  test.contains(it.statuses.release.description, "the base branch moved")
end)

test("S0.15 a lock that was freed is not set back by what stops later", function ()
  local it = forge { merge_pull = problem.new("error", "the base branch moved") }
  run({ status(1, "pending", { watch = true, passed = true }), status(2, "success"), merge(3) }, it)
  test.equal(it.posts, { "release pending", "release success" })
end)

test("S0.15 a run that goes on frees a lock that an earlier one set to failure", function ()
  local it = forge()
  it.statuses.release = { source = "status", state = "failure", description = "stopped: x" }
  test.equal(run({ status(1, "pending", { watch = true, passed = true }), status(2, "success"), merge(3) }, it), "done")
  test.equal(it.posts, { "release pending", "release success" })
end)

test("S0.15 S0.29 the guard's word that it is no release frees no lock: it is set back, and a stop is told over it", function ()
  local it = forge()
  it.statuses.release = { source = "status", state = "success", description = "not a release" }
  test.equal(run({ status(1, "pending", { watch = true, passed = true }), status(2, "success"), merge(3) }, it), "done")
  test.equal(it.posts, { "release pending", "release success" })
  it = forge()
  function it:merge_pull()
    self.statuses.release = { source = "status", state = "success", description = "not a release" }
    return nil, problem.new("error", "the base branch moved")
  end
  run({ status(1, "pending", { watch = true, passed = true }), merge(2) }, it)
  test.equal(it.posts, { "release pending", "release failure" })
end)

test("P9 a run that lost the race leaves the lock to the one that won", function ()
  local it = forge { merge_pull = problem.new("locked", "another run was faster") }
  run({ status(1, "pending", { watch = true, passed = true }), merge(2) }, it)
  test.equal(it.posts, { "release pending" })
end)

test("S0.8 a pull request that was turned to another branch meanwhile is not merged there", function ()
  for _, state in ipairs { "open", "merged" } do
    local it = forge()
    it.the_pull.base.branch, it.the_pull.state = "next", state
    local outcome, trouble = run({ merge(1) }, it)
    test.equal({ tostring(outcome), trouble.kind, it.writes }, { "nil", "stale", 0 })
    test.contains(trouble.text, "pull request #3 goes into next, and what is released belongs on main")
  end
end)

test("a head that moved since the plan is refused before anything is written", function ()
  local it = forge()
  it.the_pull.head.oid = OTHER
  local _, trouble = run({ status(1, "pending"), merge(2) }, it)
  test.equal(trouble.kind, "stale")
  test.contains(trouble.text, "the head of pull request #3 is bbbbbbbbbbbb")
  test.equal(it.writes, 0)
end)

test("P12 what was done and cannot be read back is of unknown outcome, and the journal says why", function ()
  local it, kept = forge(), {}
  local checks, asked = it.checks, 0
  function it:checks(...)
    asked = asked + 1
    if asked > 1 then return problem.refuse("error", "GitHub: GET /status: 500") end
    return checks(self, ...)
  end
  local outcome, trouble = apply.run({ facts = {}, ops = { status(1, "pending") }, tool = "t" }, doors(it), function ()
    return { add = function (_, event, fields) kept[#kept + 1] = event .. " " .. json.encode(fields or {}) return true end,
      interrupted = function () return false end, knows = function () return false end }
  end, function () end)
  test.equal({ outcome, trouble.kind }, { nil, "unknown" })
  test.contains(trouble.text, "operation 1 (status) does not read back as done: GitHub: GET /status: 500")
  test.contains(kept[#kept], "does not read back as done: GitHub")
end)

test("P25 what is done already rests on nothing any more: no fact is asked again", function ()
  local it = forge()
  it.statuses.release = { source = "status", state = "success", description = "success it is" }
  local outcome, trouble = run({ status(1, "success") }, it, { { fact = "time", gate = "schedule", not_after = 1 } })
  test.equal(outcome, "nothing", tostring(trouble))
  local _, stale = run({ status(1, "failure") }, it, { { fact = "time", gate = "schedule", not_after = 1 } })
  test.equal(stale.kind, "stale")
end)

test("S1.84 what is optional and refused is left out with a warning", function ()
  local it = forge { post_status = problem.new("error", "no permission") }
  local outcome, _, said, made = run({ status(1, "success", { optional = true }), merge(2) }, it)
  test.equal(outcome, "done")
  test.equal(said, { "1 left out", "2 done" })
  test.equal(made.warned, { "no permission" })
end)

test("S1.94 what is optional and of unknown outcome stops all the same", function ()
  local it = forge { post_status = problem.new("unknown", "no answer") }
  it.checks = function (self) if self.writes > 0 then return nil, problem.new("error", "no answer") end return {} end
  local outcome, trouble = run({ status(1, "success", { optional = true }), merge(2) }, it)
  test.equal(outcome, nil)
  test.equal(trouble.kind, "unknown")
  test.equal(it.the_pull.state, "open")
end)

test("P4 an answer of the forge that changed since the plan refuses it", function ()
  local it = forge()
  local fact = { fact = "forge", gate = "reviews", ask = { "reviews", 3 }, sha256 = digest_of {} }
  test.equal(run({ merge(1) }, it, { fact }), "done")
  it = forge()
  it.the_reviews = { { user = "ann", state = "changes_requested" } }
  local _, trouble = run({ merge(1) }, it, { fact })
  test.equal(trouble.kind, "stale")
  test.contains(trouble.text, "gate reviews")
  test.equal(it.writes, 0)
end)

test("P4 a plan is refused when the time that a gate gave it is over", function ()
  local fact = { fact = "time", gate = "schedule", not_after = 100 }
  test.equal(run({ merge(1) }, forge(), { fact }, 100), "done")
  local it = forge()
  local _, trouble = run({ merge(1) }, it, { fact }, 101)
  test.equal(trouble.kind, "stale")
  test.equal(it.writes, 0)
end)

test("a plan cannot make apply write while it asks", function ()
  local it = forge()
  local fact = { fact = "forge", gate = "x", ask = { "merge_pull", 3 }, sha256 = ("0"):rep(64) }
  local _, trouble = run({ merge(1) }, it, { fact })
  test.equal(trouble.kind, "error")
  test.equal(it.writes, 0)
end)

-- Doors to a remote on which this plan's lock stands, which answers so many questions and then no more.
local function with_lock(the_forge, answers)
  local made = doors(the_forge)
  made.plan_id, made.pushes = "p", {}
  made.repo = { read = function () return true end, commit = function () return { message = "held" } end }
  function made.decode() return { plan = "p" } end
  function made.remote_refs()
    answers = answers - 1
    if answers < 0 then return nil, problem.new("error", "the remote is gone") end
    return { ["refs/relrun/lock/x"] = OID }
  end
  function made.push(_, updates)
    made.pushes[#made.pushes + 1] = updates[1].ref
    return { done = answers >= 0, refs = {}, conclusive = true, words = "the remote is gone" }
  end
  return made
end

local function locked_ops()
  local lock = { id = 1, stage = "remote", kind = "lock", class = "compensable", pre = {},
    args = { remote = "origin", ref = "refs/relrun/lock/x" } }
  local unlock = { id = 3, stage = "remote", kind = "unlock", class = "reversible", pre = {},
    args = { remote = "origin", ref = "refs/relrun/lock/x", lock = 1 } }
  return { lock, status(2, "success"), unlock, merge(4) }
end

for _, row in ipairs {
  { "a lock that cannot be given back is told, and not passed over", 2, nil, "was not given back: the remote is gone" },
  { "a lock of an earlier run is given back when all else is done", 9, "done" },
} do
  test(row[1], function ()
    local it = forge()
    local made = with_lock(it, row[2])
    local outcome, trouble = apply.run({ facts = {}, ops = locked_ops(), tool = "t" }, made, journal, function () end)
    test.equal(outcome, row[3])
    test.equal(made.pushes[1], "refs/relrun/lock/x")
    if row[4] then test.contains(trouble.text, row[4]) end
    test.equal(it.the_pull.state, row[3] and "merged" or "open")
  end)
end

test("a fact of an unknown kind refuses the plan", function ()
  local _, trouble = run({ merge(1) }, forge(), { { fact = "moon" } })
  test.contains(trouble.text, "a fact of the kind 'moon'")
end)

-- what the journal knows of the lock, what it says of the merge; what the merge is told
for _, row in ipairs {
  { false, false, "elsewhere" }, { true, false, nil }, { true, true, "here" }, { false, true, "here" },
} do
  test(("S3.28 an operation is told whether somebody may have begun it before: %s"):format(row[3] or "nobody"), function ()
    local step, told = require("steps").ops.merge, "not asked"
    local perform = step.perform
    function step.perform(op, made, results, begun)
      told = begun
      return perform(op, made, results, begun)
    end
    local outcome = apply.run({ facts = {}, ops = locked_ops(), tool = "t" }, with_lock(forge(), 9), function ()
      return { add = function () return true end, knows = function (_, id) return row[1] and id == 1 end,
        interrupted = function (_, id) return row[2] and id == 4 end }
    end, function () end)
    step.perform = perform
    test.equal(outcome, "done")
    test.equal(told, row[3])
  end)
end

test("S0.33 a merge that the base does not hold is not done, whatever its plan rests on", function ()
  local the_forge = forge()
  the_forge.the_pull.state, the_forge.standing = "merged", "diverged"
  local outcome, trouble = run({ merge(1) }, the_forge, { { fact = "time", gate = "schedule", not_after = 1 } })
  test.equal({ outcome, trouble.kind }, { nil, "denied" })
  test.contains(tostring(trouble), "pull request #3 was merged without its head aaaaaaaaaaaa (squashed or rebased), so main does not hold it")
  test.contains(trouble.todo, "undo that merge")
  the_forge.tag_at = OID
  outcome, trouble = run({ merge(1) }, the_forge)
  test.equal({ outcome, trouble.kind, the_forge.writes }, { nil, "denied", 0 })
  test.contains(trouble.todo, "`git merge aaaaaaaaaaaa` into a new branch of main")
  the_forge.standing = "identical"
  test.equal(run({ merge(1) }, the_forge), "nothing")
end)

test("S0.33 our own merge of this very run is not asked for again", function ()
  local the_forge = forge()
  function the_forge.compare() error "asked" end
  test.equal(run({ merge(1) }, the_forge), "done")
end)

test("S1.94 what is optional and was interrupted stops all the same", function ()
  local it = forge { post_status = problem.new("interrupted", "interrupted by a signal") }
  local outcome, trouble, said, made = run({ status(1, "success", { optional = true }), merge(2) }, it)
  test.equal({ outcome, trouble.kind, said, made.warned, it.the_pull.state }, { nil, "interrupted", {}, {}, "open" })
end)

return test.done()
