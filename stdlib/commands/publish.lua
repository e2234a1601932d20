--- relrun publish SPEC [LANE]: releases what prepare made and people approved: tags, releases, and the merge. With --wait
-- it asks again while a gate waits, politely, and stops when the time is over.

local run = require "commands.run"

return function (request, out) return run.command(request, out, "publish") end
