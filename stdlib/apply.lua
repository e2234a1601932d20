--- Runs a plan, never a spec. Before the first write everything that the plan rests on is asked again; each operation
-- is then probed, announced in the journal, done, and probed once more. What is done already is skipped, what is
-- something else stops the run, and what is unknown is asked again and never blindly repeated.

local plan = require "plan"
local problem = require "problem"

local apply = {}

local function probe(doors, op)
  local state, detail, result = plan.ops[op.kind].probe(op, doors)
  if state == nil then return nil, detail end
  return state, detail, result
end

-- A fact of the plan that is no longer so.
local function check_facts(wanted, doors)
  for _, fact in ipairs(wanted.facts) do
    if fact.fact ~= "remote_ref" then
      return problem.refuse("error",
        ("the plan rests on a fact of the kind '%s', which this relrun does not know"):format(tostring(fact.fact)),
        "use the relrun that made it")
    end
    local refs, trouble = doors.remote_refs(fact.remote)
    if not refs then return nil, trouble end
    local now = refs[fact.ref]
    if now ~= fact.oid and now ~= fact.or_oid then
      return problem.refuse("stale", ("%s on '%s' was %s when the plan was made and is %s now"):format(fact.ref,
        fact.remote, fact.oid:sub(1, 12), now and now:sub(1, 12) or "gone"),
        "plan again")
    end
  end
  return true
end

-- Probes every operation before anything is written: { [op id] = state }, and the results of what is done.
local function survey(wanted, doors, results)
  local states, outstanding = {}, false
  for _, op in ipairs(wanted.ops) do
    if not plan.ops[op.kind] then
      return problem.refuse("error",
        ("the plan has an operation of the kind '%s', which this relrun does not know"):format(tostring(op.kind)),
        "use the relrun that made it")
    end
    local state, detail, result = probe(doors, op)
    if not state then return nil, detail end
    if state == "DIFFERS" then return problem.refuse("stale", detail, "plan again") end
    states[op.id], results[op.id] = state, result
    if op.kind ~= "lock" and state ~= "DONE" then outstanding = true end
    if op.kind == "lock" and state == "LOCKED" then states.locked = detail end
  end
  return states, nil, outstanding
end

-- Is anything left to do on the remote? The lock is taken for nothing less.
local function remote_is_open(wanted, states)
  for _, op in ipairs(wanted.ops) do
    if op.kind == "push" and states[op.id] ~= "DONE" then return true end
  end
  return false
end

-- What a write that gave no clear answer came to: asked of the destination. Where the remote refused clearly it was not
-- us who did it, even if all is as it should be.
local function settle(op, doors, refusal)
  local refused = refusal.kind ~= "unknown"
  if refused and op.kind == "lock" then return nil, refusal end
  doors.forget()
  local state, detail = probe(doors, op)
  if state == "DONE" and refused and op.kind == "push" then
    return problem.refuse("nothing", "another run made this very release meanwhile")
  end
  if state == "DONE" then return true end
  if state == nil then
    return problem.refuse("unknown", refusal.text .. "; and its outcome cannot be asked: " .. tostring(detail),
      "run the same command again when the remote answers")
  end
  if state == "DIFFERS" then return problem.refuse("locked", detail, "run the same command again") end
  refusal.kind = refusal.kind == "unknown" and "error" or refusal.kind
  return nil, refusal
end

local function perform(op, doors, journal, results)
  local ok, trouble = journal:add("intent", { op = op.id, kind = op.kind })
  if not ok then return nil, trouble end
  doors.resuming = journal.resumed and journal.resumed[op.id]
  local done, refusal = plan.ops[op.kind].perform(op, doors, results)
  doors.forget()
  if not done then
    done, refusal = settle(op, doors, refusal)
  elseif op.kind ~= "lock" then
    -- Done is what the destination says, not what we remember having sent.
    local state, detail = probe(doors, op)
    if state ~= "DONE" then
      done, refusal = nil, problem.new("unknown", detail
        or ("operation %d (%s) does not read back as done"):format(op.id, op.kind), "run the same command again")
    end
  end
  if not done then
    journal:add("failed", { op = op.id, kind = op.kind, why = refusal.text })
    return nil, refusal
  end
  if type(done) == "table" then results[op.id] = done end
  return journal:add("done", { op = op.id, kind = op.kind })
end

-- Gives the lock back after a refusal, so that the next plan need not wait for its end. Where the outcome of a write is
-- unknown it stays: whoever goes on with this very release holds it, and nobody else should. And one that was found
-- stays with a run that turned out to be alive.
local function release_lock(wanted, doors, results, refusal)
  if refusal.kind == "unknown" then return end
  for _, op in ipairs(wanted.ops) do
    local held = op.kind == "lock" and results[op.id]
    if held and held.oid and (held.own or refusal.kind ~= "nothing") then
      doors.push(op.args.remote, { { ref = held.ref, old = held.oid } }, { atomic = false })
    end
  end
end

--- Applies a plan.
---@param wanted table the plan
---@param doors table the effects; see session.doors
---@param open_journal fun(): journal|nil, problem
---@param say fun(op: table, state: "done"|"already") called for every operation as it is settled
---@return "done"|"nothing"|nil outcome, problem
function apply.run(wanted, doors, open_journal, say)
  local results = {}
  local ok, trouble = check_facts(wanted, doors)
  if not ok then return nil, trouble end
  local states, outstanding
  states, trouble, outstanding = survey(wanted, doors, results)
  if not states then return nil, trouble end
  if not outstanding then return "nothing" end
  if states.locked and remote_is_open(wanted, states) then
    return problem.refuse("locked", states.locked, "wait for that run, and run the same command again")
  end
  local journal
  journal, trouble = open_journal()
  if not journal then return nil, trouble end
  journal.resumed = {}
  for _, op in ipairs(wanted.ops) do journal.resumed[op.id] = journal:interrupted(op.id) end
  ok, trouble = journal:add("start", { tool = wanted.tool })
  if not ok then return nil, trouble end
  local with_remote = remote_is_open(wanted, states)
  for _, op in ipairs(wanted.ops) do
    if states[op.id] == "DONE" then
      say(op, "already")
    elseif op.kind == "lock" and not with_remote then
      say(op, "already")
    else
      ok, trouble = perform(op, doors, journal, results)
      if not ok then
        release_lock(wanted, doors, results, trouble)
        return nil, trouble
      end
      say(op, "done")
    end
  end
  ok, trouble = journal:add "end"
  if not ok then return nil, trouble end
  return "done"
end

return apply
