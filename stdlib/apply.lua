--- Runs a plan, never a spec. Every operation is looked at, and before the first write everything that the plan rests on
-- is asked again; each operation is then probed, announced in the journal, done, and probed once more. What is done already
-- is skipped, what is something else stops the run, and what is unknown is asked again and never blindly repeated. What
-- follows each other, hangs on the same and takes time to transfer is done side by side, and told as if it had not been.

local narrowed = require "forge".narrowed
local problem = require "problem"
local steps = require "steps"
local text = require "text"
local together = require "together"

local apply = {}

-- The lock's own two operations: they serve the others and are no work themselves.
local SERVES = { lock = true, unlock = true }

--- Is this operation work on the remote or on the forge, and not only in the clone? Their lock is none: it serves.
---@param op table
---@return boolean
function apply.is_sent(op) return op.stage ~= "local" and not SERVES[op.kind] end

local function probe(doors, op, results)
  local state, detail, result = steps.ops[op.kind].probe(op, doors, results)
  if state == nil then return nil, detail end
  return state, detail, result
end

-- The facts that a plan can rest on: is it still so?
local facts = {}

function facts.remote_ref(fact, doors)
  local refs, trouble = doors.remote_refs(fact.remote)
  if not refs then return nil, trouble end
  local now = refs[fact.ref]
  if now and (now == fact.oid or now == fact.or_oid) then return true end
  return problem.refuse("stale", ("%s on '%s' was %s when the plan was made and is %s now"):format(fact.ref,
    fact.remote, fact.oid:sub(1, 12), now and now:sub(1, 12) or "gone"), "plan again")
end

function facts.forge(fact, doors)
  local forge, trouble = doors.forge()
  if not forge then return nil, trouble end
  local method = fact.ask[1]
  if type(method) ~= "string" or not doors.may_ask(method) then
    return problem.refuse("error", ("the plan rests on a question ('%s') that this relrun does not know"):format(
      text.line(tostring(method))), "use the relrun that made it")
  end
  local value
  value, trouble = forge[method](forge, table.unpack(fact.ask, 2))
  if trouble then return nil, trouble end
  if doors.digest_of(narrowed(value, fact.fields)) == fact.sha256 then return true end
  return problem.refuse("stale", ("what gate %s asked of the forge (%s) has another answer now"):format(
    text.line(fact.gate), text.line(method)), "plan again")
end

function facts.time(fact, doors)
  if doors.now() <= fact.not_after then return true end
  return problem.refuse("stale", ("gate %s let this plan through for a time that is over"):format(text.line(fact.gate)),
    "plan again")
end

local function check_facts(wanted, doors)
  for _, fact in ipairs(wanted.facts) do
    if not facts[fact.fact] then
      return problem.refuse("error",
        ("the plan rests on a fact of the kind '%s', which this relrun does not know"):format(tostring(fact.fact)),
        "use the relrun that made it")
    end
    local ok, trouble = facts[fact.fact](fact, doors)
    if not ok then return nil, trouble end
  end
  return true
end

-- S1.84, S1.94: what is optional and was refused is told and left; what nobody knows the outcome of is not, and without a
-- journal nothing goes on.
local function may_go_on(op, refusal, journal)
  return op.args.optional == true and refusal.kind ~= "unknown" and refusal.kind ~= "interrupted"
    and not (journal and journal.broken)
end

-- How many operations are done side by side at most: so many are begun in the journal before the first is sent.
local TURN_MAX = 64

-- May this one be done beside the first of a turn? It is of the same kind, hangs on the same other one, and its step says so.
local function is_beside(first, op)
  local step = steps.ops[first.kind]
  return step and step.together and op.kind == first.kind and (not step.needs or op.args[step.needs] == first.args[step.needs])
end

