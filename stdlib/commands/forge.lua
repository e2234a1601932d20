--- relrun forge [VERB] ...: the people's part on a local forge, and its state. The forge is that of --forge, or the one
-- beside the remote of release.lua (of origin, where there is none).

local env = require "host.env"
local file = require "host.file"
local connect = require "forge.connect"
local forge = require "forge"
local git = require "git"
local problem = require "problem"
local session = require "session"
local text = require "text"
local verbs = require "forge.verbs"

local SPEC = "release.lua"

-- Where the forge is: its record, the remote, and what the clone says of the remote's URL.
local function where(options)
  if options.forge then return { word = "local_forge", path = options.forge }, "origin" end
  local record, remote = nil, "origin"
  if file.stat(SPEC) then
    local loaded, trouble = session.load(SPEC)
    if not loaded then return nil, trouble end
    record, remote = loaded.model.release.forge, loaded.model.release.remote
    loaded.process:close()
  end
  if record and record.path then return record, remote end
  local repository, trouble = git.open "."
  if not repository then return nil, trouble end
  local settings
  settings, trouble = repository:config()
  if not settings then return nil, trouble end
  return record, remote, settings["remote." .. remote .. ".url"]
end

return function (request, out)
  local verb, trouble = verbs.read(request)
  if not verb then return nil, trouble end
  local record, remote, url = where(verb.options)
  if problem.is(remote) then return nil, remote end
  local target, why = forge.target(record, url or remote, env.get)
  if not target then return problem.refuse("error", why, "name a local forge with --forge DIRECTORY") end
  if target.kind ~= "local" then
    return problem.refuse("usage", ("the forge of this release is %s, and relrun forge plays on local ones"):format(
      text.line(target.server)), "use gh, or name a local forge with --forge DIRECTORY")
  end
  local opened
  local user = verb.personal and (verb.options.as or env.user()) or nil
  -- Who cannot be named must not pass for the automation, which opens the pull requests.
  if verb.personal and not user then
    return problem.refuse("usage", "this machine does not say who you are", "name one with --as USER")
  end
  opened, trouble = connect(record, remote, url, { say = out.say, user = user })
  if not opened then return nil, trouble end
  local lines
  lines, trouble = require("forge.local.people").verbs[verb.name](opened, verb.arguments, verb.options)
  if not lines then return nil, trouble end
  out.write(table.concat(lines, "\n") .. "\n")
  return "done"
end
