--- What other people's text and other people's code may do in workflows that hold the release's rights.

local expression = require "workflows.expression"
local reader = require "workflows.reader"

local safety = {}

-- The last names of paths below github.event that anybody who opens a pull request, an issue or a branch writes.
local FOREIGN = { title = true, body = true, message = true, ref = true, label = true, head_branch = true, page_name = true,
  name = true, email = true, display_title = true, default_branch = true, description = true, homepage = true }

-- The first foreign path that a `${{ }}` of this text holds.
local function foreign(text)
  for inside in text:gmatch "%${{(.-)}}" do
    for path in inside:gmatch "[%a_][%w_.%-%*%[%]']*" do
      local plain = path:lower():gsub("%[['%d*]*([%w_-]*)'?%]", ".%1"):gsub("%.+", ".")
      if plain == "github.head_ref" then return path end
      local last = plain:match "^github%.event%..*%f[%w_-]([%w_-]+)%.?$"
      -- The ref of a push is a branch that somebody with write access made; of a pull request it is anybody's.
      if last and FOREIGN[last] then return path end
    end
  end
end

local function check_scripts(workflow, report)
  for _, job in ipairs(workflow.jobs) do
    for _, step in ipairs(job.steps) do
      for _, script in ipairs { step.run or step.with.script } do
        local line = (script.starts or script.line) - 1
        for text in (script.value .. "\n"):gmatch "(.-)\n" do
          if script.starts or line < script.line then line = line + 1 end
          local path = foreign(text)
          if path then
            report("injection", workflow.file, line, path)
            break
          end
        end
      end
    end
  end
end

-- An action of somebody else, named by something that can be moved.
local function is_movable(uses)
  if uses:find "^%./" or uses:find "^docker://" then return false end
  local version = uses:match "@([^@]+)$"
  return not (version and version:find "^%x+$" and (#version == 40 or #version == 64))
end

local function check_actions(workflow, key, report)
  local names, seen, line = {}, {}, nil
  local function look(uses)
    if uses and is_movable(uses.value) then
      line = line or uses.line
      if not seen[uses.value] then seen[uses.value], names[#names + 1] = true, uses.value end
    end
  end
  for _, job in ipairs(workflow.jobs) do
    look(job.calls)
    for _, step in ipairs(job.steps) do look(step.uses) end
  end
  if line then
    report(key, workflow.file, line, #names == 1 and "1 action is" or #names .. " actions are", table.concat(names, ", "))
  end
end

local function runs_relrun(workflow)
  for _, job in ipairs(workflow.jobs) do
    for _, step in ipairs(job.steps) do
      for _, command in ipairs(step.run and reader.commands(step.run) or {}) do
        if command.text:find "%f[%w_-]relrun%f[^%w_.-]" then return true end
      end
    end
  end
  return false
end

local function check_conditions(workflow, report)
  for _, job in ipairs(workflow.jobs) do
    local condition = job.condition
    local _, message = expression.holds(condition and condition.value, {})
    if message then report("bad_condition", workflow.file, condition.line, job.name, message) end
  end
end

--- Checks scripts, actions and conditions.
---@param subject table see workflows.check
---@param report fun(key: string, file: string, line: integer, ...)
function safety.check(subject, report)
  for _, workflow in ipairs(subject.workflows) do
    local trusted = subject.releases[workflow] or subject.publishes[workflow]
    check_conditions(workflow, report)
    check_actions(workflow, trusted and "action_by_tag" or "action_by_tag_in_ci", report)
    if trusted or runs_relrun(workflow) then check_scripts(workflow, report) end
  end
end

return safety
