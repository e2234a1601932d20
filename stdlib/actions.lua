--- What a run does for GitHub Actions: it writes the outputs of the step, its page and its annotations, and keeps other
-- people's text in the log from being read as commands. The texts are ci_report's. Loaded on Actions alone.

local ci_report = require "ci_report"
local problem = require "problem"
local env = require "host.env"
local file = require "host.file"
local json = require "host.json"
local random = require "host.random"
local term = require "host.term"

local actions = {}

-- The commands that a job is there for.
local RELEASING = { run = true, prepare = true, publish = true, apply = true }

-- The commands whose outputs later steps may read, however they end.
local OUTPUTS = { run = true, prepare = true, publish = true, apply = true, plan = true }

-- The commands that judge nothing and release nothing have nothing to tell.
local SILENT = { help = true, init = true, lua = true, show = true, tag = true }

actions.quiet = ci_report.quiet

-- Only a run that itself did something on the remote or the forge, further than a pull request, made something public: who
-- found all of it there is not to have it announced again.
local function has_released(command, saved, kind)
  if not RELEASING[command] or kind ~= "done" or not saved or not saved.sent then return false end
  return saved.value.half == nil or saved.value.half == "publish"
end

local function add_to(path, bytes)
  local ok, message = file.append(path, bytes)
  if ok then return true end
  return problem.refuse("error", "this run cannot tell the CI what it did: " .. message)
end

-- A page that cannot be written is a warning: nothing rests on it.
local function add_page(path, command, out, released, trouble)
  local info = file.stat(path)
  local verdict = trouble and tostring(trouble) or released and "Released." or command == "plan" and "Planned." or "Done."
  local ok, refusal = add_to(path, ci_report.page(out.plan, verdict, out.warnings, json.encode, info and info.size or 0))
  if not ok then out.warn(tostring(refusal)) end
end

local function add_outputs(path, saved, released)
  local delimiter, message = random.hex(16)
  if not delimiter then return problem.refuse("error", message) end
  local lines
  lines, message = ci_report.outputs(ci_report.values(saved, released, json.encode), "ghadelimiter_" .. delimiter)
  if not lines then return problem.refuse("error", message) end
  return add_to(path, lines)
end

--- Tells how a run ended.
---@param command string its name
---@param out { plan: table|nil, warnings: string[], warn: fun(line: string) }
---@param kind string how it ended (problem.codes)
---@param trouble problem|nil
---@return true|nil, problem what cannot be told although later steps rest on it
function actions.tell(command, out, kind, trouble)
  if SILENT[command] then return true end
  for _, line in ipairs(ci_report.annotations(kind, trouble, out.warnings)) do term.write("err", line .. "\n") end
  if not OUTPUTS[command] and not out.plan then return true end
  local outputs, page = env.get "GITHUB_OUTPUT", env.get "GITHUB_STEP_SUMMARY"
  local released = has_released(command, out.plan, kind)
  if page and page ~= "" then add_page(page, command, out, released, trouble) end
  if not OUTPUTS[command] or not outputs or outputs == "" then return true end
  return add_outputs(outputs, out.plan, released)
end

return actions
