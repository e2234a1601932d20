--- relrun explain SPEC [LANE]: for every package, which commit causes what; --why-not COMMIT says why one does not
-- count.

local json = require "host.json"
local decisions = require "decisions"
local explain = require "explain"
local plan = require "plan"
local problem = require "problem"
local session = require "session"
local text = require "text"

-- What explain reads of a decision.
local function record_of(decision)
  return {
    package = decision.package.name, root = decision.package.path,
      previous = decision.previous and decision.previous.text,
    version = decision.version and decision.version.text, level = decision.level, reason = decision.reason,
      commits = decision.counted,
    because = decision.because, cancelled = decision.cancelled, ignored = decision.ignored,
      unparsed = decision.unparsed,
    last_tag = decision.history.last and decision.history.last.tag, policy = decisions.policy(decision.package.scheme),
  }
end

-- What history says of one commit: whether the base holds it, and the last releases that hold it already.
local function place_of(opened, decided, oid)
  local reachable, trouble = opened.world:holds(decided.base.oid, oid)
  if trouble then return nil, trouble end
  local contained = {}
  for _, decision in ipairs(decided.decisions) do
    local last = decision.history.last
    if last then
      local held
      held, trouble = opened.world:holds(last.commit, oid)
      if trouble then return nil, trouble end
      contained[decision.package.name] = held and last.tag or nil
    end
  end
  return { reachable = reachable, contained = contained }
end

return function (request, out)
  local options = request.options
  local opened, trouble = session.open(request, out, true)
  if not opened then return nil, trouble end
  opened.context.decide_only = true
  local decided
  decided, trouble = plan.decide(opened.context)
  if not decided then return nil, trouble end
  local records, names = {}, {}
  for _, decision in ipairs(decided.decisions) do
    names[#names + 1] = decision.package.name
    if not options.package
      or options.package == decision.package.name then records[#records + 1] = record_of(decision) end
  end
  if #records == 0 then
    return problem.refuse("usage",
      ("there is no package '%s'%s"):format(text.line(options.package), text.hint(options.package, names)))
  end
  local lines
  if options["why-not"] then
    local oid
    oid, trouble = opened.world:resolve(options["why-not"])
    if not oid then return nil, trouble end
    local known
    known, trouble = place_of(opened, decided, oid)
    if not known then return nil, trouble end
    if options.json then
      out.json(json.encode(json.array(explain.why_not_data(records, oid, known))))
      return "done"
    end
    lines = explain.why_not(records, oid, known)
  elseif options.json then
    out.json(json.encode(json.array(explain.data(records))))
    return "done"
  else
    lines = explain.lines(records)
  end
  for _, line in ipairs(lines) do out.line(line) end
  return "done"
end
