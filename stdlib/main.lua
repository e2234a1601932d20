--- The program: from arguments to an exit code. Only here and in the commands is anything printed.

local ci_report = require "ci_report"
local cli = require "cli"
local problem = require "problem"
local progress = require "progress"
local report = require "report"
local file = require "host.file"
local json = require "host.json"
local term = require "host.term"
local env = require "host.env"

local function is_coloured(stream)
  return term.is_terminal(stream) and not env.has "NO_COLOR" and env.get "TERM" ~= "dumb"
end

-- On GitHub Actions every line of the log is read for commands.
local function on_actions() return env.get "GITHUB_ACTIONS" == "true" end
local function logged(line) return on_actions() and ci_report.quiet(line) or line end

--- What commands print through: `line` for results, `warn` and `say` for everything about them. `plan` is the plan that the
-- command made or applied, for the CI.
local function output(request)
  local out = { style = report.style(is_coloured "out"), quiet = request.options.quiet, written = true, warnings = {} }
  local moving = progress.new(function (bytes) term.write("err", bytes) end, function () return term.columns "err" end)
  local is_live = term.is_terminal "err" and env.get "TERM" ~= "dumb" and not on_actions()
  local function tell(line)
    moving.clear()
    term.write("err", logged(line) .. "\n")
  end
  function out.write(bytes)
    moving.clear()
    out.written = term.write("out", bytes) and out.written
  end
  function out.line(line) if not out.quiet then out.write(logged(line) .. "\n") end end
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

-- The commands that a job is there for.
local RELEASING = { run = true, prepare = true, publish = true, apply = true }

-- Only a run that went to the remote, and further than a pull request, made something public.
local function has_released(request, out, kind)
  local value = out.plan and out.plan.value
  if not RELEASING[request.command] or kind ~= "done" or not value then return false end
  return value.push and (value.half == nil or value.half == "publish")
end

local function add_to(path, bytes)
  local ok, message = file.append(path, bytes)
  if ok then return true end
  return problem.refuse("error", "this run cannot tell the CI what it did: " .. message)
end

-- The outputs of the step, its page and its annotations.
local function tell_actions(request, out, kind, trouble)
  for _, line in ipairs(ci_report.annotations(kind, trouble, out.warnings)) do term.write("err", line .. "\n") end
  if not RELEASING[request.command] and not out.plan then return true end
  local outputs, page = env.get "GITHUB_OUTPUT", env.get "GITHUB_STEP_SUMMARY"
  local released = has_released(request, out, kind)
  if page and page ~= "" then
    local info = file.stat(page)
    local verdict = trouble and tostring(trouble) or released and "Released." or request.command == "plan" and "Planned."
      or "Done."
    local ok, refusal = add_to(page, ci_report.page(out.plan, verdict, out.warnings, json.encode, info and info.size or 0))
    if not ok then out.warn(tostring(refusal)) end
  end
  if not outputs or outputs == "" then return true end
  local delimiter, message = require("host.random").hex(16)
  if not delimiter then return problem.refuse("error", message) end
  local lines
  lines, message = ci_report.outputs(ci_report.values(out.plan, released, json.encode), "ghadelimiter_" .. delimiter)
  if not lines then return problem.refuse("error", message) end
  return add_to(outputs, lines)
end

-- The commands that judge nothing and release nothing have nothing to tell.
local SILENT = { help = true, init = true, lua = true, show = true, tag = true }

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
  if not on_actions() or SILENT[request.command] then return code end
  local told, refusal = tell_actions(request, out, trouble and trouble.kind or kind, trouble)
  if told or trouble then return code end
  return complain(refusal)
end
