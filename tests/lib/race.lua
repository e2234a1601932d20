--- Runners that start together, one in every folder of a place (P9).

local file = require "host.file"
local proc = require "host.proc"

local race = {}

--- Starts the command in a folder.
---@param here table a place
---@param folder string
---@param command string[]
---@param options { log: string, env: table|nil }
---@return table runner
function race.start(here, folder, command, options)
  local log = here:path(options.log)
  return { log = log, process = assert(proc.start {
    argv = here:command(command, options.env), cwd = here:path(folder), stdout = log, stderr = log }) }
end

--- Waits for its end.
---@param runner table
---@return { code: integer, said: string }
function race.finish(runner)
  local ended = runner.process:wait()
  return { code = ended.code, said = file.read(runner.log) or "" }
end

--- Starts the command in every folder at once.
---@param here table a place
---@param folders string[]
---@param command string[]
---@param env table|nil changes to the environment
---@return { code: integer, said: string }[]
function race.run(here, folders, command, env)
  local running, results = {}, {}
  for i, folder in ipairs(folders) do running[i] = race.start(here, folder, command, { log = "log-" .. i, env = env }) end
  for i, one in ipairs(running) do results[i] = race.finish(one) end
  return results
end

return race
