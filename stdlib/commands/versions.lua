--- relrun versions SPEC [LANE]: the next version of every package, tab separated: package, tag of the last release,
-- commits, level, next version ("-" where there is none).

local json = require "host.json"
local plan = require "plan"
local session = require "session"

return function (request, out)
  local opened, trouble = session.open(request, out, true)
  if not opened then return nil, trouble end
  opened.context.decide_only = true
  local decided
  decided, trouble = plan.decide(opened.context)
  if not decided then return nil, trouble end
  local rows = {}
  for i, decision in ipairs(decided.decisions) do
    local history = decision.history
    local last = decision.previous_tag or (history.prereleases[1] or history.last or {}).tag
    rows[i] = { package = decision.package.name, last = last, commits = #decision.commits, level = decision.level,
      next = decision.version and decision.version.text }
  end
  if request.options.json then
    out.json(json.encode(json.array(rows)))
    return "done"
  end
  local lines = {}
  for i, row in ipairs(rows) do
    lines[i] = table.concat({ row.package, row.last or "-", tostring(row.commits), row.level, row.next or "-" }, "\t")
  end
  out.write(table.concat(lines, "\n") .. "\n")
  return "done"
end
