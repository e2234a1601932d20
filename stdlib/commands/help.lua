--- relrun help [WORD]: what relrun is; or everything that a command, word, field or ready-made spec means. Behind a command,
-- --help is about that command alone.

local embedded = require "host.embedded"
local cli = require "cli"
local help = require "help"
local problem = require "problem"
local specs = require "specs"

local function ready_made()
  local all = {}
  for _, name in ipairs(embedded.names()) do
    local short = name:match "^specs/(.+)%.lua$"
    if short then all[short] = specs.read(embedded.read(name), short) end
  end
  return all
end

return function (request, out)
  local lines, message
  if request.about then
    lines = help.command(cli.by_name[request.about])
  elseif request.word then
    lines, message = help.about(request.word, ready_made())
    if not lines then return problem.refuse("usage", message, "see relrun help") end
  else
    lines = help.overview()
  end
  for _, line in ipairs(lines) do out.line(line) end
  return "done"
end
