--- The plan: a pure function of the spec's model, the flags and what the world answers. It decides, lets the gates
-- judge and has the lane's steps compiled into operations; it writes nothing.

local builder = require "builder"
local decisions = require "decisions"
local judgement = require "judgement"
local moment = require "moment"
local needs = require "needs"
local observe = require "observe"
local prepared = require "prepared"
local problem = require "problem"
local releases = require "releases"
local steps = require "steps"
local text = require "text"
local workspace = require "workspace"

local plan = {}

plan.SCHEMA = "relrun.plan/1"

-- Evidence. --------------------------------------------------------------------------------------------------------

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

-- The commits that ask for a level may stand before the pre-release that the notes start from.
local function causes(context, decision)
  local noted = {}
  for _, commit in ipairs(decision.commits) do noted[commit.oid] = true end
  return brief(context, decision.because, function (commit)
    local told = describe_commit(commit)
    told.earlier = not noted[commit.oid] or nil
    return told
  end)
end

local function evidence(context, decision)
  return {
    name = decision.package.name, path = decision.package.path, version = decision.version.text,
    previous = decision.previous and decision.previous.text or nil, tag = decision.tag, level = decision.level,
    reason = context.list(decision.reason), commits = #decision.commits,
    because = causes(context, decision),
    cancelled = brief(context, decision.cancelled, function (pair) return { commit = pair.commit.oid, by = pair.by } end),
    unparsed = brief(context, decision.unparsed, describe_commit), unparsed_count = #decision.unparsed,
    needs = #decision.raised > 0 and decision.raised or nil,
  }
end

-- What must still be so when the plan is applied: the branch that it was made from, and what the gates were told.
local function facts_of(context, self)
  local facts = context.list {}
  if context.rests_on then
    facts[1] = { fact = "remote_ref", remote = context.remote, ref = context.rests_on, oid = context.base_oid,
      or_oid = self.branch == context.lane.base and self.tip or nil }
  end
  return table.move(context.facts, 1, #context.facts, #facts + 1, facts)
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
  context.date = moment.date(base.time)
  local histories, trouble, strange = releases.histories(context, base.oid, context.label)
  if not histories then return nil, trouble end
  local work = workspace.new(context.world, base.oid)
  local needed, names
  needed, trouble, names = needs.of(context.model, context.packages, work)
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
  local self = builder.new {
    model = context.model, lane = context.lane, world = context.world, flags = context.flags, call = context.call,
    half = context.half, pull = context.pull, base = base, tip = base.oid, time = base.time, date = context.date,
    identity = context.identity, repository = context.repository, remote_refs = context.remote_refs, workspace = work,
    released = released, decisions = list, strange = strange, histories = histories, list = context.list,
    forge = context.forge, sha256 = context.sha256, is_ours = context.is_ours, anchors = context.anchors,
    names = names,
  }
  context.released = released
  self.branch, trouble = steps.by_word.branch.name(self)
  if not self.branch then return nil, trouble end
  if #released > 0 and not context.decide_only then
    local ok
    ok, trouble = self:compile()
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
  if context.half == "publish" then return prepared.plan(context, anchor, try) end
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
        ("delete it if it is wrong: git tag -d %s"):format(text.word(decision.tag)))
    end
  end
  return true
end

-- What was merged has passed its gates before it was released. Where all of it is done there is nothing left to judge.
---@return table|nil builder of the release, problem of the kind "nothing" where it is done
local function plan_merged(context)
  local self, trouble = plan_base(context)
  if not self or #self.released == 0 then return self, trouble end
  -- The base holds the head: prepared.plan has asked for that.
  local known = {}
  for _, op in ipairs(self.ops) do
    if op.kind == "merge" then known[op.id] = { oid = context.remote_refs["refs/heads/" .. context.lane.base] } end
  end
  local done
  done, trouble = context.is_done(self.ops, known)
  if done == nil then return nil, trouble end
  if not done then return self end
  return problem.refuse("nothing", ("nothing to do in lane %s: pull request #%d is merged and released"):format(
    context.lane.name, context.pull.number))
end

