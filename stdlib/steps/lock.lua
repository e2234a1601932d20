--- The operation `lock`: refs/relrun/lock/LANE on the remote, taken with a lease that says "must not exist". The lock
-- is a commit without files whose message says which plan holds it, since when and until when. The plan that holds it
-- takes it again (a run that was killed goes on); an expired one is replaced, by compare-and-swap.

local problem = require "problem"
local shape = require "shape"
local text = require "text"

local lock = { shape = { remote = shape.name, ref = shape.lock, purpose = shape.maybe(shape.text) } }

-- Longer than any push may take (git.lua's deadline), so that a living holder is never robbed.
local LIFETIME = 900

local EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"

local function encode(doors, op)
  local taken = doors.now()
  local message = doors.encode { plan = doors.plan_id, purpose = op.args.purpose,
    lane = op.args.ref:match("[^/]+$"), holder = doors.holder(), taken = taken, expires = taken + LIFETIME }
  local who = ("relrun <relrun@invalid> %d +0000"):format(taken)
  return ("tree %s\nauthor %s\ncommitter %s\n\n%s\n"):format(EMPTY_TREE, who, who, message)
end

-- The holder's own words, or nil when the ref is something else.
local function holder_of(doors, op, oid)
  local ok = doors.repo:read(oid) or doors.git:fetch(op.args.remote, { op.args.ref }, {})
  local commit = ok and doors.repo:commit(oid)
  local told = commit and doors.decode(commit.message)
  return type(told) == "table" and told or nil
end

function lock.describe(op) return ("hold %s on %s meanwhile"):format(op.args.ref, text.line(op.args.remote)) end

-- Is it held for this very release? A run that was killed is gone on with by its own plan, or by another clone's, whose
-- plan has another id and the same purpose.
local function is_ours(told, op, doors) return told.plan == doors.plan_id or told.purpose == op.args.purpose end

--- DONE (held for this release, with { ref, oid }), ABSENT (free, or expired: { old }), or LOCKED with the holder's words.
function lock.probe(op, doors)
  local refs, trouble = doors.remote_refs(op.args.remote)
  if not refs then return nil, trouble end
  local oid = refs[op.args.ref]
  if not oid then return "ABSENT" end
  local told = holder_of(doors, op, oid)
  if told and is_ours(told, op, doors) then return "DONE", nil, { ref = op.args.ref, oid = oid } end
  if told and math.type(told.expires) == "integer" and told.expires < doors.now() then return "ABSENT", nil,
    { old = oid } end
  return "LOCKED", ("%s on '%s' is held by %s%s"):format(op.args.ref, text.line(op.args.remote),
    told and text.line(tostring(told.holder)) or "something that is no lock of relrun's",
    told and math.type(told.expires) == "integer" and (", for at most %d s more"):format(math.max(0,
      told.expires - doors.now())) or "")
end

function lock.perform(op, doors)
  local _, _, found = lock.probe(op, doors)
  doors.repo:write("tree", "")
  local oid, message = doors.repo:write("commit", encode(doors, op))
  if not oid then return problem.refuse("error", "lock: " .. message) end
  local outcome, trouble = doors.push(op.args.remote, { { ref = op.args.ref, new = oid, old = found and found.old } },
    { atomic = false })
  if not outcome then return nil, trouble end
  if outcome.done then return { ref = op.args.ref, oid = oid, own = true } end
  local told = outcome.refs[op.args.ref]
  local reason = told and told.reason or ""
  if reason:find("stale info") or reason:find("cannot lock ref") or reason:find("already exists")
    or reason:find("failed to update ref") then
    return problem.refuse("locked", ("%s on '%s' was taken by another run at the same moment"):format(op.args.ref,
      text.line(op.args.remote)), "run the same command again")
  end
  if not outcome.conclusive then
    -- The answer was lost, and the lock may be ours: the next look tells.
    return problem.refuse("unknown", ("lock on '%s': %s"):format(text.line(op.args.remote), outcome.words),
      outcome.remedy or "run the same command again")
  end
  -- A server that keeps refs outside heads and tags to itself: the leases of the pushes protect all the same.
  doors.warn(("the server refuses %s (%s); going on without the lock"):format(op.args.ref, text.line(reason)))
  return {}
end

--- The operation `unlock`: gives the lock back when everything that it was held for is done.
lock.unlock = {
  shape = { remote = shape.name, ref = shape.lock, lock = shape.result },
  describe = function (op) return ("give %s back"):format(op.args.ref) end,
  probe = function (op, doors, results)
    local held = results[op.args.lock]
    -- What was never taken, by us or by an earlier run of this release, is nobody's to give back.
    if not held or not held.oid then return "DONE" end
    local refs, trouble = doors.remote_refs(op.args.remote)
    if not refs then return nil, trouble end
    return refs[op.args.ref] == held.oid and "ABSENT" or "DONE"
  end,
  perform = function (op, doors, results)
    local held = results[op.args.lock]
    local outcome, trouble = doors.push(op.args.remote, { { ref = held.ref, old = held.oid } }, { atomic = false })
    if not outcome then return nil, trouble end
    if outcome.done then return true end
    return problem.refuse("error", ("the lock %s on '%s' was not given back: %s"):format(op.args.ref,
      text.line(op.args.remote), outcome.words), "run the same command again; the lock ends by itself, too")
  end,
}

--- Gives the lock back after a refusal, so that the next plan need not wait for its end. Where the outcome of a write
-- is unknown it stays: whoever goes on with this very release holds it, and nobody else should. And one that was found
-- stays with a run that turned out to be alive.
function lock.stop(op, doors, results, refusal)
  local held = results[op.id]
  if refusal.kind ~= "unknown" and not refusal.open and held and held.oid and (held.own or refusal.kind ~= "nothing") then
    doors.push(op.args.remote, { { ref = held.ref, old = held.oid } }, { atomic = false })
  end
end

return lock
