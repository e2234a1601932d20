--- Publishing from tags (S1.49, S1.55-S1.63, S1.108-S1.116): every tag that a lane would make is put to the filters and
-- conditions of every workflow that starts from tags, as GitHub would put it.

local expression = require "workflows.expression"
local reader = require "workflows.reader"

local publish = {}

--- What is known of a run that the push of a tag starts.
local function context_of(tag)
  return {
    ["github.event_name"] = "push", ["github.ref"] = "refs/tags/" .. tag, ["github.ref_name"] = tag,
    ["github.ref_type"] = "tag", ["github.event.ref"] = "refs/tags/" .. tag, ["github.event.deleted"] = false,
    ["github.event.created"] = true,
  }
end

-- How a workflow takes a tag: "runs", "skips" (the filters match, and no job's condition holds; with a condition to
-- blame) or "ignores".
local function takes(workflow, tag)
  if not reader.on_tag(workflow.events.push, tag) then return "ignores" end
  local context, blamed = context_of(tag), nil
  for _, job in ipairs(workflow.jobs) do
    if expression.holds(job.condition and job.condition.value, context) ~= false then return "runs" end
    blamed = blamed or job.condition
  end
  return "skips", blamed
end

-- What every publishing workflow does with every tag of every lane, and whom it is for. A workflow that runs for all
-- candidates and not for all finals is for candidates, and the other way round; the neutral names count here, so that
-- a repository of nothing but misleading names is judged like any other.
local function survey(subject)
  local answers = {}
  for i, workflow in ipairs(subject.publishing) do
    local answer = { workflow = workflow, of = {}, all = { [true] = true, [false] = true },
      any = { [true] = false, [false] = false } }
    for _, lane in ipairs(subject.lanes) do
      for _, tag in ipairs(lane.tags) do
        local taken, blamed = takes(workflow, tag.text)
        answer.of[tag.text] = { taken = taken, blamed = blamed }
        if taken == "runs" then answer.any[lane.candidate] = true else answer.all[lane.candidate] = false end
      end
    end
    answers[i] = answer
  end
  return answers
end

local function is_for(answer, both)
  local candidates, finals = answer.all[true] and answer.any[true], answer.all[false] and answer.any[false]
  if not both then return "all" end
  if candidates and not finals then return "candidates" end
  if finals and not candidates then return "finals" end
  if answer.any[true] and not answer.any[false] then return "candidates" end
  if answer.any[false] and not answer.any[true] then return "finals" end
  return "all"
end

