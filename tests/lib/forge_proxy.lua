--- A forge that lives in another process: every method call starts relrun with the environment that holds the token
-- (only C reads tokens, and only from its own environment), makes the call there and brings the answer back.

local json = require "host.json"
local problem = require "problem"

local proxy = {}

--- Makes these calls in one process, one after the other.
---@param here table the place
---@param options { url: string, env: table, record: table|nil }
---@param calls any[][] { { method, arguments... }, ... }
---@return table[] answers { value } or { problem } or { raised }; string[] what was said; result of the process
function proxy.session(here, options, calls)
  local list = json.array {}
  for i, call in ipairs(calls) do list[i] = json.array(call) end
  here:write("calls.json", json.encode { record = options.record, url = options.url, calls = list })
  local result = here:run({ "relrun", "lua", assert(require("host.file").resolve "tests/tools/forge_call.lua"),
    here:path "calls.json" }, { env = options.env })
  if result.code ~= 0 then error("no answer: " .. result.stdout .. result.stderr, 2) end
  local told = assert(json.decode(result.stdout))
  return told.answers, told.said, result
end

--- A forge whose methods answer as the forge's own do.
---@param here table
---@param options { url: string, env: table, record: table|nil }
---@return table
function proxy.open(here, options)
  return setmetatable({}, { __index = function (_, method)
    return function (_, ...)
      local arguments = table.pack(method, ...)
      for i = 1, arguments.n do if arguments[i] == nil then arguments[i] = json.null end end
      arguments.n = nil
      local answer = proxy.session(here, options, { arguments })[1]
      if answer.raised then error(answer.raised, 2) end
      if answer.problem then
        return problem.refuse(answer.problem.kind, answer.problem.text, answer.problem.todo)
      end
      return answer.value
    end
  end })
end

return proxy
