--- The built-in gates. Each is a function over recorded facts that answers a verdict:
-- { verdict = "pass"|"wait"|"deny"|"skip"|"off", reason =, todo = }. `skip` ends the run quietly (exit 4): the event is
-- not for this lane. `off` is a gate that a flag left out.

local problem = require "problem"
local text = require "text"

local gates = {}

local function pass(reason) return { verdict = "pass", reason = reason } end
local function deny(reason, todo) return { verdict = "deny", reason = reason, todo = todo } end
local function skip(reason) return { verdict = "skip", reason = reason } end

--- S1.85: nothing uncommitted.
function gates.clean_tree(context)
  if context.half == "publish" then return { verdict = "off", reason = "publishing what was prepared" } end
  if context.flags.allow_dirty then return { verdict = "off", reason = "--allow-dirty" } end
  local paths, trouble = context.world:dirty()
  if not paths then return nil, trouble end
  if #paths == 0 then return pass "nothing is uncommitted" end
  local some = {}
  for i = 1, math.min(#paths, 3) do some[i] = text.line(paths[i]) end
  return deny(("%s uncommitted: %s%s"):format(#paths == 1 and "1 path is" or #paths .. " paths are",
    table.concat(some, ", "), #paths > 3 and ", ..." or ""),
    "commit or stash them, or say --allow-dirty (releases are made from commits, never from the work tree)")
end

--- S1.76, S1.86, S1.87: HEAD is what the remote's base branch is (or our own release commits on top of it).
function gates.synced(context)
  if context.half == "publish" then return { verdict = "off", reason = "publishing what was prepared" } end
  if context.flags.skip_base_sync_check then return { verdict = "off", reason = "--skip-base-sync-check" } end
  if not context.remote_refs then return { verdict = "off", reason = "--offline" } end
  local branch, remote = context.lane.base, context.model.release.remote
  local theirs = context.remote_refs["refs/heads/" .. branch]
  local head, trouble = context.world:head()
  if not head then return nil, trouble end
  if not head.oid then return deny("HEAD has no commit yet", "commit something first") end
  if head.oid == theirs then return pass(("HEAD is %s/%s at %s"):format(remote, branch, theirs:sub(1, 12))) end
  local anchor = context.anchor_of(head.oid)
  if anchor == theirs then
    return pass(("HEAD is a release commit on top of %s/%s at %s"):format(remote, branch, theirs:sub(1, 12)))
  end
  local where = head.ref and "branch " .. head.ref:gsub("^refs/heads/", "") or "HEAD"
  return deny(("%s is at %s and %s/%s is at %s"):format(text.line(where), head.oid:sub(1, 12), text.line(remote),
    text.line(branch), theirs:sub(1, 12)),
    ("release from the remote's own commit: git switch %s && git pull --ff-only %s %s"):format(text.line(branch),
      text.line(remote), text.line(branch)))
end

--- S1.68-S1.69: the event's own commit is a release commit that we made. The message alone can be forged by anybody who
-- may commit, so it counts only together with the identity that releases.
function gates.not_released(context)
  local event = context.ci
  local head = context.base_tip
  if not head then return pass() end
  if not context.is_ours(head.message, head.author) then return pass "the base is not a release commit" end
  local identity = context.identity
  if identity and head.author:sub(1, #identity) ~= identity then
    return pass "the base looks like a release commit and has another author"
  end
  if event and event.provider ~= "none" and event.event == "push" then
    return skip(("the push of %s was relrun's own release commit"):format(head.oid:sub(1, 12)))
  end
  return pass "not started by a push of it"
end

--- S1.67: the run was not started by one of these accounts; a re-run counts by who pressed the button and who began.
function gates.not_actor(context, gate)
  local event = context.ci
  local run = event.workflow_run
  for _, name in ipairs(gate.names) do
    for _, actor in ipairs { event.actor or "", event.triggering_actor or "", run and run.actor or "" } do
      if actor == name then return skip(("started by %s"):format(text.line(name))) end
    end
  end
  return pass(event.actor and "started by " .. text.line(event.actor) or "no account is known")
end

--- S1.70-S1.72, S1.112: a run that a workflow's end started needs that workflow's success, on this branch, in this
-- repository (a fork's branch may have the same name). Applied for every `completed` trigger.
function gates.completed(context, trigger)
  local run = context.ci.workflow_run
  if not run then return pass "not started by a workflow's end" end
  local workflow, branch = text.line(run.name), text.line(run.head_branch)
  if run.name ~= trigger.workflow then
    return skip(("workflow '%s' ended, not '%s'"):format(workflow, text.line(trigger.workflow)))
  end
  if run.head_branch ~= trigger.branch then
    return skip(("workflow '%s' ran on %s, not on %s"):format(workflow, branch, text.line(trigger.branch)))
  end
  if not run.same_repository then
    return skip(("workflow '%s' ran for another repository's branch %s"):format(workflow, branch))
  end
  if run.conclusion ~= "success" then
    return skip(("workflow '%s' ended with %s"):format(workflow, text.line(run.conclusion)))
  end
  if context.base_tip and run.head_sha ~= context.base_tip.oid then
    return deny(("workflow '%s' tested %s and %s is at %s"):format(workflow, run.head_sha:sub(1, 12), branch,
      context.base_tip.oid:sub(1, 12)),
      "wait for its run on the newer commit")
  end
  return pass(("workflow '%s' succeeded on %s"):format(workflow, run.head_sha:sub(1, 12)))
end

local WEEKDAYS = { [0] = "Thursday", "Friday", "Saturday", "Sunday", "Monday", "Tuesday", "Wednesday" }

--- The facts that a custom gate may ask about: data only, all of it recorded.
function gates.facts(context)
  local now, trouble = context.world:now()
  if not now then return nil, trouble end
  local released = {}
  for i, decision in ipairs(context.released) do
    released[i] = { name = decision.package.name, version = decision.version.text,
      previous = decision.previous and decision.previous.text,
      level = decision.level, tag = decision.tag }
  end
  return {
    lane = context.lane.name, base = context.lane.base, commit = context.base.oid, push = context.flags.push or false,
    actor = context.ci.actor, event = context.ci.event, provider = context.ci.provider, now = now,
      hour = now // 3600 % 24,
    weekday = WEEKDAYS[now // 86400 % 7], packages = released,
  }
end

--- Asks a custom gate: its function answers true, or false or "wait" and a reason.
function gates.custom(context, gate)
  local declared = context.model.gates[gate.name]
  local facts, trouble = gates.facts(context)
  if not facts then return nil, trouble end
  local answer, reason = context.call(declared.check, facts)
  if answer == nil and problem.is(reason) then return nil, reason end
  local words = type(reason) == "string" and text.line(reason) or nil
  if answer == true then return pass(words) end
  if answer == "wait" then
    return { verdict = "wait", reason = words or "it waits", todo = "run the same command again later" }
  end
  if answer == false then
    return deny(words or "it says no", ("see gate \"%s\" in the spec"):format(text.line(gate.name)))
  end
  return problem.refuse("spec",
    ("%s:%s: gate \"%s\" answered %s; it answers true, false or \"wait\", and a reason"):format(
    context.model.source, tostring(declared.line), text.line(gate.name), type(answer)))
end

--- Does this gate want to see what is released? Those are asked after the decisions.
function gates.is_late(word) return word == "custom" end

return gates