-- Findings of the same kind about the tags of several packages are one, with the number of the others.
local function gathered(report)
  local groups, order = {}, {}
  local self = {}
  function self.add(key, file, line, tag, ...)
    local name = table.concat({ key, file, line, ... }, "\0")
    local group = groups[name]
    if not group then
      group = { key = key, file = file, line = line, tag = tag.text, packages = {}, count = 0, more = { ... } }
      groups[name], order[#order + 1] = group, group
    end
    if not group.packages[tag.package] then
      group.packages[tag.package], group.count = true, group.count + 1
    end
  end
  function self.tell(shape)
    for _, group in ipairs(order) do
      local others = group.count > 1
        and (" (and tags of %d more package%s)"):format(group.count - 1, group.count > 2 and "s" or "") or ""
      report(group.key, group.file, group.line, shape(group, others))
    end
  end
  return self
end

local function check_tags(subject, answers, report)
  local kinds = {}
  for _, lane in ipairs(subject.lanes) do
    if #lane.tags > 0 then kinds[lane.candidate] = true end
  end
  local both = kinds[true] and kinds[false] or false
  local special = false
  for _, answer in ipairs(answers) do
    answer.is_for = is_for(answer, both)
    special = special or answer.is_for == "candidates"
  end
  local found = gathered(report)
  for _, lane in ipairs(subject.lanes) do
    local kind = lane.candidate and "candidates" or "finals"
    for _, tag in ipairs(lane.tags) do
      local published, skipped = false, nil
      for _, answer in ipairs(answers) do
        local one = answer.of[tag.text]
        local proper = answer.is_for == kind or answer.is_for == "all"
        if one.taken == "runs" and proper then published = true end
        if one.taken == "skips" and proper and one.blamed then skipped = skipped or { answer.workflow, one.blamed } end
        -- One workflow for both may tell them apart in its steps; beside one for candidates alone, a condition is missing.
        local wrong = one.taken == "runs" and (not proper or (lane.candidate and special and answer.is_for == "all"))
        if wrong and not tag.neutral then
          found.add(lane.candidate and "candidate_as_final" or "final_as_candidate", answer.workflow.file,
            answer.workflow.events.push.line, tag)
        end
      end
      if not published and not tag.neutral then
        if skipped then found.add("final_skipped", skipped[1].file, skipped[2].line, tag, lane.name)
        else found.add("tag_unmatched", lane.file, lane.line, tag, lane.name) end
      end
    end
  end
  found.tell(function (group, others)
    if group.key == "final_skipped" then return group.tag, group.more[1], others end
    if group.key == "tag_unmatched" then return group.more[1], group.tag, others end
    return group.tag, others
  end)
end

local function check_counts(subject, report)
  for _, lane in ipairs(subject.lanes) do
    if lane.pushes and #lane.tags > 0 and not lane.push.tags_start_workflows and subject.package_count > 3 then
      report("too_many_tags", lane.file, lane.push.line or lane.line, lane.name, tostring(subject.package_count))
    end
  end
end

local function says(workflow, pattern)
  for _, job in ipairs(workflow.jobs) do
    if job.calls then return true end
    for _, step in ipairs(job.steps) do
      for _, text in ipairs(step.texts) do
        if text:lower():find(pattern) then return true end
      end
    end
  end
  return false
end

local function check_scripts(subject, answer, report)
  local workflow, packages, dashed = answer.workflow, {}, nil
  for _, lane in ipairs(subject.lanes) do
    for _, tag in ipairs(lane.tags) do
      if not tag.neutral and answer.of[tag.text].taken == "runs" and not packages[tag.package] then
        packages[tag.package], packages[#packages + 1] = true, tag.package
        if tag.package:find("-v", 1, true) and not dashed then dashed = tag.package end
      end
    end
  end
  if #packages > 1 and not says(workflow, "github[_.]ref") and not says(workflow, "relrun") and not says(workflow, "git describe") then
    report("package_not_read", workflow.file, workflow.jobs[1] and workflow.jobs[1].line or workflow.line, tostring(#packages))
  end
  for _, job in ipairs(workflow.jobs) do
    for _, step in ipairs(job.steps) do
      for _, command in ipairs(dashed and step.run and reader.commands(step.run) or {}) do
        if command.text:find("%%-v*", 1, true) and command.text:find("%%%%%-v%*") then
          report("package_cut_short", workflow.file, command.line, dashed)
        end
      end
    end
  end
end

local function check_checkouts(workflow, report)
  for _, job in ipairs(workflow.jobs) do
    for _, step in ipairs(job.steps) do
      if step.uses and step.uses.value:find "^actions/checkout@" then
        local depth, tags = step.with["fetch-depth"], step.with["fetch-tags"]
        if not depth or depth.value ~= "0" then report("publish_depth", workflow.file, step.uses.line, job.name)
        elseif not tags or tags.value ~= "true" then report("publish_tags", workflow.file, step.uses.line, job.name) end
      end
    end
  end
end

--- Checks the workflows that start from tags against the tags that the lanes make.
---@param subject table see workflows.check
---@param report fun(key: string, file: string, line: integer, ...)
function publish.check(subject, report)
  if #subject.publishing == 0 then
    for _, lane in ipairs(subject.lanes) do
      if #lane.tags > 0 and not lane.publishes then report("no_publish", lane.file, lane.line, lane.name, lane.tags[1].text) end
    end
    return
  end
  local answers = survey(subject)
  check_tags(subject, answers, report)
  check_counts(subject, report)
  for _, answer in ipairs(answers) do
    local workflow = answer.workflow
    check_scripts(subject, answer, report)
    check_checkouts(workflow, report)
    for _, job in ipairs(workflow.jobs) do
      local concurrency = job.concurrency or workflow.concurrency
      if concurrency and concurrency.cancel == "true" then
        report("cancels", workflow.file, concurrency.cancel_line, job.name)
      end
    end
  end
end

return publish