-- The turns of a plan, in its order: lists of operations, most of them of one.
local function turns(ops)
  local at = 0
  return function ()
    if at == #ops then return nil end
    local turn = {}
    repeat
      at = at + 1
      turn[#turn + 1] = ops[at]
    until at == #ops or #turn == TURN_MAX or not is_beside(turn[1], ops[at + 1])
    return turn
  end
end

-- Does the same with each operation of a turn, side by side where its step says so; `settled(i, ...)` is told what came of
-- it, in the order of the plan. The options and what it answers are those of together.run. What one of them met and all
-- would meet is kept in `run.met`: from then on they send nothing, and without a journal neither.
local function each_of(turn, act, settled, run, options)
  if not steps.ops[turn[1].kind].together then
    settled(1, act(turn[1]))
    return 1
  end
  local functions = {}
  local function noted(result, trouble, ...)
    run.met = run.met or problem.shared_by_all(result, trouble)
    return result, trouble, ...
  end
  for i, op in ipairs(turn) do functions[i] = function () return noted(act(op)) end end
  options.withhold = function () return run.journal and run.journal.broken or run.met end
  return together.run(functions, settled, options)
end

-- What stands in the way of an operation whose state is this, and what its state counts as.
local function judge_state(op, state, detail)
  -- What is optional stops nothing: it is told, and left, when its turn comes.
  if op.args.optional and (state == "DIFFERS" or not state and may_go_on(op, detail)) then return "ABSENT" end
  if not state then return nil, detail end
  if state == "DIFFERS" then return problem.refuse("stale", detail, "plan again") end
  return state
end

-- Probes every operation before anything is written: { [op id] = state }, and the results of what is done. While it looks
-- the world stands still: what several operations ask is asked once.
local function survey(wanted, doors, results)
  local states, outstanding, run = {}, false, {}
  doors = doors.still and doors.still() or doors
  for turn in turns(wanted.ops) do
    if not steps.ops[turn[1].kind] then
      return problem.refuse("error",
        ("the plan has an operation of the kind '%s', which this relrun does not know"):format(tostring(turn[1].kind)),
        "use the relrun that made it")
    end
    local found = {}
    each_of(turn, function (op) return probe(doors, op, results) end,
      function (i, state, detail, result) found[i] = { state = state, detail = detail, result = result } end, run, {})
    for i, op in ipairs(turn) do
      local state, trouble = judge_state(op, found[i].state, found[i].detail)
      if not state then return nil, trouble end
      states[op.id], results[op.id] = state, state == found[i].state and found[i].result or nil
      if not SERVES[op.kind] and state ~= "DONE" then outstanding = true end
      if op.kind == "lock" and state == "LOCKED" then states.locked, states.lock = found[i].detail, op end
      -- A lock of ours that an earlier run left behind is given back even when all else is done.
      if op.kind == "unlock" and state == "ABSENT" then outstanding = true end
    end
  end
  return states, nil, outstanding
end

-- Is anything left to do of what this lock is held for: the operations up to the one that gives it back? It is taken for
-- nothing less, for nobody would give it back.
local function is_wanted(wanted, states, lock)
  for i = lock.id + 1, #wanted.ops do
    local op = wanted.ops[i]
    if apply.is_sent(op) and states[op.id] ~= "DONE" then return true end
    if op.args.unlock == lock.id or op.kind == "unlock" and op.args.lock == lock.id then return false end
  end
  return false
end

-- What a write that gave no clear answer came to: asked of the destination. Where the remote refused clearly it was not
-- us who did it, even if all is as it should be.
local function settle(op, doors, results, refusal)
  local refused = refusal.kind ~= "unknown"
  if refused and (op.kind == "lock" or refusal.shared and steps.ops[op.kind].together) then return nil, refusal end
  doors.forget()
  local state, detail, result = probe(doors, op, results)
  if state == "DONE" and refused and op.kind == "push" then
    return problem.refuse("nothing", "another run made this very release meanwhile")
  end
  if state == "DONE" then return result or true end
  -- Who refused clearly need not be asked again.
  if state == nil and refused then return nil, refusal end
  if state == nil then
    local known = refusal.text:find(detail.text, 1, true)
    local unasked = problem.new("unknown", known and refusal.text or refusal.text .. "; and its outcome cannot be asked: "
      .. tostring(detail), "run the same command again when the remote answers")
    unasked.cause = detail
    return nil, unasked
  end
  if state == "DIFFERS" then return problem.refuse("locked", detail, "run the same command again") end
  local late = steps.ops[op.kind].late
  if not refused and not (late and late(doors)) then refusal.kind = "error" end
  return nil, refusal
end

-- Why an operation that was performed does not count as done: it reads back as something else, or cannot be read back.
---@return problem
local function unconfirmed(op, state, detail)
  local words = ("operation %d (%s) does not read back as done"):format(op.id, op.kind)
  if state == nil then words = words .. ": " .. detail.text elseif detail then words = detail end
  local trouble = problem.new(state == nil and detail.kind == "interrupted" and "interrupted" or "unknown", words,
    "run the same command again")
  trouble.cause = state == nil and detail or nil
  return trouble
end

-- Does an operation and asks what came of it. It touches nothing of any other one's: others may be under way.
local function act(op, doors, results, begun)
  local done, refusal = steps.ops[op.kind].perform(op, doors, results, begun)
  doors.forget()
  if not done then return settle(op, doors, results, refusal) end
  if SERVES[op.kind] then return done end
  if type(done) == "table" then results[op.id] = done end
  -- Done is what the destination says, not what we remember having sent.
  local state, detail, result = probe(doors, op, results)
  if state == "DONE" then return result or done end
  return nil, unconfirmed(op, state, detail)
end

-- Has somebody begun this operation before us? A lock of this very release that no run of this clone took is another
-- clone's, whose run was killed, or lives. And whoever did what comes before it for good may have come as far as here, or
-- to the end, a moment ago.
---@return "here"|"elsewhere"|nil
local function begun_before(op, run)
  local journal = run.journal
  if journal.resumed[op.id] then return "here" end
  for _, one in ipairs(run.wanted.ops) do
    local held = one.kind == "lock" and run.results[one.id]
    local found = held and held.oid and not held.own
      or one.id < op.id and one.class == "irreversible" and run.states[one.id] == "DONE"
    if found and not journal:knows(one.id) then return "elsewhere" end
  end
end

-- Writes down what came of an operation. Where nobody knows it stays open, and the next run looks before it does anything.
local function conclude(op, journal, results, done, refusal)
  local late = steps.ops[op.kind].late
  if not done then
    local open = refusal.kind == "unknown" or refusal.kind == "interrupted"
    journal:add("failed", { op = op.id, kind = op.kind, why = refusal.text, outcome = open and "unknown" or nil,
      result = late and results[op.id] or nil })
    return nil, refusal
  end
  if type(done) == "table" then results[op.id] = done end
  return journal:add("done", { op = op.id, kind = op.kind, result = late and results[op.id] or nil })
end

-- What people are shown while operations are done side by side: one line for all of them, which lives on a terminal.
local function show(turn, doors)
  local step = steps.ops[turn[1].kind]
  if not step.together then return nil end
  local words, bytes = step.together(turn)
  if doors.progress and doors.progress(words) then
    return function (done)
      doors.progress(("%s: %s of %s"):format(words, text.size(math.min(done, bytes)), text.size(bytes)))
    end
  end
  doors.say(("%s (%s)"):format(words, text.size(bytes)))
end

-- Performs a turn: what is begun stands in the journal before the first of it is sent, and each ends there with what came of
-- it. `concluded(op, true|nil, problem)` is told of each, in the order of the plan.
local function perform(turn, run, concluded)
  local doors, journal, results, before = run.doors, run.journal, run.results, {}
  for _, op in ipairs(turn) do before[op.id] = begun_before(op, run) end
  for _, op in ipairs(turn) do
    local ok, trouble = journal:add("intent", { op = op.id, kind = op.kind })
    if not ok then
      for _, one in ipairs(turn) do concluded(one, nil, trouble) end
      return
    end
    run.begun[op.id] = true
  end
  local function settled(i, done, refusal)
    concluded(turn[i], conclude(turn[i], journal, results, done, refusal))
  end
  local function enough(i, done, refusal) return not done and not may_go_on(turn[i], refusal, journal) end
  local begun = each_of(turn, function (op) return act(op, doors, results, before[op.id]) end, settled, run,
    { progress = show(turn, doors), enough = enough })
  for i = begun + 1, #turn do
    conclude(turn[i], journal, results, nil,
      problem.new("error", ("not begun: operation %d had failed"):format(turn[begun].id)))
  end
  if doors.progress then doors.progress(nil) end
end

-- Puts right what the operations up to this one left for a release that is going on: the lock is given back, the pull
-- request is told. It is best effort; what could not be put right does not hide why the run stopped.
local function stop(wanted, last, doors, results, refusal)
  for i = last.id, 1, -1 do
    local op = wanted.ops[i]
    local hook = steps.ops[op.kind].stop
    if hook then hook(op, doors, results, refusal) end
  end
end

-- The lock was perhaps taken since the survey. Where nobody can say whether it stands it is given back, and the push of
-- that says why it cannot be.
local function state_now(op, states, doors, results)
  if op.kind == "unlock" then return (probe(doors, op, results)) end
  return states[op.id]
end

-- Does what is left of a turn, and says of each operation how it was settled, in the order of the plan. Of those that fail,
-- and are not merely left out, the first one stops the run, and the others are told; whatever was begun beside it is
-- concluded before.
local function take_turn(turn, run, left)
  local doors, results, states, journal = run.doors, run.results, run.states, run.journal
  local verdicts, to_do, said, told, stopped = {}, {}, 0, {}, nil
  -- Of a trouble that several operations have people hear once; a limit's words tell the seconds that are left.
  local function key_of(trouble) return trouble.shared or tostring(trouble) end
  local function warn(trouble)
    local key = key_of(trouble)
    if not told[key] then doors.warn(tostring(trouble)) end
    told[key] = true
  end
  local function say()
    while said < #turn and verdicts[turn[said + 1].id] do
      said = said + 1
      local verdict = verdicts[turn[said].id]
      if verdict ~= "failed" then run.say(turn[said], verdict) end
    end
  end
  for _, op in ipairs(turn) do
    local needs = steps.ops[op.kind].needs
    if state_now(op, states, doors, results) == "DONE" or op.kind == "lock" and not is_wanted(run.wanted, states, op) then
      verdicts[op.id] = "already"
    elseif needs and left[op.args[needs]] then
      left[op.id], verdicts[op.id] = true, "left out"
    else
      to_do[#to_do + 1] = op
    end
  end
  say()
  if #to_do == 0 then return true end
  perform(to_do, run, function (op, ok, trouble)
    verdicts[op.id] = ok and "done" or may_go_on(op, trouble, journal) and "left out" or "failed"
    if verdicts[op.id] == "left out" then
      left[op.id] = true
      warn(trouble)
    elseif not ok and not stopped then
      stopped, told[key_of(trouble)] = { op = op, trouble = trouble }, true
    elseif not ok then
      warn(trouble)
    end
    say()
  end)
  if not stopped then return true end
  if journal.broken then warn(journal.broken) end
  stop(run.wanted, stopped.op, doors, results, stopped.trouble)
  return nil, stopped.trouble
end

-- Did others do all that was to be sent, with neither this run nor an earlier one of this clone at it? Of runs that raced
-- one says that it has released.
local function is_of_others(run)
  local sent = false
  for _, op in ipairs(run.wanted.ops) do
    if apply.is_sent(op) and (run.begun[op.id] or run.journal:knows(op.id)) then return false end
    sent = sent or apply.is_sent(op)
  end
  return sent
end

--- Is all that these operations would do so already? What stands there and is something else is not done.
---@param ops table[]
---@param doors table
---@param known table|nil what some of them gave, by their number, where that is known already
---@return boolean|nil, problem
function apply.is_done(ops, doors, known)
  local states, trouble, outstanding = survey({ ops = ops }, doors, known or {})
  if states then return not outstanding end
  if trouble.kind == "stale" then return false end
  return nil, trouble
end

--- Applies a plan.
---@param wanted table the plan
---@param doors table the effects; see doors.lua
---@param open_journal fun(): journal|nil, problem
---@param say fun(op: table, state: "done"|"already"|"left out") called for every operation as it is settled
---@return "done"|"nothing"|nil outcome, problem
---@return table|nil results what the operations gave, by their number
function apply.run(wanted, doors, open_journal, say)
  local results = {}
  local states, found, outstanding = survey(wanted, doors, results)
  -- What is done already rests on nothing any more.
  if states and not outstanding then return "nothing", nil, results end
  if not states and found.final then return nil, found end
  local ok, trouble = check_facts(wanted, doors)
  if not ok then return nil, trouble end
  if not states then return nil, found end
  if states.locked and is_wanted(wanted, states, states.lock) then
    return problem.refuse("locked", states.locked, "wait for that run, and run the same command again")
  end
  local journal
  journal, trouble = open_journal()
  if not journal then return nil, trouble end
  journal.resumed = {}
  for _, op in ipairs(wanted.ops) do
    local result
    journal.resumed[op.id], result = journal:interrupted(op.id)
    if steps.ops[op.kind].late then results[op.id] = results[op.id] or result end
  end
  ok, trouble = journal:add("start", { tool = wanted.tool })
  if not ok then return nil, trouble end
  local run = { wanted = wanted, doors = doors, journal = journal, say = say, results = results, states = states,
    begun = {} }
  local left = {}
  for turn in turns(wanted.ops) do
    ok, trouble = take_turn(turn, run, left)
    if not ok then return nil, trouble end
  end
  ok, trouble = journal:add "end"
  if not ok then return nil, trouble end
  if is_of_others(run) then
    return problem.refuse("nothing", "another run made this very release meanwhile; what this clone lacked of it was made")
  end
  return "done", nil, results
end

return apply
