--- Gates on what started this run: which event, and who.

local people = require "gates.people"
local text = require "text"
local verdict = require "gates.verdict"

local event = {}

--- S1.68-S1.69: the event's own commit is a release commit that we made. The message alone can be forged by anybody who
-- may commit, so it counts only together with the identity that releases.
function event.not_released(context)
  local ci = context.ci
  local head = context.base_tip
  if not head then return verdict.pass() end
  if not context.is_ours(head.message, head.author) then return verdict.pass "the base is not a release commit" end
  local identity = context.identity
  if identity and head.author:sub(1, #identity) ~= identity then
    return verdict.pass "the base looks like a release commit and has another author"
  end
  if ci and ci.provider ~= "none" and ci.event == "push" then
    return verdict.skip(("the push of %s was relrun's own release commit"):format(head.oid:sub(1, 12)))
  end
  return verdict.pass "not started by a push of it"
end

--- S1.67: the run was not started by one of these accounts; a re-run counts by who pressed the button and who began.
function event.not_actor(context, gate)
  local ci = context.ci
  local run = ci.workflow_run
  for _, name in ipairs(gate.names) do
    for _, actor in ipairs { ci.actor or "", ci.triggering_actor or "", run and run.actor or "" } do
      if people.same(actor, name) then return verdict.skip(("started by %s"):format(text.line(name))) end
    end
  end
  return verdict.pass(ci.actor and "started by " .. text.line(ci.actor) or "no account is known")
end

--- The run was started by one of these people. Who presses the button of a re-run must be one of them as well as who
-- began: otherwise a re-run would lend the first one's right.
function event.actor(context, gate)
  local ci = context.ci
  if not people.is_somebody(ci.actor) then
    return verdict.deny("no account is known that started this run", "start it on CI, where the forge says who did")
  end
  local seen = { ci.actor }
  if ci.triggering_actor and not people.same(ci.triggering_actor, ci.actor) then seen[2] = ci.triggering_actor end
  for i, user in ipairs(seen) do
    local fits, trouble = people.fits(context.forge, user, gate)
    if fits == nil then return nil, trouble end
    if not fits then
      return verdict.deny(("%s %s this run, and only %s may"):format(text.line(user), i == 1 and "started" or "re-started",
        people.describe(gate)), "have one of them start it")
    end
  end
  for i, user in ipairs(seen) do seen[i] = text.line(user) end
  return verdict.pass("started by " .. table.concat(seen, " and "), { users = context.list(seen) })
end

--- S1.70-S1.72, S1.112: a run that a workflow's end started needs that workflow's success, on this branch, in this
-- repository (a fork's branch may have the same name). Applied for every `completed` trigger.
function event.completed(context, trigger)
  local run = context.ci.workflow_run
  if not run then return verdict.pass "not started by a workflow's end" end
  local workflow, branch = text.line(run.name), text.line(run.head_branch)
  if run.name ~= trigger.workflow then
    return verdict.skip(("workflow '%s' ended, not '%s'"):format(workflow, text.line(trigger.workflow)))
  end
  if run.head_branch ~= trigger.branch then
    return verdict.skip(("workflow '%s' ran on %s, not on %s"):format(workflow, branch, text.line(trigger.branch)))
  end
  if not run.same_repository then
    return verdict.skip(("workflow '%s' ran for another repository's branch %s"):format(workflow, branch))
  end
  if run.conclusion ~= "success" then
    return verdict.skip(("workflow '%s' ended with %s"):format(workflow, text.line(run.conclusion)))
  end
  if context.base_tip and run.head_sha ~= context.base_tip.oid then
    return verdict.deny(("workflow '%s' tested %s and %s is at %s"):format(workflow, run.head_sha:sub(1, 12), branch,
      context.base_tip.oid:sub(1, 12)),
      "wait for its run on the newer commit")
  end
  return verdict.pass(("workflow '%s' succeeded on %s"):format(workflow, run.head_sha:sub(1, 12)))
end

--- S0.6, S0.30: a run that a review started publishes what that review looked at, and nothing that came after it. Who may
-- approve is for the gate `reviews` to say. Applied for every `approved` trigger.
function event.approved(context)
  local review = context.ci.review
  if context.half ~= "publish" then return verdict.off "nothing is published" end
  if not review then return verdict.off "not started by a review" end
  local user = people.is_somebody(review.user) and text.line(review.user) or "a deleted account"
  if review.state ~= "approved" then return verdict.skip(("the review of %s approved nothing"):format(user)) end
  local head = context.subject.oid
  if review.oid ~= head then
    return verdict.deny(("%s approved %s, and the head is %s now"):format(user, text.line(review.oid:sub(1, 12)),
      head:sub(1, 12)), "have the present head approved")
  end
  return verdict.pass(("%s approved %s"):format(user, head:sub(1, 12)), { user = user, commit = head })
end

return event
