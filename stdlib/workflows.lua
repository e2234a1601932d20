--- The repository's CI workflows against the lanes of its spec: what would start, what would not, and what would go
-- wrong, said before the first release. Pure: texts come in, findings go out (their kinds: workflows.findings).

local findings = require "workflows.findings"
local guards = require "workflows.guards"
local lanes = require "workflows.lanes"
local publish = require "workflows.publish"
local reader = require "workflows.reader"
local release = require "workflows.release"
local safety = require "workflows.safety"
local text = require "text"
local verify = require "workflows.verify"

local workflows = {}

--- Where GitHub looks for them.
workflows.FOLDER = ".github/workflows"

-- Texts of the files are made visible, and kept short, before they become part of a sentence.
local function shown(value)
  return text.shorten(text.line(tostring(value)), 200)
end

local function collector(subject)
  local found, seen = {}, {}
  local function report(key, file, line, ...)
    local row = findings.by_key[key] or error(("no finding is called '%s'"):format(tostring(key)), 2)
    if row.absence and subject.incomplete then return end
    local values = { ... }
    for i, value in ipairs(values) do values[i] = shown(value) end
    local finding = { key = key, id = row.ids[1], severity = row.severity, file = file, line = line,
      text = row.text:format(table.unpack(values)), todo = row.todo }
    local name = ("%s\0%s\0%d\0%s"):format(key, file, line, finding.text)
    if not seen[name] then seen[name], found[#found + 1] = true, finding end
  end
  return found, report
end

local RANK = { error = 1, warning = 2, note = 3 }

local function before(a, b)
  if a.severity ~= b.severity then return RANK[a.severity] < RANK[b.severity] end
  if a.file ~= b.file then return a.file < b.file end
  if a.line ~= b.line then return a.line < b.line end
  if a.key ~= b.key then return a.key < b.key end
  return a.text < b.text
end

-- A workflow that a filter on tags starts publishes; one that starts at every push tests.
local function starts_from_tags(workflow)
  local push = workflow.events.push
  return push ~= nil and (push.tags ~= nil or push.tags_ignore ~= nil)
end

--- Checks the workflows of a repository against a spec.
---@param files { path: string, text: string|nil, trouble: string|nil }[] the workflow files, by path; trouble: why one cannot be read
---@param model spec.model
---@param packages package[] the packages of the release
---@return workflows.finding[] errors first, then by file and line
function workflows.check(files, model, packages)
  local subject = { spec = model.source, workflows = {}, lanes = lanes.of(model, packages), package_count = #packages,
    releases = {}, publishes = {}, publishing = {}, guards = {},
    source_guards = model.source_guards or {}, incomplete = false }
  local found, report = collector(subject)
  for _, one in ipairs(files) do
    local workflow, problems = nil, { { line = 1, text = one.trouble, ours = true } }
    if one.text then workflow, problems = reader.read(one.path, one.text) end
    for _, trouble in ipairs(problems) do
      report(trouble.ours and "not_understood" or "unreadable", one.path, trouble.line, trouble.text)
      subject.incomplete = subject.incomplete or trouble.ours or false
    end
    if workflow then
      subject.workflows[#subject.workflows + 1] = workflow
      local steps = release.steps(workflow)
      local guarding = guards.jobs(workflow)
      if #guarding > 0 then subject.guards[workflow] = guarding end
      if #steps > 0 then
        subject.releases[workflow] = steps
      elseif starts_from_tags(workflow) then
        subject.publishes[workflow] = true
        subject.publishing[#subject.publishing + 1] = workflow
      end
    end
  end
  if #files == 0 then
    report("no_folder", workflows.FOLDER, 1)
    return found
  end
  verify.check(subject, report)
  publish.check(subject, report)
  release.check(subject, report)
  guards.check(subject, report)
  safety.check(subject, report)
  table.sort(found, before)
  return found
end

--- A finding as a line.
---@param finding workflows.finding
---@return string
function workflows.line(finding)
  return ("%s: %s:%d: %s (%s); %s"):format(finding.severity, text.line(finding.file), finding.line, finding.text,
    finding.id, finding.todo)
end

return workflows
