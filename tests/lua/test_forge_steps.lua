--- The steps on the forge beside the release: dispatch, the runs that tags must start, comment, reachable.

local test = require "testing"
local plan_steps = require "steps"
local problem = require "problem"
local shape = require "shape"
local stateful_forge = require "stateful_forge"
local work = require "release_work"

local TIP = work.TIP

local function must(value, trouble)
  if value == nil then error(tostring(trouble), 2) end
  return value
end

local function count(forge, method)
  local n = 0
  for _, one in ipairs(forge.writes) do n = n + (one == method and 1 or 0) end
  return n
end

-- Whatever a step compiles to is what a plan from a file may hold, and can be told.
local function is_well_formed(ops)
  for _, op in ipairs(ops) do
    local where, wrong = shape.check("", op.args, plan_steps.ops[op.kind].shape)
    test.equal(where and where .. ": " .. wrong, nil, op.kind)
    test.equal(plan_steps.ops[op.kind].wrong and plan_steps.ops[op.kind].wrong(op.args), nil, op.kind)
    test.lacks(plan_steps.ops[op.kind].describe(op), "nil")
  end
  return ops
end

-- dispatch ----------------------------------------------------------------------------------------------------------

local function dispatch(more)
  local record = { word = "dispatch", workflow = "publish.yml", per = "release", watch = false, nonce = true,
    inputs = { version = "{version}" } }
  for key, value in pairs(more or {}) do record[key] = value end
  return record
end

-- A forge whose tags hold what was released.
local function forge_of(more)
  local forge = stateful_forge.new()
  forge.heads = { ["a-v1.0.0"] = TIP, ["b-v2.0.0"] = TIP, main = TIP }
  for key, value in pairs(more or {}) do forge[key] = value end
  return forge
end

local function ops_of(step, forge, released)
  return is_well_formed(must(work.ops({ step }, { forge = forge, released = released })))
end

