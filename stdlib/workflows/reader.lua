--- A workflow file as a value: its events with compiled filters, its jobs with their steps. Forms that GitHub holds
-- equal (`on: push`, `on: [push]`, `on: { push: }`) become one; what is absent stays nil.
--
-- A text of the file is { value, line }, so that every finding can name its line.

local filter = require "workflows.filter"
local yaml = require "yaml"

local reader = {}

---@class workflows.text
---@field value string
---@field line integer
---@field starts integer|nil the line of the first line of a script

---@class workflows.event
---@field name string
---@field line integer
---@field branches workflows.filter|nil
---@field branches_ignore workflows.filter|nil
---@field tags workflows.filter|nil
---@field tags_ignore workflows.filter|nil
---@field paths boolean whether `paths` or `paths-ignore` stands there
---@field workflows string[] of workflow_run
---@field types string[]|nil

---@class workflows.step
---@field line integer
---@field uses workflows.text|nil
---@field run workflows.text|nil
---@field condition workflows.text|nil
---@field with table<string, workflows.text>
---@field texts string[] every text in it, for a search

---@class workflows.job
---@field name string its key
---@field line integer
---@field condition workflows.text|nil
---@field calls workflows.text|nil a reusable workflow in place of steps
---@field steps workflows.step[]
---@field permissions table|nil { all = string|nil, of = table<string, string>, line }
---@field concurrency table|nil { group = string|nil, cancel = string|nil, queue = string|nil, line }

---@class workflows.workflow
---@field file string path from the repository's root
---@field name string
---@field line integer where `on` stands
---@field events table<string, workflows.event>
---@field jobs workflows.job[]
---@field permissions table|nil
---@field concurrency table|nil

local function member(node, name)
  return node and node.kind == "table" and node.members[name] or nil
end

local function text_at(node, name)
  local found = member(node, name)
  if found and found.kind == "string" then return { value = found.value, line = found.line, starts = found.starts } end
end

