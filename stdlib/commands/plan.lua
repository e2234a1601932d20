--- relrun plan SPEC [LANE]: observes and plans. Writes nothing but its output.

local file = require "host.file"
local json = require "host.json"
local problem = require "problem"
local report = require "report"
local session = require "session"

return function (request, out)
  local options = request.options
  request.half = options.publish and "publish" or nil
  local opened, trouble = session.open(request, out)
  if not opened then return nil, trouble end
  local saved
  saved, trouble = opened:plan()
  for _, line in ipairs(opened.context.warnings) do out.warn(line) end
  if options.record then
    local ok, message = file.write(options.record, json.encode(json.array(opened.recorder.entries)) .. "\n")
    if not ok then return problem.refuse("error", message) end
  end
  if not saved then return nil, trouble end
  out.plan = saved
  if options.output then
    local ok, message = file.write(options.output, saved.bytes .. "\n")
    if not ok then return problem.refuse("error", message) end
  end
  if options.json then
    out.json(saved.bytes)
  else
    for _, line in ipairs(report.plan(saved.value, saved.id, out.style)) do out.line(line) end
    if not saved.value.push and opened.lane.step.push then
      out.line ""
      out.line(out.style.dim("planned for this clone only; plan with --push to send it to " .. saved.value.remote))
    end
  end
  return options["detailed-exitcode"] and "changes" or "done"
end
