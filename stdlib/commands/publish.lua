--- relrun publish SPEC [LANE]: releases what prepare made and people approved: tags, releases, and the merge. With --wait
-- it asks again while a gate waits, politely, and stops when the time is over.

local clock = require "host.clock"
local moment = require "moment"
local patience = require "patience"
local problem = require "problem"
local run = require "commands.run"
local text = require "text"

local DEFAULT_WAIT = 15 * 60

-- Every try plans anew and would warn of the same things again.
local function warn_once(out)
  local warned, warn = {}, out.warn
  function out.warn(line)
    if not warned[line] then warn(line) end
    warned[line] = true
  end
end

return function (request, out)
  local wait = request.options.wait
  if not wait then return run.command(request, out, "publish") end
  local limit, wrong = DEFAULT_WAIT, nil
  if wait ~= true then limit, wrong = moment.duration(wait) end
  if not limit then return problem.refuse("usage", "--wait: " .. text.line(wrong)) end
  warn_once(out)
  request.forges = {}
  return patience.wait(limit, function () return run.command(request, out, "publish") end,
    { say = out.say, now = clock.monotonic_ms, sleep = clock.sleep })
end
