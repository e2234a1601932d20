--- relrun apply PLAN: does a saved plan, once. The spec is not read.

local json = require "host.json"
local run = require "commands.run"
local session = require "session"

return function (request, out)
  local saved, trouble = session.read_plan(request.plan, request.options["plan-id"])
  if not saved then return nil, trouble end
  local kind
  if request.options.json then out.quiet = true end
  kind, trouble = run.apply(saved, out)
  if not kind then return nil, trouble end
  if request.options.json then out.json(json.encode(run.summary(saved))) end
  return kind
end
