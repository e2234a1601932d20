--- Runs a plan, never a spec. Every operation is looked at, and before the first write everything that the plan rests on
-- is asked again; each operation is then probed, announced in the journal, done, and probed once more. What is done already
-- is skipped, what is something else stops the run, and what is unknown is asked again and never blindly repeated.

local narrowed = require "forge".narrowed
local problem = require "problem"
local steps = require "steps"
local text = require "text"

local apply = {}

-- The lock's own two operations: they serve the others and are no work themselves.
local SERVES = { lock = true, unlock = true }

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

-- S1.84, S1.94: what is optional and was refused is told and left; what nobody knows the outcome of is not.
local function may_go_on(op, refusal)
  return op.args.optional == true and refusal.kind ~= "unknown" and refusal.kind ~= "interrupted"
end

-- Probes every operation before anything is written: { [op id] = state }, and the results of what is done. While it looks
-- the world stands still: what several operations ask is asked once.
local function survey(wanted, doors, results)
  local states, outstanding = {}, false
  doors = doors.still and doors.still() or doors
  for _, op in ipairs(wanted.ops) do
    if not steps.ops[op.kind] then
      return problem.refuse("error",
        ("the plan has an operation of the kind '%s', which this relrun does not know"):format(tostring(op.kind)),
        "use the relrun that made it")
    end
    local state, detail, result = probe(doors, op, results)
    -- What is optional stops nothing: it is told, and left, when its turn comes.
    if op.args.optional and (state == "DIFFERS" or not state and may_go_on(op, detail)) then state, result = "ABSENT", nil end
    if not state then return nil, detail end
    if state == "DIFFERS" then return problem.refuse("stale", detail, "plan again") end
    states[op.id], results[op.id] = state, result
    if not SERVES[op.kind] and state ~= "DONE" then outstanding = true end
    if op.kind == "lock" and state == "LOCKED" then states.locked, states.lock = detail, op end
    -- A lock of ours that an earlier run left behind is given back even when all else is done.
    if op.kind == "unlock" and state == "ABSENT" then outstanding = true end
  end
  return states, nil, outstanding
end

-- Is anything left to do of what this lock is held for: the operations up to the one that gives it back? It is taken for
-- nothing less, for nobody would give it back.
local function is_wanted(wanted, states, lock)
  for i = lock.id + 1, #wanted.ops do
    local op = wanted.ops[i]
    if op.stage ~= "local" and not SERVES[op.kind] and states[op.id] ~= "DONE" then return true end
    if op.args.unlock == lock.id or op.kind == "unlock" and op.args.lock == lock.id then return false end
  end
  return false
end

-- What a write that gave no clear answer came to: asked of the destination. Where the remote refused clearly it was not
-- us who did it, even if all is as it should be.
local function settle(op, doors, results, refusal)
  local refused = refusal.kind ~= "unknown"
  if refused and op.kind == "lock" then return nil, refusal end
  doors.forget()
  local state, detail, result = probe(doors, op, results)
  if state == "DONE" and refused and op.kind == "push" then
    return problem.refuse("nothing", "another run made this very release meanwhile")
  end
  if state == "DONE" then return result or true end
  -- Who refused clearly need not be asked again.
  if state == nil and refused then return nil, refusal end
  if state == nil then
    return problem.refuse("unknown", refusal.text .. "; and its outcome cannot be asked: " .. tostring(detail),
      "run the same command again when the remote answers")
  end
  if state == "DIFFERS" then return problem.refuse("locked", detail, "run the same command again") end
  refusal.kind = refusal.kind == "unknown" and "error" or refusal.kind
  return nil, refusal
end

-- Why an operation that was performed does not count as done: it reads back as something else, or cannot be read back.
---@return problem
local function unconfirmed(op, state, detail)
  local words = ("operation %d (%s) does not read back as done"):format(op.id, op.kind)
  if state == nil then words = words .. ": " .. detail.text elseif detail then words = detail end
  return problem.new(state == nil and detail.kind == "interrupted" and "interrupted" or "unknown", words,
    "run the same command again")
end

local function perform(op, doors, journal, results)
  local ok, trouble = journal:add("intent", { op = op.id, kind = op.kind })
  if not ok then return nil, trouble end
  doors.resuming = journal.resumed and journal.resumed[op.id]
  local done, refusal = steps.ops[op.kind].perform(op, doors, results)
  doors.forget()
  if not done then
    done, refusal = settle(op, doors, results, refusal)
  elseif not SERVES[op.kind] then
    if type(done) == "table" then results[op.id] = done end
    -- Done is what the destination says, not what we remember having sent.
    local state, detail, result = probe(doors, op, results)
    if state == "DONE" then
      done = result or done
    else
      done, refusal = nil, unconfirmed(op, state, detail)
    end
  end
  if not done then
    journal:add("failed", { op = op.id, kind = op.kind, why = refusal.text })
    return nil, refusal
  end
  if type(done) == "table" then results[op.id] = done end
  return journal:add("done", { op = op.id, kind = op.kind })
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

local function run_ops(wanted, doors, journal, say, states, results)
  local left = {}
  for _, op in ipairs(wanted.ops) do
    local needs = steps.ops[op.kind].needs
    if state_now(op, states, doors, results) == "DONE" or op.kind == "lock" and not is_wanted(wanted, states, op) then
      say(op, "already")
    elseif needs and left[op.args[needs]] then
      left[op.id] = true
      say(op, "left out")
    else
      local ok, trouble = perform(op, doors, journal, results)
      if ok then
        say(op, "done")
      elseif may_go_on(op, trouble) then
        left[op.id] = true
        doors.warn(tostring(trouble))
        say(op, "left out")
      else
        stop(wanted, op, doors, results, trouble)
        return nil, trouble
      end
    end
  end
  return true
end

--- Is all that these operations would do so already? What stands there and is something else is not done.
---@param ops table[]
---@param doors table
---@return boolean|nil, problem
function apply.is_done(ops, doors)
  local states, trouble, outstanding = survey({ ops = ops }, doors, {})
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
  for _, op in ipairs(wanted.ops) do journal.resumed[op.id] = journal:interrupted(op.id) end
  ok, trouble = journal:add("start", { tool = wanted.tool })
  if not ok then return nil, trouble end
  ok, trouble = run_ops(wanted, doors, journal, say, states, results)
  if not ok then return nil, trouble end
  ok, trouble = journal:add "end"
  if not ok then return nil, trouble end
  return "done", nil, results
end

return apply