--- The strings of a node that is a string or a list of them.
local function strings(node)
  local list = {}
  if node and node.kind == "string" then list[1] = node.value end
  for _, item in ipairs(node and node.items or {}) do
    if item.kind == "string" then list[#list + 1] = item.value end
  end
  return list
end

local FILTERS = { branches = "branches", ["branches-ignore"] = "branches_ignore", tags = "tags", ["tags-ignore"] = "tags_ignore" }

-- `problems` takes { line, text } of filters that GitHub would not understand.
local function read_event(name, line, node, problems)
  local event = { name = name, line = line, paths = false, workflows = {} }
  if not node or node.kind ~= "table" then return event end
  for _, key in ipairs(node.keys) do
    local value = node.members[key]
    if FILTERS[key] then
      local list = strings(value)
      local compiled, message, index = filter.list(list)
      if compiled then
        event[FILTERS[key]] = compiled
      else
        local item = value.items and value.items[index] or value
        problems[#problems + 1] = { line = item.line, text = ("%s '%s': %s"):format(key, list[index], message) }
      end
    end
  end
  event.paths = (node.members.paths or node.members["paths-ignore"]) ~= nil
  event.workflows = strings(node.members.workflows)
  event.types = node.members.types and strings(node.members.types)
  return event
end

local function read_events(node, problems)
  local events = {}
  if node.kind == "table" then
    for _, name in ipairs(node.keys) do
      local value = node.members[name]
      events[name] = read_event(name, value.line, value, problems)
    end
  else
    for _, name in ipairs(strings(node)) do events[name] = read_event(name, node.line) end
  end
  return events
end

local function read_permissions(node)
  if not node then return nil end
  local made = { line = node.line, of = {} }
  if node.kind == "string" then made.all = node.value end
  for _, key in ipairs(node.keys or {}) do made.of[key] = node.members[key].value end
  return made
end

local function read_concurrency(node)
  if not node then return nil end
  if node.kind == "string" then return { line = node.line, group = node.value } end
  local cancel = member(node, "cancel-in-progress")
  return { line = node.line, group = (text_at(node, "group") or {}).value, cancel = cancel and cancel.value,
    cancel_line = cancel and cancel.line, queue = (text_at(node, "queue") or {}).value }
end

local function collect(node, into)
  if node.kind == "string" then into[#into + 1] = node.value end
  for _, key in ipairs(node.keys or {}) do collect(node.members[key], into) end
  for _, item in ipairs(node.items or {}) do collect(item, into) end
end

local function read_step(node)
  local step = { line = node.line, uses = text_at(node, "uses"), run = text_at(node, "run"),
    condition = text_at(node, "if"), with = {}, texts = {} }
  local with = member(node, "with")
  for _, key in ipairs(with and with.keys or {}) do step.with[key:lower()] = text_at(with, key) end
  collect(node, step.texts)
  return step
end

local function read_job(name, node)
  local job = { name = name, line = node.line, condition = text_at(node, "if"), calls = text_at(node, "uses"), steps = {},
    permissions = read_permissions(member(node, "permissions")), concurrency = read_concurrency(member(node, "concurrency")) }
  local steps = member(node, "steps")
  for i, item in ipairs(steps and steps.items or {}) do job.steps[i] = read_step(item) end
  return job
end

--- Reads a workflow.
---@param file string its path from the repository's root
---@param text string
---@return workflows.workflow|nil
---@return table[] problems { line, text, ours }: why it is none, or what in it GitHub would not understand; `ours`: GitHub
---  may read it, and relrun does not
function reader.read(file, text)
  local root, message = yaml.read(text)
  if not root then
    local line, words = message:match "^line (%d+): (.*)$"
    words = words or message
    local ours = (words:find("not understood", 1, true) or words:find("is not read here", 1, true)) ~= nil
    return nil, { { line = math.tointeger(tonumber(line)) or 1, text = words, ours = ours } }
  end
  local on, jobs = member(root, "on"), member(root, "jobs")
  if not on then return nil, { { line = 1, text = "there is no `on`, so nothing starts it" } } end
  if not jobs or jobs.kind ~= "table" then return nil, { { line = root.line, text = "there are no `jobs`" } } end
  local problems = {}
  local workflow = { file = file, name = (text_at(root, "name") or { value = file }).value, line = on.line,
    events = read_events(on, problems), jobs = {}, permissions = read_permissions(member(root, "permissions")),
    concurrency = read_concurrency(member(root, "concurrency")) }
  for i, name in ipairs(jobs.keys) do workflow.jobs[i] = read_job(name, jobs.members[name]) end
  return workflow, problems
end

local function passes(taken, left_out, name)
  if taken and not taken.matches(name) then return false end
  return not (left_out and left_out.matches(name))
end

--- Would an event on this branch (the base branch of a pull request, the branch of a push or of a workflow_run) start
--- the workflow? `paths` filters are left aside.
---@param event workflows.event|nil
---@param branch string
---@return boolean
function reader.on_branch(event, branch)
  if not event then return false end
  local names_branches = event.branches or event.branches_ignore
  -- A push filtered by tags alone is for tags alone.
  if event.name == "push" and not names_branches and (event.tags or event.tags_ignore) then return false end
  return passes(event.branches, event.branches_ignore, branch)
end

--- Would the push of this tag start the workflow?
---@param event workflows.event|nil of a push
---@param tag string
---@return boolean
function reader.on_tag(event, tag)
  if not event then return false end
  local names_tags = event.tags or event.tags_ignore
  if not names_tags and (event.branches or event.branches_ignore) then return false end
  return passes(event.tags, event.tags_ignore, tag)
end

--- The commands of a script, one a line: continued lines joined, comments left out.
---@param script workflows.text
---@return { text: string, line: integer }[]
function reader.commands(script)
  local commands, pending = {}, nil
  local line = (script.starts or script.line) - 1
  for text in (script.value .. "\n"):gmatch "(.-)\n" do
    line = line + 1
    if pending or not text:find "^%s*#" then
      local command = pending or { text = "", line = line }
      local goes_on = text:find "\\%s*$"
      command.text = command.text .. (goes_on and text:gsub("\\%s*$", " ") or text)
      if goes_on then pending = command
      else
        commands[#commands + 1], pending = command, nil
      end
    end
    if not script.starts then line = script.line - 1 end
  end
  if pending then commands[#commands + 1] = pending end
  return commands
end

return reader
