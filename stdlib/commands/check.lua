--- relrun check SPEC: reads, evaluates and validates the spec, and says what its lanes are.

local session = require "session"
local text = require "text"

return function (request, out)
  local loaded, trouble = session.load(request.spec)
  if not loaded then return nil, trouble end
  for _, lane in ipairs(loaded.model.lanes) do
    local steps = {}
    for i, step in ipairs(lane.steps) do steps[i] = step.word end
    out.line(("%s: lane %s releases %s: %s"):format(text.line(loaded.name), text.line(lane.name),
      text.line(lane.base), table.concat(steps, ", ")))
  end
  return "done"
end
