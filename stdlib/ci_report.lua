--- What a run tells the CI that it runs on (GitHub Actions): outputs for later steps, a page for the job, annotations.
-- Pure: it gives the texts, and actions.lua writes them. Commit messages, branches and file values are written by others, so
-- none of it can set another output, end a table or start a command of the runner's.
-- Rules: facts of Actions' file commands and workflow commands (actions/runner: FileCommandManager, ActionCommand).

local markdown = require "changelog.markdown"
local report = require "report"
local steps = require "steps"
local text = require "text"

local ci_report = {}

-- The outputs that there are. Nothing else is ever written, whatever a plan holds.
local OUTPUTS = { "lane", "plan", "pull_request", "pull_request_url", "released", "tags", "versions" }

-- A page may have 1 MiB for each step; the runner throws away a longer one whole.
local PAGE_MAX = 1 << 20

-- So many annotations of each sort are kept for a step.
local MOST_OF_A_SORT = 10

-- Log lines. --------------------------------------------------------------------------------------------------------

--- Makes a text for the log one in which the runner finds no command: it reads `::NAME::` at the beginning of a line
-- (behind any white space) and `##[NAME]` anywhere. Pauses of its commands (stop-commands) would not do: the runner reads
-- the two streams of a program in no order, so a pause on one of them can end before a line of the other is read.
---@param lines string
---@return string
function ci_report.quiet(lines)
  if not lines:find("::", 1, true) and not lines:find("##[", 1, true) then return lines end
  lines = ("\n" .. lines):gsub("([\r\n][%s\128-\255]*)::", "%1\\::"):sub(2)
  return (lines:gsub("##%[", "#\\#["))
end

-- Outputs. ----------------------------------------------------------------------------------------------------------

-- Where the pull request of a plan stands, as far as it is known.
local function pull_of(saved)
  for _, op in ipairs(saved.value.ops) do
    local result = saved.results and saved.results[op.id]
    if op.kind == "pull_request" and result then return result.number, result.url end
    if op.kind == "merge" or op.kind == "comment" then return op.args.pull end
  end
end

--- The values of the outputs.
---@param saved { value: table, id: string, results: table|nil }|nil the plan; nil when there was none
---@param released boolean did this run make something public?
---@param encode fun(value: any): string
---@return table<string, string>
function ci_report.values(saved, released, encode)
  local values = { released = tostring(released) }
  if not saved then return values end
  local versions, tags = {}, {}
  for i, package in ipairs(saved.value.packages) do versions[package.name], tags[i] = package.version, package.tag end
  local number, url = pull_of(saved)
  values.plan, values.lane = saved.id, saved.value.lane
  values.versions = next(versions) and encode(versions) or "{}"
  values.tags = #tags > 0 and encode(tags) or "[]"
  values.pull_request, values.pull_request_url = number and tostring(number), url
  return values
end

