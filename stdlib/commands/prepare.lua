--- relrun prepare SPEC [LANE]: the half of a lane that can be undone: commits, release branch, pull request and its lock.

local run = require "commands.run"

return function (request, out) return run.command(request, out, "prepare") end
