--- Custom gates: a function of the spec over facts, all of which are recorded and rested on.

local problem = require "problem"
local reviews = require "gates.reviews"
local text = require "text"
local verdict = require "gates.verdict"

local custom = {}

local WEEKDAYS = { [0] = "Thursday", "Friday", "Saturday", "Sunday", "Monday", "Tuesday", "Wednesday" }

-- What a pull request is to a gate: what people made of it. Whether it can be merged at the moment changes by itself.
local PULL = { "number", "title", "body", "draft", "head", "author", "labels", "url" }

-- Each fact that a gate can ask for beside the plain ones: what `needs` names.
local ASKED = {}

function ASKED.checks(context)
  return context.forge("checks", context.subject.oid)
end

function ASKED.pull(context, pull)
  return context.forge_fields(PULL, "pull", pull.number)
end

-- The latest word of each person, as in the gate `reviews`.
function ASKED.reviews(context, pull)
  local list, trouble = context.forge("reviews", pull.number)
  if not list then return nil, trouble end
  local told = {}
  for i, review in ipairs(reviews.latest(list)) do
    told[i] = { user = review.user, state = review.state, current = review.oid == context.subject.oid,
      is_author = review.user:lower() == tostring(pull.author):lower() }
  end
  return told
end

function ASKED.issues(context)
  return context.forge("issues", { labels = context.list {} })
end

local OF_PULL = { pull = true, reviews = true }

-- The facts that every custom gate sees: data only, all of it recorded.
local function plain_facts(context)
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
    hour = now // 3600 % 24, weekday = WEEKDAYS[now // 86400 % 7], packages = released,
  }
end

local function facts_of(context, declared)
  local facts, trouble = plain_facts(context)
  if not facts then return nil, trouble end
  local pull = context.subject and context.subject.pull
  for _, name in ipairs(declared.needs or {}) do
    if OF_PULL[name] and not pull then
      return problem.refuse("denied", ("gate \"%s\" needs the pull request, and there is none"):format(
        text.line(declared.name)), "put this gate into the lane's approval")
    end
    local value
    value, trouble = ASKED[name](context, pull)
    if not value then return nil, trouble end
    facts[name] = value
  end
  return facts
end

--- Asks a custom gate: its function answers true, or false or "wait" and a reason.
function custom.custom(context, gate)
  local declared = context.model.gates[gate.name]
  if declared.needs and not context.remote_refs then return verdict.off "--offline" end
  local facts, trouble = facts_of(context, declared)
  if not facts then return nil, trouble end
  local answer, reason = context.call(declared.check, facts)
  if answer == nil and problem.is(reason) then return nil, reason end
  local words = type(reason) == "string" and text.line(reason) or nil
  if answer == true then return verdict.pass(words) end
  if answer == "wait" then return verdict.wait(words or "it waits", "run the same command again later") end
  if answer == false then
    return verdict.deny(words or "it says no", ("see gate \"%s\" in the spec"):format(text.line(gate.name)))
  end
  return problem.refuse("spec",
    ("%s:%s: gate \"%s\" answered %s; it answers true, false or \"wait\", and a reason"):format(
    context.model.source, tostring(declared.line), text.line(gate.name), type(answer)))
end

return custom
