--- The builder: what the steps of one lane share while they are compiled into operations, and the order in which
-- they are. A lane with a `pull_request` step has two halves, and its operations two lists: what prepare does (commits,
-- branch, pull request) and what publish does (tags and everything that is public).

local problem = require "problem"
local releases = require "releases"
local steps = require "steps"
local template = require "template"
local text = require "text"

local STEPS = steps.by_word

local builder = { PLACES = { "package", "version", "previous", "tag", "previous_tag", "date", "release", "own" } }
builder.__index = builder

--- A builder over what a try at a base knows; see plan.lua.
---@param known table
---@return table
function builder.new(known)
  local self = setmetatable(known, builder)
  self.ops, self.steps = {}, STEPS
  self.warnings, self.public_releases = {}, {}
  self.halves = { prepare = self.ops, publish = self.half and {} or self.ops }
  return self
end

--- Adds an operation to the half that is being compiled; returns it.
function builder:op(stage, kind, class, args, pre)
  local op = { id = #self.ops + 1, stage = stage, kind = kind, class = class, args = args, pre = pre or {} }
  self.ops[op.id] = op
  return op
end

--- Notes what is to be said beside the plan, should it come to one.
function builder:warn(line) self.warnings[#self.warnings + 1] = line end

--- What may stand in the braces of a message, for one package.
function builder:places(decision)
  return {
    package = decision.package.name, version = decision.version.text,
      previous = decision.previous and decision.previous.text or "",
    tag = decision.tag, previous_tag = decision.previous_tag or "", date = self.date, release = self.model.release.name,
  }
end

--- What may stand in the braces of a text about the whole release: its one package's words, or how many they are.
function builder:places_of_all()
  local list = self.released
  local places = self:places(list[1])
  if #list > 1 then
    places.package, places.version = self.model.release.name, releases.several(list)
    places.previous, places.tag, places.previous_tag = "", "", ""
  end
  return places
end

--- A text of the spec with its places filled in: a template, or a function that is asked.
function builder:render(source, places)
  if type(source) == "string" then return template.compile(source, builder.PLACES):render(places) end
  local words, trouble = self.call(source, places)
  if type(words) == "string" then return words end
  if problem.is(trouble) then return nil, trouble end
  return problem.refuse("spec", ("%s:%s: the function answered %s, not a string"):format(self.model.source,
    tostring(source.line), type(words)))
end

-- One commit for several packages names the release; which packages they are stands below.
local function commit(self, list)
  local places = #list == 1 and self:places(list[1]) or self:places_of_all()
  local words, trouble = self:render(self.model.release.message, places)
  if not words then return nil, trouble end
  if #list > 1 then
    local lines = {}
    for i, one in ipairs(list) do lines[i] = ("- %s %s"):format(one.package.name, one.version.text) end
    words = words:gsub("\n+$", "") .. "\n\n" .. table.concat(lines, "\n")
  end
  return STEPS.commit.plan(self, words)
end

-- What the steps of the lane write for one package, in their order.
local function edits_of(self, decision)
  local list = {}
  for _, step in ipairs(self.lane.steps) do
    if STEPS[step.word].edits then
      local some, trouble = STEPS[step.word].edits(self, decision, step)
      if not some then return nil, trouble end
      table.move(some, 1, #some, #list + 1, list)
    end
  end
  return list
end

local function write_all(edits)
  for _, edit in ipairs(edits) do
    local ok, trouble = edit.write()
    if not ok then return nil, trouble end
  end
  return true
end

-- A commit for every message of the edits, in the order in which they first stand. Its own edits alone are in it, so
-- nothing may be written before it that belongs to a later one.
local function commit_by_message(self, decision, list)
  local groups, by_message, rest = {}, {}, {}
  for _, edit in ipairs(list) do
    if not edit.message then
      rest[#rest + 1] = edit
    else
      local group = by_message[edit.message]
      if not group then
        group = { message = edit.message }
        by_message[edit.message], groups[#groups + 1] = group, group
      end
      group.own = group.own or edit.own
      group[#group + 1] = edit
    end
  end
  for _, group in ipairs(groups) do
    local ok, trouble = write_all(group)
    if not ok then return nil, trouble end
    local places = self:places(decision)
    places.own = group.own or ""
    local words
    words, trouble = self:render(group.message, places)
    if not words then return nil, trouble end
    ok, trouble = STEPS.commit.plan(self, words)
    if not ok then return nil, trouble end
  end
  return rest
end

-- The files of a package before its commit.
local function compile_commits(self)
  local lane = self.lane
  if not lane.step.commit then return true end
  local per = lane.step.commit.per
  for _, decision in ipairs(self.released) do
    local list, trouble = edits_of(self, decision)
    if list and per == "edit" then list, trouble = commit_by_message(self, decision, list) end
    if not list then return nil, trouble end
    local ok
    ok, trouble = write_all(list)
    if not ok then return nil, trouble end
    if per ~= "release" then
      ok, trouble = commit(self, { decision })
      if not ok then return nil, trouble end
    end
  end
  if per == "release" then return commit(self, self.released) end
  return true
end

local function compile_tags(self)
  if not self.lane.step.tag then return true end
  for _, decision in ipairs(self.released) do
    local ok, trouble = STEPS.tag.plan(self, decision, self.lane.step.tag)
    if not ok then return nil, trouble end
  end
  return true
end

local function speaks_with_forge(self)
  if self.pull or self.lane.step.push and self.lane.step.push.workflow then return true end
  for _, step in ipairs(self.lane.steps) do
    if STEPS[step.word].on_forge then return true end
  end
  return false
end

-- What stands behind the refs: the steps that speak with the forge, in the order of the lane.
local function compile_forge(self)
  local lane = self.lane
  local merge = STEPS.pull_request
  if self.half == "prepare" then return compile_tags(self) end
  local ok, trouble = true, nil
  if self.pull then ok, trouble = merge.plan_start(self, lane.step.pull_request) end
  if ok and self.pull and lane.merge == "before" then ok, trouble = merge.plan_merge(self, lane.step.pull_request) end
  if not ok then return nil, trouble end
  ok, trouble = compile_tags(self)
  if not ok then return nil, trouble end
  if not self.flags.push then return true end
  if lane.step.push then
    ok, trouble = STEPS.push.plan(self, lane.step.push, speaks_with_forge(self))
    if not ok then return nil, trouble end
  end
  for _, step in ipairs(lane.steps) do
    if STEPS[step.word].on_forge then
      ok, trouble = STEPS[step.word].plan(self, step)
      if not ok then return nil, trouble end
    end
  end
  -- Given back before the merge, which needs it no more: once the pull request is merged no other clone finds what is left.
  ok, trouble = STEPS.push.plan_unlock(self)
  if ok and self.pull and lane.merge ~= "before" then ok, trouble = merge.plan_merge(self, lane.step.pull_request) end
  return ok, trouble
end

--- Compiles the lane's steps, in an order that stays the same: the files of a package before its commit, then the
-- refs, then the forge. With halves, `ops` is afterwards the list of the half that was asked for.
---@return true|nil, problem
function builder:compile()
  self.ops = self.halves.prepare
  local ok, trouble = compile_commits(self)
  if not ok then return nil, trouble end
  ok, trouble = STEPS.branch.plan(self)
  if not ok then return nil, trouble end
  if self.half == "prepare" and self.flags.push then
    ok, trouble = STEPS.push.plan_branch(self, self.lane.step.push)
    if ok then ok, trouble = STEPS.pull_request.plan(self, self.lane.step.pull_request) end
    if ok then ok, trouble = STEPS.push.plan_unlock(self) end
    if not ok then return nil, trouble end
  end
  self.ops = self.halves.publish
  ok, trouble = compile_forge(self)
  if not ok then return nil, trouble end
  if self.half then self.ops = self.halves[self.half] end
  ok, trouble = self:check_capabilities()
  if not ok then return nil, trouble end
  return self:check_filters()
end

--- What the forge cannot do is said now, not in the midst of a release. What is optional is only warned of: apply leaves
-- it out (S1.94).
function builder:check_capabilities()
  local asked = {}
  for _, op in ipairs(self.ops) do
    local capability, optional = steps.ops[op.kind].can, op.args.optional == true
    local key = capability and capability .. (optional and " optional" or "")
    if key and not asked[key] then
      asked[key] = true
      local answer, trouble = self.forge("can", capability)
      if trouble and not (optional and trouble.kind == "error") then return nil, trouble end
      local why = trouble and trouble.text or not answer.can and text.line(answer.why)
      if why and optional then
        self:warn(("operation %d (%s) will be left out: %s"):format(op.id, op.kind, why))
      elseif why then
        return problem.refuse("error", ("operation %d (%s): %s"):format(op.id, op.kind, why),
          "leave the step out of the lane, or release on another forge")
      end
    end
  end
  return true
end

--- The paths that a git filter transforms hold something else in the repository than people see.
function builder:check_filters()
  local paths = {}
  for path in pairs(self.workspace.all) do paths[#paths + 1] = path end
  table.sort(paths)
  if #paths == 0 then return true end
  local filters, trouble = self.world:filters(paths)
  if not filters then return nil, trouble end
  for _, path in ipairs(paths) do
    if filters[path] then
      return problem.refuse("error",
        ("%s: .gitattributes runs it through the filter '%s', so the repository does not hold its text"):format(
          text.line(path), text.line(filters[path])),
        "take the filter off this file, or name another file")
    end
  end
  return true
end

return builder
