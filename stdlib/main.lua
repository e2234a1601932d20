--- The program: from arguments to an exit code. Only here, in the commands and by `actions` is anything printed.

local cli = require "cli"
local problem = require "problem"
local progress = require "progress"
local report = require "report"
local lazy = require "lazy"
local text = require "text"
local term = require "host.term"
local env = require "host.env"

-- Needed on GitHub Actions alone.
local actions = lazy "actions"

local function is_coloured(stream)
  return term.is_terminal(stream) and not env.has "NO_COLOR" and env.get "TERM" ~= "dumb"
end

-- On GitHub Actions every line of the log is read for commands.
local function on_actions() return env.get "GITHUB_ACTIONS" == "true" end
local function logged(line) return on_actions() and actions.quiet(line) or line end

--- What commands print through: `line` and `write` for results, `json` for those that machines read, `warn` and `say` for
-- everything about them. `plan` is the plan that the command made or applied, for the CI.
local function output(request)
  local out = { style = report.style(is_coloured "out"), quiet = request.options.quiet, written = true, warnings = {} }
  local moving = progress.new(function (bytes) term.write("err", bytes) end, function () return term.columns "err" end)
  local is_live = term.is_terminal "err" and env.get "TERM" ~= "dumb" and not on_actions()
  local function tell(line)
    moving.clear()
    term.write("err", logged(line) .. "\n")
  end
  local function put(bytes)
    moving.clear()
    out.written = term.write("out", bytes) and out.written
  end
  function out.write(bytes) put(logged(bytes)) end
  function out.line(line) if not out.quiet then out.write(line .. "\n") end end
  function out.json(bytes) put((on_actions() and text.logged_json(bytes) or bytes) .. "\n") end
  function out.warn(line)
    out.warnings[#out.warnings + 1] = line
    tell("warning: " .. line)
  end
  function out.say(line) if not out.quiet then tell(line) end end
  -- Shows what is under way, or nil for nothing any more; false where nobody would see it move.
  function out.progress(line)
    if not is_live or out.quiet then return false end
    if line then moving.show(line) else moving.clear() end
    return true
  end
  return out
end

local function complain(trouble)
  local style = report.style(is_coloured "err")
  local quiet = trouble.kind == "nothing" or trouble.kind == "changes"
  for _, line in ipairs(report.problem(trouble)) do
    term.write("err", logged((quiet and "relrun: " or style.alarm "relrun:" .. " ") .. line) .. "\n")
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
  if not trouble and not out.written then
    -- A result that could not be printed is not a result.
    trouble = problem.new("error", "standard output cannot be written")
  end
  local code = trouble and complain(trouble) or problem.exit_code(kind)
  if not on_actions() then return code end
  local told, refusal = actions.tell(request.command, out, trouble and trouble.kind or kind, trouble)
  if told or trouble then return code end
  return complain(refusal)
end
