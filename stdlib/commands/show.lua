--- relrun show PLAN: prints a saved plan.

local report = require "report"
local session = require "session"

return function (request, out)
  local saved, trouble = session.read_plan(request.plan, request.options["plan-id"])
  if not saved then return nil, trouble end
  if request.options.json then
    out.json(saved.bytes)
    return "done"
  end
  for _, line in ipairs(report.plan(saved.value, saved.id, out.style)) do out.line(line) end
  for _, line in ipairs(saved.value.warnings) do out.warn(line) end
  return "done"
end