--- Observes and decides: who releases what as which version, compiled into operations. `plan.make` turns it into the
-- plan; `explain` and `versions` read the decisions.
---@param context table { model, lane, flags, world, call, parse, warn, is_done: (fun(ops: table[], known: table): boolean|nil, problem)|nil }
---@return table|nil builder, problem
function plan.decide(context)
  context.find_pull = prepared.find
  local ok, trouble = observe.ground(context)
  if not ok then return nil, trouble end
  local early, late = judgement.split(context.lane)
  context.verdicts, context.facts = {}, {}
  local self
  if context.is_done and context.pull and context.pull.state == "merged" then
    self, trouble = plan_merged(context)
    if not self then return nil, trouble end
  end
  if not context.flags.read_only then
    ok, trouble = judgement.of(context, early)
    if not ok then return nil, trouble end
  end
  if not self then self, trouble = plan_base(context) end
  if not self then return nil, trouble end
  for _, tag in ipairs(self.strange) do
    context.warn(("tag %s looks like one of ours and holds no version; it does not count"):format(text.line(tag)))
  end
  if not context.flags.read_only and #self.released > 0 then
    ok, trouble = judgement.of(context, late)
    if ok and context.half == "publish" then ok, trouble = judgement.of(context, context.lane.approval or {}) end
    if ok and context.half == "publish" then ok, trouble = steps.by_word.pull_request.check(self) end
    if not ok then return nil, trouble end
    ok, trouble = check_tags(context, self)
    if not ok then return nil, trouble end
  end
  return self
end

-- Has the remote every tag of this release? Then it was published, and there is nothing to prepare.
local function is_published(self)
  for _, decision in ipairs(self.released) do
    if not decision.tag_object or self.remote_refs["refs/tags/" .. decision.tag] ~= decision.tag_object then
      return false
    end
  end
  return true
end

-- Is all of it so already? A release that goes to the remote is done when the remote has it, whatever this clone holds.
-- What the forge holds apply asks, operation by operation.
---@return "released"|"prepared"|false|nil, problem
local function is_settled(context, self)
  local here, trouble = context.world:local_refs "refs/tags/"
  if not here then return nil, trouble end
  if self.half == "prepare" and self.remote_refs and is_published(self) then return "released" end
  for _, op in ipairs(self.ops) do
    if op.stage == "forge" then return false end
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
  return self.half == "prepare" and "prepared" or "released"
end

local function name_versions(list)
  local names = {}
  for i = 1, math.min(#list, 4) do names[i] = list[i].package.name .. " " .. list[i].version.text end
  return table.concat(names, ", ") .. (#list > 4 and (" and %d more"):format(#list - 4) or "")
end

-- Only what has its tags is called released: workflows take "nothing to do" for success.
local function refuse_settled(context, self, settled)
  local lane, names = context.lane, name_versions(self.released)
  if settled == "released" then
    return problem.refuse("nothing", ("nothing to do in lane %s: %s@%s is released already as %s"):format(lane.name,
      text.line(lane.base), self.base.oid:sub(1, 12), names))
  end
  local number = self.remote_refs and prepared.number_of(context, self.tip)
  local one = #self.released == 1
  return problem.refuse("nothing", ("nothing to do in lane %s: %s %s prepared %s, not published"):format(lane.name, names,
    one and "is" or "are", number and ("as pull request #%d"):format(number)
    or ("as branch %s of this clone"):format(text.line(self.branch))),
    ("%s it with: relrun %s %s %s"):format(number and "publish" or "send", number and "publish" or "prepare",
      text.line(context.model.source), lane.name))
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
  if settled then return refuse_settled(context, self, settled) end
  for _, line in ipairs(self.warnings) do context.warn(line) end
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
      skip_base_sync_check = context.flags.skip_base_sync_check or false,
      unprotected = context.flags.unprotected or nil },
    remote = context.model.release.remote, half = context.half, forge = context.forge_record,
    base = { branch = context.lane.base, commit = self.base.oid, time = self.base.time },
    branch = self.branch, tip = self.tip, packages = evidence_list, gates = context.list(context.verdicts),
    warnings = context.list(context.warnings), facts = facts_of(context, self), ops = self.ops,
    tape = context.tape_digest(),
  }
end

return plan
