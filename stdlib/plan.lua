--- The plan: a pure function of the spec's model, the flags and what the world answers. It decides, lets the gates
-- judge and compiles the lane's steps into operations; it writes nothing.

local decisions = require "decisions"
local gates = require "gates"
local needs = require "needs"
local observe = require "observe"
local problem = require "problem"
local releases = require "releases"
local template = require "template"
local text = require "text"
local workspace = require "workspace"

local plan = {}

plan.SCHEMA = "relrun.plan/1"

local PLACES = { "package", "version", "previous", "tag", "previous_tag", "date", "release" }

local STEPS = {
  branch = require "steps.branch", bump = require "steps.bump", changelog = require "steps.changelog",
    commit = require "steps.commit",
  push = require "steps.push", tag = require "steps.tag", write = require "steps.write",
}

--- The kinds of operation and what can be done with each: { describe, probe, perform }.
plan.ops = {}
for _, step in pairs(STEPS) do
  for kind, op in pairs(step.ops) do plan.ops[kind] = op end
end

-- Builder: what the steps of one lane share while they are compiled. -----------------------------------------------

local builder = { PLACES = PLACES }
builder.__index = builder

--- Adds an operation; returns it.
function builder:op(stage, kind, class, args, pre)
  local op = { id = #self.ops + 1, stage = stage, kind = kind, class = class, args = args, pre = pre or {} }
  self.ops[op.id] = op
  return op
end

--- What may stand in the braces of a message, for one package.
function builder:places(decision)
  return {
    package = decision.package.name, version = decision.version.text,
      previous = decision.previous and decision.previous.text or "",
    tag = decision.tag, previous_tag = decision.previous_tag or "", date = self.date, release = self.model.release.name,
  }
end

--- A text of the spec with its places filled in: a template, or a function that is asked.
function builder:render(source, places)
  if type(source) == "string" then return template.compile(source, PLACES):render(places) end
  local words, trouble = self.call(source, places)
  if type(words) == "string" then return words end
  if problem.is(trouble) then return nil, trouble end
  return problem.refuse("spec", ("%s:%s: the function answered %s, not a string"):format(self.model.source,
    tostring(source.line), type(words)))
end

-- The steps of the lane, in an order that stays the same: the files of a package before its commit, then the refs.
local function compile(self)
  local lane = self.lane
  local ok, trouble
  local writers = {}
  for _, step in ipairs(lane.steps) do
    if step.word == "bump" or step.word == "changelog" or step.word == "write" then writers[#writers + 1] = step end
  end
  -- One commit for several packages names the release; which packages they are stands below.
  local function commit(list)
    local words
    local places = self:places(list[1])
    if #list > 1 then
      places.package, places.version = self.model.release.name, releases.several(list)
      places.previous, places.tag, places.previous_tag = "", "", ""
    end
    words, trouble = self:render(self.model.release.message, places)
    if not words then return nil, trouble end
    if #list > 1 then
      local lines = {}
      for i, one in ipairs(list) do lines[i] = ("- %s %s"):format(one.package.name, one.version.text) end
      words = words:gsub("\n+$", "") .. "\n\n" .. table.concat(lines, "\n")
    end
    return STEPS.commit.plan(self, words)
  end
  local per_package = lane.step.commit and lane.step.commit.per == "package"
  for _, decision in ipairs(self.released) do
    if lane.step.commit then
      for _, step in ipairs(writers) do
        ok, trouble = STEPS[step.word].plan(self, decision, step)
        if not ok then return nil, trouble end
      end
    end
    if per_package then
      ok, trouble = commit { decision }
      if not ok then return nil, trouble end
    end
  end
  if lane.step.commit and not per_package then
    ok, trouble = commit(self.released)
    if not ok then return nil, trouble end
  end
  ok, trouble = STEPS.branch.plan(self)
  if not ok then return nil, trouble end
  if lane.step.tag then
    for _, decision in ipairs(self.released) do
      ok, trouble = STEPS.tag.plan(self, decision, lane.step.tag)
      if not ok then return nil, trouble end
    end
  end
  if lane.step.push and self.flags.push then return STEPS.push.plan(self, nil, lane.step.push) end
  return true
end

-- The paths that a git filter transforms hold something else in the repository than people see.
local function check_filters(self)
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

-- Judgement. -------------------------------------------------------------------------------------------------------

local function judge(context, list, verdicts)
  for _, item in ipairs(list) do
    local verdict, trouble = gates[item.word](context, item)
    if not verdict then return nil, trouble end
    local name = item.word == "custom" and item.name or item.word
    verdicts[#verdicts + 1] = { gate = name, verdict = verdict.verdict, reason = verdict.reason }
    if verdict.verdict == "deny" or verdict.verdict == "wait" or verdict.verdict == "skip" then
      local kind = verdict.verdict == "deny" and "denied" or verdict.verdict == "wait" and "waiting" or "nothing"
      return problem.refuse(kind, ("gate %s: %s"):format(text.line(name), verdict.reason), verdict.todo)
    end
  end
  return true
end

local function split_gates(lane)
  local early, late = {}, {}
  for _, trigger in ipairs(lane.when or {}) do
    if trigger.word == "completed" then early[#early + 1] = trigger end
  end
  for _, gate in ipairs(lane.gates) do
    local into = gate.word == "custom" and late or early
    into[#into + 1] = gate
  end
  return early, late
end

-- Assembly. --------------------------------------------------------------------------------------------------------

local MOST_LISTED = 20

-- The lists of a plan are lists also when they are empty: `context.list` marks them so for its JSON.
local function brief(context, list, item)
  local some = context.list {}
  for i = 1, math.min(#list, MOST_LISTED) do some[i] = item(list[i]) end
  return some
end

local function describe_commit(commit)
  return { commit = commit.oid, subject = text.shorten(text.line(commit.subject), 100) }
end

local function evidence(context, decision)
  return {
    name = decision.package.name, path = decision.package.path, version = decision.version.text,
    previous = decision.previous and decision.previous.text or nil, tag = decision.tag, level = decision.level,
    reason = context.list(decision.reason), commits = #decision.commits,
    because = brief(context, decision.because, describe_commit),
    cancelled = brief(context, decision.cancelled, function (pair) return { commit = pair.commit.oid, by = pair.by } end),
    unparsed = brief(context, decision.unparsed, describe_commit), unparsed_count = #decision.unparsed,
    needs = #decision.raised > 0 and decision.raised or nil,
  }
end

local function facts_of(context, self)
  local facts = context.list {}
  if context.remote_refs and not context.flags.skip_base_sync_check then
    facts[1] = { fact = "remote_ref", remote = context.remote, ref = "refs/heads/" .. context.lane.base,
      oid = context.base_oid,
      or_oid = self.branch == context.lane.base and self.tip or nil }
  end
  return facts
end

local function plural_packages(decisions_list)
  local names = {}
  for i = 1, math.min(#decisions_list, 6) do names[i] = decisions_list[i].package.name end
  return table.concat(names, ", ") .. (#decisions_list > 6 and ", ..." or "")
end

-- The tag of the version that the notes start from.
local function previous_tag_of(decision)
  local history, previous = decision.history, decision.previous
  if not previous then return nil end
  if history.last and history.last.version.text == previous.text then return history.last.tag end
  for _, one in ipairs(history.prereleases) do
    if one.version.text == previous.text then return one.tag end
  end
end

-- One try at a base. `masked` leaves out the releases that stand on this very base (see releases.lua).
local function try(context, base, masked)
  context.base, context.masked = base, masked
  context.date = decisions.date(base.time)
  local histories, trouble, strange = releases.histories(context, base.oid, context.label)
  if not histories then return nil, trouble end
  local work = workspace.new(context.world, base.oid)
  local needed
  needed, trouble = needs.of(context.model, context.packages, work)
  if not needed then return nil, trouble end
  local list
  list, trouble = decisions.make(context, base.oid, histories, needed)
  if not list then return nil, trouble end
  local released = {}
  for _, decision in ipairs(list) do
    if decision.version then
      decision.tag, trouble = decisions.tag_name(context, decision.package, decision.version)
      if not decision.tag then return nil, trouble end
      decision.previous_tag = previous_tag_of(decision)
      released[#released + 1] = decision
    end
  end
  local self = setmetatable({
    model = context.model, lane = context.lane, world = context.world, flags = context.flags, call = context.call,
    base = base, tip = base.oid, time = base.time, date = context.date, identity = context.identity,
    repository = context.repository, remote_refs = context.remote_refs, workspace = work, released = released, decisions = list, ops = {}, strange = strange, histories = histories,
  }, builder)
  self.branch = STEPS.branch.name(self)
  context.released = released
  if #released > 0 and not context.decide_only then
    local ok
    ok, trouble = compile(self)
    if not ok then return nil, trouble end
    ok, trouble = check_filters(self)
    if not ok then return nil, trouble end
  end
  return self
end

-- Does the plan make again what stands there already: the commit at the tip, and every release that was left out?
local function reproduces(self, tip)
  if tip ~= self.base.oid and tip ~= self.tip then return false end
  local tags = {}
  for _, decision in ipairs(self.released) do tags[decision.tag] = decision.tag_object or false end
  for _, history in pairs(self.histories) do
    for _, one in ipairs(history.masked) do
      if tags[one.tag] ~= one.oid then return false end
    end
  end
  return true
end

-- Planning a base again gives the plan that was made of it before, so that a run that was stopped can go on from
-- nothing but the remote. Where that does not come out (a tag or commit made by hand), the base counts as it stands.
local function plan_base(context)
  local anchor, trouble = releases.anchor(context.world, context.base_oid, context.is_ours, context.anchors)
  if not anchor then return nil, trouble end
  if context.decide_only then return try(context, context.base_tip, false) end
  local base
  base, trouble = observe.commit(context, anchor)
  if not base then return nil, trouble end
  local self = try(context, base, true)
  if self and reproduces(self, context.base_oid) then return self end
  base, trouble = observe.commit(context, context.base_oid)
  if not base then return nil, trouble end
  return try(context, base, false)
end

--- S1.95: a planned tag that the remote or this clone has already must be the planned object.
local function check_tags(context, self)
  local here, trouble = context.world:local_refs "refs/tags/"
  if not here then return nil, trouble end
  for _, decision in ipairs(self.released) do
    local ref = "refs/tags/" .. decision.tag
    local there = context.remote_refs and context.remote_refs[ref]
    if decision.tag_object and there and there ~= decision.tag_object then
      return problem.refuse("error",
        ("tag %s is on the remote already, as %s, and this release would be %s; relrun never moves a tag"):format(
          decision.tag, there:sub(1, 12), decision.tag_object:sub(1, 12)),
        "release another version (a Release-As footer), or find out who made that tag")
    end
    if there then context.warn(("tag %s is on the remote already, as planned"):format(decision.tag)) end
    if decision.tag_object and here[ref] and here[ref] ~= decision.tag_object then
      return problem.refuse("error",
        ("tag %s exists in this clone at %s, and this release would be %s; relrun never moves a tag"):format(
          decision.tag, here[ref]:sub(1, 12), decision.tag_object:sub(1, 12)),
        ("delete it if it is wrong: git tag -d %s"):format(decision.tag))
    end
  end
  return true
end

--- Observes and decides: who releases what as which version, compiled into operations. `plan.make` turns it into the
-- plan; `explain` and `versions` read the decisions.
---@param context table { model, lane, flags, world, call, parse, warn }
---@return table|nil builder, problem
function plan.decide(context)
  local ok, trouble = observe.ground(context)
  if not ok then return nil, trouble end
  local early, late = split_gates(context.lane)
  context.verdicts = {}
  if not context.flags.read_only then
    ok, trouble = judge(context, early, context.verdicts)
    if not ok then return nil, trouble end
  end
  local self
  self, trouble = plan_base(context)
  if not self then return nil, trouble end
  for _, tag in ipairs(self.strange) do
    context.warn(("tag %s looks like one of ours and holds no version; it does not count"):format(text.line(tag)))
  end
  if not context.flags.read_only and #self.released > 0 then
    ok, trouble = judge(context, late, context.verdicts)
    if not ok then return nil, trouble end
    ok, trouble = check_tags(context, self)
    if not ok then return nil, trouble end
  end
  return self
end

-- Is all of it so already? A release that goes to the remote is done when the remote has it, whatever this clone holds.
local function is_settled(context, self)
  local here, trouble = context.world:local_refs "refs/tags/"
  if not here then return nil, trouble end
  for _, op in ipairs(self.ops) do
    local args = op.args
    if op.kind == "push" then
      for _, update in ipairs(args.updates) do
        if self.remote_refs[update.ref] ~= update.new then return false end
      end
    elseif not self.flags.push and (op.kind == "branch" and op.pre.ref ~= args.to or op.kind == "tag"
      and here[args.ref] ~= args.object) then
      return false
    end
  end
  return true
end

local function name_versions(list)
  local names = {}
  for i = 1, math.min(#list, 4) do names[i] = list[i].package.name .. " " .. list[i].version.text end
  return table.concat(names, ", ") .. (#list > 4 and (" and %d more"):format(#list - 4) or "")
end

--- The plan as data (RFC 8785 makes its bytes; see docs/plan.md), or what stands against it. With nothing to release
-- the refusal has the kind "nothing".
---@param context table as in plan.decide, and { tool, spec_digest, tape_digest }
---@return table|nil plan, problem
function plan.make(context)
  local self, trouble = plan.decide(context)
  if not self then return nil, trouble end
  if #self.released == 0 then
    local reason = #self.decisions == 1 and self.decisions[1].reason[1]
      or ("no change since the last releases of %s"):format(plural_packages(self.decisions))
    return problem.refuse("nothing", ("nothing to release in lane %s: %s"):format(context.lane.name, reason))
  end
  local settled
  settled, trouble = is_settled(context, self)
  if trouble then return nil, trouble end
  if settled then
    return problem.refuse("nothing",
      ("nothing to do in lane %s: %s@%s is released already as %s"):format(context.lane.name,
      text.line(context.lane.base), self.base.oid:sub(1, 12), name_versions(self.released)))
  end
  local evidence_list = {}
  for i, decision in ipairs(self.released) do
    evidence_list[i] = evidence(context, decision)
    if #decision.unparsed > 0 and context.model.release.unparsed == "warn" then
      context.warn(("%s: %s not a Conventional Commit, such as %s %s"):format(decision.package.name,
        #decision.unparsed == 1 and "1 commit is" or ("%d commits are"):format(#decision.unparsed),
        decision.unparsed[1].oid:sub(1, 12), text.shorten(text.line(decision.unparsed[1].subject), 60)))
    end
  end
  local remote_used = context.remote_refs ~= nil
  return {
    schema = plan.SCHEMA, tool = context.tool, spec = { sha256 = context.spec_digest },
    release = context.model.release.name, lane = context.lane.name, push = context.flags.push or false,
    flags = { allow_dirty = context.flags.allow_dirty or false, offline = not remote_used,
      skip_base_sync_check = context.flags.skip_base_sync_check or false },
    remote = context.model.release.remote,
    base = { branch = context.lane.base, commit = self.base.oid, time = self.base.time },
    branch = self.branch, tip = self.tip, packages = evidence_list, gates = context.list(context.verdicts),
    warnings = context.list(context.warnings), facts = facts_of(context, self), ops = self.ops,
    tape = context.tape_digest(),
  }
end

return plan
