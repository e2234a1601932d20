--- The program: from arguments to an exit code. Only here and in the commands is anything printed.

local cli = require "cli"
local problem = require "problem"
local report = require "report"
local term = require "host.term"
local env = require "host.env"

local function is_coloured(stream)
  return term.is_terminal(stream) and not env.has "NO_COLOR" and env.get "TERM" ~= "dumb"
end

--- What commands print through: `line` for results, `warn` and `say` for everything about them.
local function output(request)
  local out = { style = report.style(is_coloured "out"), quiet = request.options.quiet, written = true,
    is_terminal = term.is_terminal "out" }
  function out.write(bytes) out.written = term.write("out", bytes) and out.written end
  function out.line(line) if not out.quiet then out.write(line .. "\n") end end
  function out.warn(line) term.write("err", "warning: " .. line .. "\n") end
  function out.say(line) if not out.quiet then term.write("err", line .. "\n") end end
  return out
end

local function complain(trouble)
  local style = report.style(is_coloured "err")
  local quiet = trouble.kind == "nothing" or trouble.kind == "changes"
  for _, line in ipairs(report.problem(trouble)) do
    term.write("err", (quiet and "relrun: " or style.alarm "relrun:" .. " ") .. line .. "\n")
  end
  return problem.exit_code(trouble.kind)
end

---@param arguments string[]
---@return integer exit code
return function (arguments)
  local request, trouble = cli.read(arguments)
  if not request then return complain(trouble) end
  local out = output(request)
  local kind
  kind, trouble = require("commands." .. request.command)(request, out)
  if trouble then return complain(trouble) end
  -- A result that could not be printed is not a result.
  if not out.written then return complain(problem.new("error", "standard output cannot be written")) end
  return problem.exit_code(kind)
end