--- The outputs as the runner reads them, each between two lines of the delimiter. A value that holds it is refused: the
-- rest of the value would be read as further outputs.
---@param values table<string, string>
---@param delimiter string that nobody could know beforehand: at least 128 random bits
---@return string|nil lines
---@return string|nil message
function ci_report.outputs(values, delimiter)
  if #delimiter < 32 then error("a delimiter has at least 128 bits, as 32 hex digits", 2) end
  local lines = {}
  for _, name in ipairs(OUTPUTS) do
    local value = values[name]
    if value and (value:find(delimiter, 1, true) or name:find(delimiter, 1, true)) then
      return nil, ("output %s holds the delimiter"):format(name)
    end
    if value then lines[#lines + 1] = ("%s<<%s\n%s\n%s\n"):format(name, delimiter, value, delimiter) end
  end
  return table.concat(lines)
end

-- The page. ---------------------------------------------------------------------------------------------------------

-- Foreign text as a cell: in a table a bar ends the cell, also within code.
local function cell(s) return (("\0" .. markdown.escape(s)):gsub("([^\\])|", "%1\\|"):gsub("^%z", "")) end

local function row(lines, ...) lines[#lines + 1] = "| " .. table.concat({ ... }, " | ") .. " |" end

local function add_packages(lines, value)
  if #value.packages == 0 then return end
  row(lines, "package", "from", "to", "level", "because of")
  row(lines, "---", "---", "---", "---", "---")
  for _, package in ipairs(value.packages) do
    row(lines, cell(package.name), package.previous and cell(package.previous) or "", "**" .. cell(package.version) .. "**",
      cell(package.level), report.cause(package, cell))
  end
  lines[#lines + 1] = ""
end

local function add_gates(lines, value, encode)
  if #value.gates == 0 then return end
  row(lines, "gate", "verdict", "reason", "evidence")
  row(lines, "---", "---", "---", "---")
  for _, gate in ipairs(value.gates) do
    local evidence = gate.evidence ~= nil and text.shorten(text.line(encode(gate.evidence)), 300) or ""
    row(lines, cell(gate.gate), cell(gate.verdict), cell(gate.reason or ""), cell(evidence))
  end
  lines[#lines + 1] = ""
end

local function describe(op)
  local kind = steps.ops[op.kind]
  return kind and text.visible(kind.describe(op)) or text.line(op.kind)
end

local function add_operations(lines, value)
  local final = {}
  for _, op in ipairs(value.ops) do
    local first, rest = describe(op):match "^([^\n]*)\n?(.*)$"
    local is_final = op.class == "irreversible"
    lines[#lines + 1] = ("%d. %s%s"):format(op.id, markdown.escape(first), is_final and " **(cannot be undone)**" or "")
    for line in rest:gmatch "[^\n]+" do lines[#lines + 1] = "   - " .. markdown.escape(line) end
    if is_final then final[#final + 1] = tostring(op.id) end
  end
  lines[#lines + 1] = ""
  lines[#lines + 1] = #final > 0 and ("What cannot be undone: %s."):format(table.concat(final, ", "))
    or "All of it can be undone or made good."
  lines[#lines + 1] = ""
end

-- Whole lines within so many bytes.
local function cut(page, bytes)
  if #page <= bytes then return page end
  local note = "\n\n(The rest is cut: the page of a step ends here. `relrun show` prints the whole plan.)\n"
  if bytes <= #note then return "" end
  return page:sub(1, bytes - #note):gsub("\n[^\n]*$", "") .. note
end

--- The page of a job: what was planned, on what it rests, what is done, and how it ended.
---@param saved { value: table, id: string }|nil
---@param verdict string how it ended, one line; foreign text may stand in it
---@param warnings string[]
---@param encode fun(value: any): string
---@param used integer bytes that the page of this step has already
---@return string markdown
function ci_report.page(saved, verdict, warnings, encode, used)
  local lines = {}
  if saved then
    local value = saved.value
    lines[1] = ("### %s, lane %s: plan `%s`"):format(markdown.escape(value.release), markdown.escape(value.lane),
      saved.id:sub(1, 12))
  else
    lines[1] = "### relrun"
  end
  lines[2], lines[3], lines[4] = "", markdown.escape(verdict), ""
  for _, warning in ipairs(warnings) do lines[#lines + 1] = "- warning: " .. markdown.escape(warning) end
  if #warnings > 0 then lines[#lines + 1] = "" end
  if saved then
    add_packages(lines, saved.value)
    add_gates(lines, saved.value, encode)
    add_operations(lines, saved.value)
  end
  return cut(table.concat(lines, "\n") .. "\n", PAGE_MAX - used - 1)
end

-- Annotations. ------------------------------------------------------------------------------------------------------

local SORTS = { nothing = "notice", changes = "notice", done = "notice", waiting = "warning", locked = "warning" }

local function command(sort, properties, message)
  return ("::%s %s::%s"):format(sort, properties, text.workflow(message))
end

-- A mistake of the spec's is shown at its line.
local function mistake(line)
  local file, number, message = line:match "^([%w._/-]+):(%d+): (.*)$"
  if not file then return command("error", "title=relrun", line) end
  return command("error", ("file=%s,line=%s,title=relrun"):format(text.workflow_property(file), number), message)
end

--- The lines that make annotations: the verdict first, because those beyond ten of a sort are thrown away.
---@param kind string how the run ended (problem.codes)
---@param trouble problem|nil
---@param warnings string[]
---@return string[] lines
function ci_report.annotations(kind, trouble, warnings)
  local lines, count = {}, { warning = 0 }
  if trouble and trouble.more and #trouble.more > 0 then
    for i = 1, math.min(#trouble.more, MOST_OF_A_SORT) do lines[i] = mistake(trouble.more[i]) end
  elseif trouble and kind == "spec" then
    lines[1] = mistake(tostring(trouble))
  elseif trouble then
    local sort = SORTS[kind] or "error"
    lines[1] = command(sort, "title=relrun", tostring(trouble))
    count[sort] = 1
  end
  for _, warning in ipairs(warnings) do
    if count.warning < MOST_OF_A_SORT then lines[#lines + 1] = command("warning", "title=relrun", warning) end
    count.warning = count.warning + 1
  end
  return lines
end

return ci_report