test("S3.28 a workflow is started once, at the tag, with its inputs and a nonce", function ()
  local forge = forge_of()
  local ops, doors = ops_of(dispatch(), forge), work.doors(forge, {})
  test.equal(must(work.apply(ops, doors)), "done")
  local run = forge.all_runs[1]
  test.equal({ run.branch, run.inputs.version }, { "a-v1.0.0", "1.0.0" })
  test.equal(#run.inputs.relrun_nonce, 32)
  test.equal(work.apply(ops, doors), "nothing")
  test.equal(#forge.all_runs, 1)
end)

test("S3.114 the nonce is the same in each clone, and another one for other inputs", function ()
  local one, same = ops_of(dispatch(), forge_of())[1], ops_of(dispatch(), forge_of())[1]
  local other = ops_of(dispatch { inputs = { version = "x" } }, forge_of())[1]
  test.equal(one.args.nonce, same.args.nonce)
  test.truthy(one.args.nonce ~= other.args.nonce)
end)

test("a workflow can be started once for each package", function ()
  local forge = forge_of()
  local ops = ops_of(dispatch { per = "package" }, forge, { work.decision("a", "1.0.0"), work.decision("b", "2.0.0") })
  must(work.apply(ops, work.doors(forge, {})))
  test.equal({ forge.all_runs[1].branch, forge.all_runs[2].branch }, { "a-v1.0.0", "b-v2.0.0" })
end)

-- how the write fails, what the first run ends in
for _, row in ipairs { { "refused", "denied" }, { "before", "unknown" }, { "after", "done" } } do
  for _, ids in ipairs { true, false } do
    test(("P8 S3.114 dispatch that fails (%s) starts one run in the end%s"):format(row[1],
      ids and "" or ", also where the forge tells no ids"), function ()
      local forge = forge_of { tells_no_ids = not ids, lag = 2 }
      local ops, doors = ops_of(dispatch(), forge), work.doors(forge, {})
      forge.faults.dispatch = { how = row[1], times = 1 }
      local outcome, trouble = work.apply(ops, doors)
      test.equal(outcome or trouble.kind, row[2])
      if row[1] == "refused" then test.contains(tostring(trouble), "publish.yml must have an input relrun_nonce") end
      must(work.apply(ops, doors))
      test.equal(#forge.all_runs, 1)
    end)
  end
end

-- Runs a dispatch some times over one journal: what each run ended in. `before(i)` is called before each.
local function ends_of(forge, runs, more, before)
  local ops, journal, ends = ops_of(dispatch(more), forge), work.lasting_journal(), {}
  for i = 1, runs do
    if before then before(i) end
    local outcome, trouble = work.apply(ops, work.doors(forge, {}), journal)
    ends[i] = outcome or trouble.kind .. ": " .. tostring(trouble)
  end
  return ends
end

test("P8 S3.28 the answer was lost and the run is listed after more than a minute: the outcome is unknown, and the next run waits",
  function ()
    local forge = forge_of { tells_no_ids = true, lag = 40 }
    forge.faults.dispatch = { how = "after", times = 1 }
    local ends = ends_of(forge, 2)
    test.contains(ends[1], "unknown: dispatch: the connection was reset")
    test.contains(ends[1], "run the same command again")
    test.equal(ends[2], "done")
    test.equal(count(forge, "dispatch"), 1)
  end)

test("P8 the run that the answer told cannot be read at first: it is looked for until it can", function ()
  local forge = forge_of { lag = 100 }
  forge.faults.run = { times = 3 }
  test.equal(ends_of(forge, 1), { "done" })
  test.equal(count(forge, "dispatch"), 1)
end)

test("P8 a run that an earlier run was done with is known by its number, also before it is listed", function ()
  local forge = forge_of { lag = 100 }
  test.equal(ends_of(forge, 2), { "done", "done" })
  test.equal(count(forge, "dispatch"), 1)
end)

test("P8 the run that the answer told cannot be read at all: the next run asks for this very one", function ()
  local forge = forge_of { lag = 1000 }
  forge.faults.run = { times = 32 }
  local ends = ends_of(forge, 2)
  test.contains(ends[1], "unknown: publish.yml was started as run 1, which cannot be read: run: 502")
  test.equal(ends[2], "done")
  test.equal(count(forge, "dispatch"), 1)
end)

test("P8 a run that was started and cannot be watched is taken up by its number, also before it is listed", function ()
  local forge = forge_of { lag = 1000 }
  forge.on_call = function (method)
    if method == "sleep" and not forge.faults.run then forge.faults.run = { times = 2 } end
    if method == "sleep" and forge.faults.run.times == 0 then
      forge.all_runs[1].status, forge.all_runs[1].conclusion = "completed", "success"
    end
  end
  local ends = ends_of(forge, 2, { watch = true })
  test.equal(ends, { "error: run: 502", "done" })
  test.equal(count(forge, "dispatch"), 1)
end)

test("P8 S3.28 a run that could not look for what an earlier one started leaves it open to the third", function ()
  local forge = forge_of { tells_no_ids = true, lag = 40 }
  forge.faults.dispatch = { how = "after", times = 1 }
  local ends = ends_of(forge, 3, nil, function (i)
    local looks = 0
    forge.faults.runs = nil
    forge.on_call = function (method)
      looks = looks + (method == "runs" and 1 or 0)
      -- The second run's survey is answered, and nothing after it.
      if i == 2 and looks == 2 then forge.faults.runs = { times = 1000 } end
    end
  end)
  test.contains(ends[1], "unknown")
  test.contains(ends[2], "unknown: publish.yml may have been started by an earlier run, and that cannot be asked: runs: 502")
  test.equal(ends[3], "done")
  test.equal(count(forge, "dispatch"), 1)
end)

test("P8 whoever interrupts the wait for a run is told so, and the next run waits for it", function ()
  local forge = forge_of { tells_no_ids = true, lag = 10 }
  local ops, journal = ops_of(dispatch(), forge), work.lasting_journal()
  local doors = work.doors(forge, {})
  local sleep, naps = doors.sleep, 0
  function doors.sleep(ms)
    naps = naps + 1
    if naps == 3 then return problem.refuse("interrupted", "interrupted") end
    return sleep(ms)
  end
  local _, trouble = work.apply(ops, doors, journal)
  test.equal({ trouble.kind, trouble.open }, { "interrupted", true })
  test.equal(must(work.apply(ops, doors, journal)), "done")
  test.equal(count(forge, "dispatch"), 1)
end)

for _, begun in ipairs { "here", "elsewhere" } do
  test(("S3.28 what was perhaps started a moment ago, %s, is waited for and not started again"):format(begun), function ()
    local forge = forge_of { lag = 2 }
    local ops, doors = ops_of(dispatch(), forge), work.doors(forge, {})
    local looks = 0
    forge.on_call = function (method)
      if method ~= "sleep" then return end
      looks = looks + 1
      if looks == 3 then
        forge:start_run { workflow = "publish.yml", event = "workflow_dispatch", branch = "a-v1.0.0", oid = TIP,
          title = "publish " .. ops[1].args.nonce }
      end
    end
    local result, trouble = plan_steps.ops.dispatch.perform(ops[1], doors, {}, begun)
    test.equal(trouble, nil)
    test.equal(result.run, 1)
    test.equal(count(forge, "dispatch"), 0)
    test.contains(doors.said[1], "publish.yml may have been started a moment ago")
  end)
end

test("P24 S3.28 where another run did for good what comes before, its run is waited for and not started again", function ()
  local forge = forge_of()
  local ops = ops_of(dispatch { per = "package" }, forge, { work.decision("a", "1.0.0"), work.decision("b", "2.0.0") })
  must(work.apply(ops, work.doors(forge, {})))
  forge.lag, forge.all_runs[2].lag = 2, 5
  local doors = work.doors(forge, {})
  test.equal(must(work.apply(ops, doors)), "done")
  test.equal(count(forge, "dispatch"), 2)
  test.contains(doors.said[1], "publish.yml may have been started a moment ago")
end)

test("P24 the lock stays where nobody knows what was started, also when the wait for it was interrupted", function ()
  local lock = require "steps.lock"
  local op = { id = 1, kind = "lock", args = { remote = "origin", ref = "refs/relrun/lock/final" } }
  local results = { { ref = op.args.ref, oid = TIP, own = true } }
  local function gives_back(kind, open)
    local refusal, pushes = problem.new(kind, "x"), 0
    refusal.open = open
    lock.stop(op, { push = function () pushes = pushes + 1 return {} end }, results, refusal)
    return pushes == 1
  end
  test.equal({ gives_back "error", gives_back "interrupted", gives_back "unknown", gives_back("interrupted", true) },
    { true, true, false, false })
end)

test("S3.28 what an earlier run was stopped before is started after a minute, and at once where runs are listed at once",
  function ()
    for _, row in ipairs { { lag = 2, naps = 30 }, { naps = 0 } } do
      local forge = forge_of { lag = row.lag }
      local ops, doors = ops_of(dispatch(), forge), work.doors(forge, {})
      test.equal(must(work.apply(ops, doors, { [ops[1].id] = true })), "done")
      test.equal(count(forge, "dispatch"), 1)
      test.equal(#doors.naps >= row.naps and (row.naps > 0 or #doors.naps == 0), true, #doors.naps)
    end
  end)

test("P8 S3.28 a look that fails is an error where nothing was begun, and leaves the outcome open where something was", function ()
  for begun, kind in pairs { [false] = "error", here = "unknown" } do
    local forge = forge_of()
    local ops, doors = ops_of(dispatch(), forge), work.doors(forge, {})
    forge.faults.runs = { times = 1000 }
    local result, trouble = plan_steps.ops.dispatch.perform(ops[1], doors, {}, begun)
    test.equal({ result, trouble.kind }, { nil, kind }, tostring(begun))
    test.equal(count(forge, "dispatch"), 0)
  end
end)

test("S3.114 of several runs at the same ref the very one that was started is found", function ()
  local forge = forge_of { tells_no_ids = true }
  forge:start_run { workflow = "publish.yml", event = "workflow_dispatch", branch = "a-v1.0.0", oid = TIP, title = "somebody's" }
  local ops, doors = ops_of(dispatch { watch = true }, forge), work.doors(forge, {})
  forge.on_call = function (method)
    local mine = forge.all_runs[2]
    if method == "sleep" and mine then mine.status, mine.conclusion = "completed", "success" end
  end
  test.equal(must(work.apply(ops, doors)), "done")
  test.equal(#forge.all_runs, 2)
  test.equal(forge.all_runs[1].status, "queued")
end)

-- A run that ends at the n-th look.
local function ends_after(forge, looks, conclusion)
  forge.on_call = function (method)
    if method ~= "sleep" then return end
    looks = looks - 1
    local run = forge.all_runs[#forge.all_runs]
    if looks == 0 and run then run.status, run.conclusion = "completed", conclusion end
  end
end

test("a watched run is waited for, in pauses that grow to half a minute", function ()
  local forge = forge_of()
  ends_after(forge, 7, "success")
  local doors = work.doors(forge, {})
  test.equal(must(work.apply(ops_of(dispatch { watch = true }, forge), doors)), "done")
  test.equal(doors.naps, { 2000, 4000, 8000, 16000, 30000, 30000, 30000 })
end)

test("P12 whatever is no success of a watched run stops the release, with a link", function ()
  for _, conclusion in ipairs { "failure", "cancelled", "skipped", "timed_out", "neutral", "action_required", "stale" } do
    local forge = forge_of()
    ends_after(forge, 2, conclusion)
    local outcome, trouble = work.apply(ops_of(dispatch { watch = true }, forge), work.doors(forge, {}))
    test.equal(outcome, nil, conclusion)
    test.contains(trouble.text, "ended as " .. conclusion)
    test.contains(trouble.text, "https://forge.example/runs/1")
  end
end)

test("a run that failed and was run again there counts as what it became", function ()
  local forge = forge_of()
  local ops, doors = ops_of(dispatch { watch = true }, forge), work.doors(forge, {})
  ends_after(forge, 2, "failure")
  test.equal(work.apply(ops, doors), nil)
  forge.all_runs[1].conclusion = "success"
  test.equal(work.apply(ops, doors), "nothing")
  test.equal(#forge.all_runs, 1)
end)

test("S3.114 a run that is going on is taken up, not started again", function ()
  local forge = forge_of()
  local ops, doors = ops_of(dispatch { watch = true }, forge), work.doors(forge, {})
  forge:start_run { workflow = "publish.yml", event = "workflow_dispatch", branch = "a-v1.0.0", oid = TIP,
    status = "in_progress", title = "publish " .. ops[1].args.nonce }
  ends_after(forge, 3, "success")
  test.equal(must(work.apply(ops, doors)), "done")
  test.equal(count(forge, "dispatch"), 0)
end)

test("a run of another commit than the one that was released stops the release", function ()
  local forge = forge_of { heads = { ["a-v1.0.0"] = ("d"):rep(40) } }
  local outcome, trouble = work.apply(ops_of(dispatch(), forge), work.doors(forge, {}))
  test.equal(outcome, nil)
  test.contains(trouble.text, "is of dddddddddddd, and what was released is aaaaaaaaaaaa")
end)

test("a workflow that does not say its nonce is told of", function ()
  local forge = forge_of { silent_titles = true }
  local doors = work.doors(forge, {})
  test.equal(must(work.apply(ops_of(dispatch(), forge), doors)), "done")
  test.contains(doors.warned[1], "publish.yml does not say relrun_nonce in its run-name")
end)

test("without a nonce a run of the released commit is the one", function ()
  local forge = forge_of()
  local ops, doors = ops_of(dispatch { nonce = false }, forge), work.doors(forge, {})
  test.equal(must(work.apply(ops, doors)), "done")
  test.equal(forge.all_runs[1].inputs.relrun_nonce, nil)
  test.equal(work.apply(ops, doors), "nothing")
end)

test("without a nonce, at a ref that moves, nothing is planned", function ()
  local ops, trouble = work.ops({ dispatch { nonce = false, ref = "develop" } }, { forge = forge_of() })
  test.equal(ops, nil)
  test.contains(tostring(trouble), "a run at develop could not be told from others without a nonce")
end)

test("a run that never ends stops the waiting after six hours", function ()
  local forge = forge_of()
  local doors = work.doors(forge, {})
  local outcome, trouble = work.apply(ops_of(dispatch { watch = true }, forge), doors)
  test.equal({ outcome, trouble.kind }, { nil, "waiting" })
  local waited = 0
  for _, ms in ipairs(doors.naps) do waited = waited + ms end
  test.truthy(waited >= 6 * 3600 * 1000 and waited < 6 * 3600 * 1000 + 30000, waited)
end)

-- A forge that tells ten runs at most, and has had twenty of this workflow at main, of other commits.
local function busy_forge(moment)
  local forge = forge_of { most_runs = 10, moment = moment }
  for i = 1, 20 do
    forge:start_run { workflow = "publish.yml", event = "workflow_dispatch", branch = "main", oid = ("d"):rep(40), made = i }
  end
  return forge
end

local DAY = 86400

test("a branch with more runs than the forge tells: those are asked for that are no older than the release", function ()
  local forge = busy_forge(100 * DAY)
  -- The clock of who made the base may be ahead.
  for _, time in ipairs { 100 * DAY, 101 * DAY } do
    local ops = is_well_formed(must(work.ops({ dispatch { ref = "main" } }, { forge = forge, time = time })))
    local before = count(forge, "dispatch")
    local outcome = must(work.apply(ops, work.doors(forge, {})))
    test.equal(outcome, before == 0 and "done" or "nothing")
    test.equal(count(forge, "dispatch"), 1)
  end
end)

test("P7 a base whose time has not come yet bounds nothing: a run is not started twice for it", function ()
  local forge = forge_of { moment = 100 * DAY }
  local ops = is_well_formed(must(work.ops({ dispatch {} }, { forge = forge, time = 200 * DAY })))
  test.equal(must(work.apply(ops, work.doors(forge, {}))), "done")
  test.equal(work.apply(ops, work.doors(forge, {})), "nothing")
  test.equal(count(forge, "dispatch"), 1)
end)

test("without a nonce only the runs of the released commit are asked for", function ()
  local forge = busy_forge()
  local ops = is_well_formed(must(work.ops({ dispatch { ref = "main", nonce = false } }, { forge = forge })))
  test.equal(must(work.apply(ops, work.doors(forge, {}))), "done")
  test.equal(work.apply(ops, work.doors(forge, {})), "nothing")
end)

-- The runs of tags. -------------------------------------------------------------------------------------------------

local tag_runs = require "steps.tag_runs"

local function tag_ops(forge, tags)
  local updates = { { ref = "refs/heads/main" } }
  for _, tag in ipairs(tags) do updates[#updates + 1] = { ref = "refs/tags/" .. tag } end
  local _, _, self = work.ops({}, { forge = forge })
  must(tag_runs.plan(self, { workflow = "publish.yml" }, updates))
  return is_well_formed(self.ops), self
end

test("S1.49 tags whose push started the workflow need nothing", function ()
  local forge = forge_of()
  forge:start_run { workflow = "publish.yml", branch = "a-v1.0.0", oid = TIP }
  test.equal(work.apply(tag_ops(forge, { "a-v1.0.0" }), work.doors(forge, {})), "nothing")
end)

test("S1.49 a run that appears late is waited for", function ()
  local forge = forge_of()
  local ops, doors = tag_ops(forge, { "a-v1.0.0" }), work.doors(forge, {})
  local looks = 0
  forge.on_call = function (method)
    looks = looks + (method == "sleep" and 1 or 0)
    if method == "sleep" and looks == 3 then forge:start_run { workflow = "publish.yml", branch = "a-v1.0.0", oid = TIP } end
  end
  test.equal(must(work.apply(ops, doors)), "done")
  test.equal(count(forge, "dispatch"), 0)
end)

test("S1.49 a tag whose push started nothing within half a minute has the workflow started by name, at the tag", function ()
  local forge = forge_of()
  forge:start_run { workflow = "publish.yml", branch = "a-v1.0.0", oid = TIP }
  local ops, doors = tag_ops(forge, { "a-v1.0.0", "b-v2.0.0" }), work.doors(forge, {})
  test.equal(must(work.apply(ops, doors)), "done")
  test.equal(count(forge, "dispatch"), 1)
  test.equal({ forge.all_runs[2].branch, forge.all_runs[2].event }, { "b-v2.0.0", "workflow_dispatch" })
  test.equal(#doors.naps, 6)
  test.equal(work.apply(ops, doors), "nothing")
end)

test("S1.49 a tag that moves, and had more runs than the forge tells, is asked for at the released commit", function ()
  local forge = forge_of { most_runs = 1 }
  for _ = 1, 2 do forge:start_run { workflow = "publish.yml", branch = "a-v1.0.0", oid = ("d"):rep(40) } end
  must(work.apply(tag_ops(forge, { "a-v1.0.0" }), work.doors(forge, {})))
  test.equal(count(forge, "dispatch"), 1)
end)

test("S1.49 a run of another workflow, or of an older commit, is none of the tag's", function ()
  local forge = forge_of()
  forge:start_run { workflow = "test.yml", branch = "a-v1.0.0", oid = TIP }
  forge:start_run { workflow = "publish.yml", branch = "a-v1.0.0", oid = ("d"):rep(40) }
  must(work.apply(tag_ops(forge, { "a-v1.0.0" }), work.doors(forge, {})))
  test.equal(count(forge, "dispatch"), 1)
end)

test("S1.49 a run by a timetable, at the tag, is none that its push started", function ()
  local forge = forge_of()
  forge:start_run { workflow = "publish.yml", branch = "a-v1.0.0", oid = TIP, event = "schedule" }
  must(work.apply(tag_ops(forge, { "a-v1.0.0" }), work.doors(forge, {})))
  test.equal(count(forge, "dispatch"), 1)
end)

test("S1.49 a token that may not start workflows leaves a warning, and the release is done", function ()
  local forge = forge_of()
  forge.faults.dispatch = { how = "refused" }
  local doors = work.doors(forge, {})
  test.equal(must(work.apply(tag_ops(forge, { "a-v1.0.0" }), doors)), "done")
  test.contains(doors.warned[1], "dispatch: 403")
end)

test("P8 S1.49 a tag whose answer is lost does not keep the others from their runs, and its own is found", function ()
  local forge = forge_of()
  forge.faults.dispatch = { how = "after", times = 1 }
  local doors = work.doors(forge, {})
  test.equal(must(work.apply(tag_ops(forge, { "a-v1.0.0", "b-v2.0.0" }), doors)), "done")
  test.equal(count(forge, "dispatch"), 2)
  test.equal({ forge.all_runs[1].branch, forge.all_runs[2].branch }, { "a-v1.0.0", "b-v2.0.0" })
  test.equal(doors.warned, {})
end)

test("P8 S1.49 S1.94 a tag of which nobody knows whether its run was started is not left out, and the next run goes on", function ()
  local forge = forge_of { lag = 40 }
  forge.faults.dispatch = { how = "after", times = 1 }
  local ops, doors = tag_ops(forge, { "a-v1.0.0", "b-v2.0.0" }), work.doors(forge, {})
  local outcome, trouble = work.apply(ops, doors)
  test.equal({ outcome, trouble.kind }, { nil, "unknown" })
  test.contains(trouble.text, "a-v1.0.0: dispatch: the connection was reset")
  test.equal(count(forge, "dispatch"), 2)
  for _, run in ipairs(forge.all_runs) do run.lag = 3 end
  test.equal(must(work.apply(ops, doors)), "done")
  test.equal(#forge.all_runs, 2)
end)

test("P8 S1.49 what cannot be looked for after an answer was lost is not left out either", function ()
  local forge = forge_of()
  local looks = 0
  forge.faults.dispatch = { how = "after", times = 1 }
  forge.on_call = function (method)
    looks = looks + (method == "dispatch" and 1 or 0)
    if looks == 1 and method == "runs" then forge.faults.runs = { times = 100 } end
  end
  local outcome, trouble = work.apply(tag_ops(forge, { "a-v1.0.0" }), work.doors(forge, {}))
  test.equal({ outcome, trouble.kind }, { nil, "unknown" })
  test.contains(trouble.text, "runs: 502")
end)

test("S1.49 a tag that is refused does not keep the others from their runs", function ()
  local forge = forge_of()
  forge.faults.dispatch = { how = "refused", times = 1 }
  local doors = work.doors(forge, {})
  test.equal(must(work.apply(tag_ops(forge, { "a-v1.0.0", "b-v2.0.0" }), doors)), "done")
  test.equal(forge.all_runs[1].branch, "b-v2.0.0")
  test.contains(doors.warned[1], "a-v1.0.0: dispatch: 403")
end)

test("P8 S1.49 of two tags, one refused and one of which nobody knows, the one that nobody knows decides", function ()
  local forge = forge_of { lag = 40 }
  local dispatched = forge.dispatch
  function forge.dispatch(self, order)
    if order.ref == "a-v1.0.0" then return problem.refuse("denied", "dispatch: 403, the token may not") end
    return dispatched(self, order)
  end
  forge.faults.dispatch = { how = "after", times = 1 }
  local doors = work.doors(forge, {})
  local outcome, trouble = work.apply(tag_ops(forge, { "a-v1.0.0", "b-v2.0.0" }), doors)
  test.equal({ outcome, trouble.kind }, { nil, "unknown" })
  test.contains(trouble.text, "b-v2.0.0: dispatch: the connection was reset")
  test.contains(doors.warned[1], "a-v1.0.0: dispatch: 403")
end)

test("S1.49 a forge without workflows is a warning of the plan", function ()
  local forge = forge_of { can = function () return { can = false, why = "it has none" } end }
  local ops, self = tag_ops(forge, { "a-v1.0.0" })
  test.equal(#ops, 0)
  test.equal(self.warnings, { "nobody will confirm that the tags start publish.yml: it has none" })
end)

-- comment -----------------------------------------------------------------------------------------------------------

local PULL = { number = 7, body = "" }

local function comment_ops(forge, body)
  return is_well_formed(must(work.ops({ { word = "comment", body = body or "{package} {version} is out." } },
    { forge = forge, pull = PULL })))
end

for _, row in ipairs { { nil, "done" }, { "refused", "denied" }, { "before", "error" }, { "after", "done" } } do
  test(("P8 a comment stands there once%s"):format(row[1] and ", also when the write fails (" .. row[1] .. ")" or ""), function ()
    local forge = stateful_forge.new()
    local ops, doors = comment_ops(forge), work.doors(forge, {})
    if row[1] then forge.faults.comment = { how = row[1], times = 1 } end
    local outcome, trouble = work.apply(ops, doors)
    test.equal(outcome or trouble.kind, row[2])
    must(work.apply(ops, doors))
    test.equal(#forge.notes[7], 1)
    test.contains(forge.notes[7][1].body, "a 1.0.0 is out.\n\n<!-- relrun comment sha256:")
  end)
end

test("another text is another comment", function ()
  local forge = stateful_forge.new()
  must(work.apply(comment_ops(forge, "one"), work.doors(forge, {})))
  must(work.apply(comment_ops(forge, "two"), work.doors(forge, {})))
  test.equal(#forge.notes[7], 2)
end)

-- reachable ---------------------------------------------------------------------------------------------------------

local FILES = { ["dist/a.whl"] = "wheel" }

local function release_step() return { word = "forge_release", per = "package", name = "x", notes = work.told "n", assets = { "dist/*" } } end

local function reach_ops(forge, more, with_release)
  local record = { word = "reachable" }
  for key, value in pairs(more or {}) do record[key] = value end
  local ops, trouble, self = work.ops(with_release and { release_step(), record } or { record }, { forge = forge, files = FILES })
  return is_well_formed(must(ops, trouble)), self
end

test("the assets of a release that was made public are looked for as anybody", function ()
  local forge = stateful_forge.new()
  local ops, doors = reach_ops(forge, nil, true), work.doors(forge, FILES)
  test.equal(must(work.apply(ops, doors)), "done")
  test.equal(#doors.naps, 0)
  test.equal(work.apply(ops, doors), "nothing")
end)

test("what travels is waited for", function ()
  local forge = stateful_forge.new()
  local url = "https://pypi.example/a/1.0.0/"
  local ops, doors = reach_ops(forge, { urls = { "https://pypi.example/{package}/{version}/" } }), work.doors(forge, FILES)
  local looks = 0
  forge.on_call = function (method)
    looks = looks + (method == "sleep" and 1 or 0)
    if looks == 3 then forge.pages[url] = { status = 200 } end
  end
  test.equal(must(work.apply(ops, doors)), "done")
  test.equal(doors.naps, { 1000, 2000, 4000 })
end)

-- what does not come, part of the reason
for _, row in ipairs {
  { "an address", { urls = { "https://x.example/{version}" } }, "https://x.example/1.0.0 answers with status 404" },
  { "an image", { images = { "ghcr.io/o/{package}:{version}" } }, "there is no image ghcr.io/o/a:1.0.0" },
} do
  test(("P12 %s that does not come within a minute stops the release"):format(row[1]), function ()
    local forge = stateful_forge.new()
    local doors = work.doors(forge, FILES)
    local outcome, trouble = work.apply(reach_ops(forge, row[2]), doors)
    test.equal({ outcome, trouble.kind }, { nil, "error" })
    test.contains(trouble.text, row[3])
    local waited = 0
    for _, ms in ipairs(doors.naps) do waited = waited + ms end
    test.equal(waited, 60000)
  end)
end

test("P12 no status but success is reachable", function ()
  for _, status in ipairs { 199, 301, 302, 304, 401, 403, 404, 429, 500, 503 } do
    local forge = stateful_forge.new()
    forge.pages["https://x.example/"] = { status = status }
    test.equal((work.apply(reach_ops(forge, { urls = { "https://x.example/" } }), work.doors(forge, FILES))), nil, status)
  end
end)

test("an asset that anybody gets with another size is not reachable", function ()
  local forge = stateful_forge.new()
  forge.pages["https://forge.example/a-v1.0.0/a.whl"] = { status = 200, size = 4 }
  local outcome, trouble = work.apply(reach_ops(forge, nil, true), work.doors(forge, FILES))
  test.equal(outcome, nil)
  test.contains(trouble.text, "a.whl has 4 bytes, not 5")
end)

test("nobody looks for the assets of a private repository, and that is said", function ()
  local forge = stateful_forge.new()
  forge.private = true
  local ops, self = reach_ops(forge, nil, true)
  test.equal(ops[#ops].kind, "release_publish")
  test.contains(self.warnings[1], "o/r is private")
end)

test("the assets of an optional release that was left out are not looked for", function ()
  local forge = stateful_forge.new()
  local release = release_step()
  release.optional = true
  local ops = must(work.ops({ release, { word = "reachable" } }, { forge = forge, files = FILES }))
  forge.faults.create_release = { how = "refused" }
  test.equal(must(work.apply(ops, work.doors(forge, FILES))), "done")
end)

return test.done()
