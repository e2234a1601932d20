--- Gates on the forge's own settings: does it hold what relrun rests on?

local firmness = require "firmness"
local text = require "text"
local gate_rules = require "gates.rules"
local verdict = require "gates.verdict"

local settings = {}

local RIGHT = "Administration: read"

-- The entry of this check that holds most people: who may go past another one is still held by it.
local function find(list, gate)
  local found, other
  for _, check in ipairs(list) do
    if check.name:lower() == gate.name:lower() then
      if gate.app and check.app ~= gate.app then
        other = check
      elseif not found or firmness.of(check) > firmness.of(found) then
        found = check
      end
    end
  end
  return found, other
end

-- Does this gate of the spec's stand where relrun's own would, which a flag can leave out, or is there none in this lane?
local function stands_for_lock(lane, gate)
  local lock = gate_rules.lock_of(lane)
  return lock == nil or lock == gate.name
end

--- S0.13, S0.26: the forge requires this check on the base branch, of everybody. A lock that is not required locks
-- nothing: a pull request could be merged before its release has happened. What the token may not see counts as not so,
-- unless the spec trusts it; and what else protects the branch, without requiring the check, holds nobody by it and may be
-- passed by anybody. Stands for the lock of every lane that has one; a flag leaves that one out, and none that
-- the spec names itself.
function settings.required_check(context, gate)
  local name, branch = text.line(gate.name), text.line(context.lane.base)
  if gate.always then
    if context.flags.unprotected then
      context.warn(("nobody looks whether %s requires the check '%s'; without it the pull request can be merged before "
        .. "its release"):format(branch, name))
      return verdict.off "--unprotected"
    elseif not context.flags.push then
      return verdict.off "nothing leaves this clone"
    end
  elseif context.flags.unprotected and stands_for_lock(context.lane, gate) then
    context.warn(('--unprotected leaves nothing out: lane %s itself names the gate required_check "%s"; require the check in '
      .. "the protection of %s, or take the gate out of the lane"):format(text.line(context.lane.name), name, branch))
  end
  local rules, trouble = context.forge_fields({ "required_checks" }, "rules", context.lane.base)
  if not rules then return nil, trouble end
  local check, other = find(rules.required_checks, gate)
  local way = gate.always and ", or say --unprotected" or ""
  if not check then
    return verdict.deny(other and ("branch %s requires the check '%s' of another app than %d"):format(branch, name, gate.app)
      or ("branch %s does not require the check '%s', so it holds nobody back"):format(branch, name),
      ("require it in the protection of %s, for administrators too%s"):format(branch, way))
  elseif check.enforced_for_admins == false then
    return verdict.deny(("branch %s requires the check '%s', and administrators may go past it"):format(branch, name),
      "let the protection hold for administrators too" .. way)
  elseif check.bypass == true then
    return verdict.deny(("branch %s requires the check '%s', and somebody is on the list of those who may go past it"):format(
      branch, name), "empty the bypass list of its protection" .. way)
  elseif firmness.of(check) < firmness.EVERYBODY and not gate.trust then
    return verdict.deny(("the token may not see whether everybody is held by the check '%s' on %s"):format(name, branch),
      ("give it the right '%s', or say in the lane: required_check { \"%s\", trust = true }%s"):format(RIGHT, name, way))
  end
  return verdict.pass(("branch %s requires the check '%s'"):format(branch, name), { branch = branch, check = name,
    app = check.app or nil, for_admins = check.enforced_for_admins, trusted = gate.trust or nil })
end

return settings
