--- The operation `release_publish`: makes a draft public, with one write that cannot be taken back; on a forge with
-- immutable releases nothing can follow it. Everything that it rests on is asked once more in the moment before: the tag
-- (a forge that lacks it would make one, wherever it likes), that there is no second release of it, the exact assets.

local problem = require "problem"
local release_state = require "release_state"
local shape = require "shape"
local text = require "text"

-- Everything that must be so in the moment before: nothing of it can be put right afterwards.
local function check_ready(op, doors, forge, draft)
  doors.forget()
  local refs, trouble = doors.remote_refs(op.args.remote)
  if not refs then return nil, trouble end
  if refs[op.args.ref] ~= op.args.object then
    return problem.refuse("stale", ("tag %s on '%s' is %s, not %s"):format(op.args.tag, text.line(op.args.remote),
      refs[op.args.ref] and refs[op.args.ref]:sub(1, 12) or "gone", op.args.object:sub(1, 12)),
      "a forge would make the tag by itself; find out who moved it, then run the same command again")
  end
  local found
  found, trouble = release_state.of_tag(forge, op.args.tag)
  if not found then return nil, trouble end
  local other = found.published or found.foreign[1]
  for _, release in ipairs(found.ours) do
    if release.id ~= draft.id then other = other or release end
  end
  if other then
    return problem.refuse("locked", ("beside draft %d of %s there is release %s"):format(draft.id, op.args.tag, release_state.tell(other)),
      "one of them is too many: delete it by hand if nobody is at it, then run the same command again")
  end
  local release
  release, trouble = forge:release(draft.id)
  if release == nil then return nil, trouble end
  if not release then
    return problem.refuse("error", ("draft %d of %s is gone"):format(draft.id, op.args.tag), "run the same command again")
  end
  local exact, why = release_state.is_exact(forge, release, draft.wanted, doors)
  if exact == nil then return nil, why end
  if not exact then
    return problem.refuse("error", ("draft %s of %s is not made public: %s"):format(release_state.tell(release), op.args.tag, why),
      "run the same command again, or delete what does not belong there")
  end
  return true
end

local release_publish = {
  needs = "release",
  shape = { release = shape.result, tag = shape.line, ref = shape.tag, object = shape.oid, remote = shape.name,
    latest = shape.maybe(shape.flag), optional = shape.maybe(shape.flag) },
  wrong = function (args)
    if args.ref ~= "refs/tags/" .. args.tag then return "ref", "it is not the tag's" end
  end,
  describe = function (op)
    local latest = op.args.latest ~= nil and (op.args.latest and ", as the latest" or ", not as the latest") or ""
    return ("make release %s public%s"):format(text.line(op.args.tag), latest)
  end,
  probe = function (op, doors, results)
    local draft = results[op.args.release]
    if not draft then return "ABSENT" end
    local forge, trouble = doors.forge()
    if not forge then return nil, trouble end
    local release
    release, trouble = forge:release(draft.id)
    if release == nil then return nil, trouble end
    if not release then return "ABSENT" end
    if release.tag ~= op.args.tag then
      return "DIFFERS", ("release %s is of the tag %s now"):format(release_state.tell(release), text.line(release.tag))
    end
    if release.draft then return "ABSENT" end
    local exact, why = release_state.is_exact(forge, release, draft.wanted, doors)
    if exact == nil then return nil, why end
    if not exact then return "DIFFERS", ("release %s is public, and %s"):format(release_state.tell(release), why) end
    return "DONE", nil, release_state.result(release, draft.wanted)
  end,
  perform = function (op, doors, results)
    local forge, trouble = doors.forge()
    if not forge then return nil, trouble end
    local draft = results[op.args.release]
    if not draft then
      return problem.refuse("error", ("there is no draft of %s to make public"):format(op.args.tag),
        "run the same command again")
    end
    local ready
    ready, trouble = check_ready(op, doors, forge, draft)
    if not ready then return nil, trouble end
    local release
    release, trouble = forge:update_release(draft.id, { draft = false, tag = op.args.tag, latest = op.args.latest })
    if not release then return nil, trouble end
    return release_state.result(release, draft.wanted)
  end,
}

return release_publish
