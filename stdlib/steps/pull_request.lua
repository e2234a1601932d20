--- Step `pull_request`: what prepare ends in and what publish begins with. Prepare opens it, or refreshes the one that
-- is open, with the lock on its head: a pending status that the forge requires, so that nobody can merge what is not
-- released yet. Publish says that it is at work, and at the end frees the lock and merges, pinned to the very head.
-- The operations: `pull_request` opens or refreshes; `supersede` closes an older one and `merge` merges, in files of their
-- own; the lock is made of `status`.

local lock_words = require "lock_words"
local merge = require "steps.merge"
local mergeable = require "mergeable"
local notes = require "notes"
local prepared = require "prepared"
local problem = require "problem"
local pull_body = require "pull_body"
local shape = require "shape"
local supersede = require "steps.supersede"
local superseded = require "superseded"
local text = require "text"

local pull_request = { word = "pull_request", ops = {} }

-- The versions that are released, for a title or a status.
local function what(builder)
  local names = {}
  for i = 1, math.min(#builder.released, 3) do
    local decision = builder.released[i]
    names[i] = decision.package.name .. " " .. decision.version.text
  end
  return table.concat(names, ", ") .. (#builder.released > 3 and (" and %d more"):format(#builder.released - 3) or "")
end

local function body_of(builder, step)
  if step.body then return builder:render(step.body, builder:places_of_all()) end
  return notes.together(builder, builder.released)
end

-- Where the notes stand that were too long for the pull request.
local function rest_of(builder)
  local package = #builder.released == 1 and builder.released[1].package
  local file = package and package.style and package.style.file
  if not (file and builder.repository and builder.lane.step.changelog) then
    return "The rest stands in the commits of this pull request."
  end
  local path = package.path == "" and file or package.path .. "/" .. file
  return ("The rest stands in [%s](%s/blob/%s/%s)."):format(path, builder.repository, builder.tip, path)
end

-- What the forge is asked of a merge of this lane.
local function wanted_of(builder, step)
  local base = builder.lane.base
  return { base = base, base_oid = builder.remote_refs["refs/heads/" .. base], method = step.method, lock = step.lock }
end

local function is_open(builder) return not builder.pull or builder.pull.state == "open" end

local function is_out_already(builder) return prepared.is_tagged(builder.remote_refs, builder.tip) end

-- A forge that does not merge as relrun does would leave the tag outside the base branch, and a lock that this token cannot
-- free would hold for ever: that is heard before the tag is out. What is out already goes on as far as it can.
local function check_branch(builder, step)
  if not is_open(builder) then return true end
  local wanted, objection = wanted_of(builder, step), false
  local trouble
  if step.lock then
    objection, trouble, builder.lock_app = mergeable.lock(builder.forge, wanted)
    if objection == nil then return nil, trouble end
  end
  if not objection and builder.lane.merge ~= "never" then
    objection, trouble = mergeable.branch(builder.forge, wanted)
    if objection == nil then return nil, trouble end
  end
  if not objection or is_out_already(builder) then return true end
  return nil, objection
end

-- What is published, as the forge tells it now.
local function as_it_stands(builder)
  local now, trouble = builder.forge("pull", builder.pull.number)
  if now ~= false then return now, trouble end
  return problem.refuse("error", ("the forge has no pull request #%d any more"):format(builder.pull.number),
    "run the same command again; where it is gone, prepare anew: relrun prepare")
end

-- Whoever resolved a conflict after the release would make another head than the one that was released; so it is heard
-- before. What is out already goes on as far as it can.
local function check_mergeable(builder)
  local lane, pull = builder.lane, builder.pull
  if lane.merge == "never" or pull.state ~= "open" or is_out_already(builder) then return true end
  local now, trouble = as_it_stands(builder)
  if not now then return nil, trouble end
  if now.mergeable ~= false then return true end
  return problem.refuse("denied", ("pull request #%d conflicts with %s, and could not be merged %s"):format(pull.number,
    text.line(lane.base), lane.merge == "before" and "to release it" or "after its release"), "prepare anew: relrun prepare")
end

-- Which release it is, for the mark in its text.
local function release_of(builder)
  local names = {}
  for i, decision in ipairs(builder.released) do names[i] = decision.package.name end
  return { lane = builder.lane.name, packages = names }
end

-- Notes that a person edited are kept, so that nobody but people can add what is new.
local function warn_of_edited(builder, body)
  local pulls, trouble = builder.forge("pulls", { state = "open", base = builder.lane.base })
  if not pulls then return nil, trouble end
  for _, pull in ipairs(pulls) do
    local lines = pull.same_repository and pull.head.branch == builder.branch
      and pull_body.lacking(pull.body, body, builder.sha256) or {}
    if #lines > 0 then
      builder:warn(("the notes of pull request #%d were edited by hand and are kept; they lack %s that relrun would write now%s: %s"):format(
        pull.number, text.plural(#lines, "line"), #lines > 1 and ", the first" or "", text.shorten(text.line(lines[1]), 60)))
    end
  end
  return true
end

-- There is one release pull request of a lane: the older ones are closed when the new one is there.
local function plan_superseded(builder, step, newer)
  local older, trouble = superseded.find(builder)
  if not older then return nil, trouble end
  for _, pull in ipairs(older) do
    if pull_body.is_edited(pull.body, builder.sha256) then
      builder:warn(("the notes of pull request #%d were edited by hand, and the pull request that takes its place does not have them; take over what is to stay"):format(
        pull.number))
    end
    builder:op("forge", "supersede", "compensable", { pull = pull.number, head = pull.head.branch, base = pull.base.branch,
      oid = pull.head.oid, remote = builder.model.release.remote, lock = step.lock or nil, by = newer.id,
      by_what = what(builder) .. " is prepared", optional = true })
  end
  return true
end

local function post(builder, args)
  args.app = builder.lock_app
  return builder.steps.status.post(builder, args)
end

--- Prepare: the pull request, and the lock on its head.
function pull_request.plan(builder, step)
  if builder.tip == builder.base.oid then
    return problem.refuse("denied", ("there is nothing to commit: %s says %s already"):format(
      text.line(builder.lane.base), what(builder)),
      "a pull request that was merged before its release is published by relrun publish --pull-request N")
  end
  local ok, trouble = check_branch(builder, step)
  if not ok then return nil, trouble end
  local title
  title, trouble = builder:render(step.title, builder:places_of_all())
  if not title then return nil, trouble end
  local body
  body, trouble = body_of(builder, step)
  if not body then return nil, trouble end
  local hint = ("Prepared by relrun from %s. An approval of this very head (%s) starts the release; the check `%s` passes when it is public.")
    :format(builder.base.oid:sub(1, 12), builder.tip:sub(1, 12), step.lock or "release")
  local was_cut
  body, was_cut = pull_body.compose(body, hint, release_of(builder), builder.sha256, rest_of(builder))
  if was_cut then
    builder:warn(("the notes are longer than the %d characters that a pull request may have; they are cut behind a line"):format(
      pull_body.LONGEST))
  end
  ok, trouble = warn_of_edited(builder, body)
  if not ok then return nil, trouble end
  local newer = builder:op("forge", "pull_request", "compensable", {
    title = text.shorten(text.line(title), 250), body = body,
    head = builder.branch, base = builder.lane.base, oid = builder.tip, labels = builder.list(step.labels or {}),
    draft = step.draft,
  })
  -- A success that stands there before the tags do is none of ours (somebody had another pull request at this commit),
  -- unless the lane frees its lock in order to merge.
  if step.lock then
    post(builder, { oid = builder.tip, context = step.lock, state = "pending", passed = builder.lane.merge == "before" or nil,
      description = ("%s%s; passes when it is released"):format(lock_words.PREPARED, what(builder)) })
  end
  return plan_superseded(builder, step, newer)
end

--- Publish, first: the lock says that the release is under way, and is told when it stops.
function pull_request.plan_start(builder, step)
  local ok, trouble = check_branch(builder, step)
  if ok then ok, trouble = check_mergeable(builder) end
  if not ok then return nil, trouble end
  if step.lock then
    post(builder, { oid = builder.tip, context = step.lock, state = "pending", passed = true, watch = true,
      description = lock_words.UNDER_WAY .. what(builder) })
  end
  return true
end

--- Publish, before a lane that merges last releases anything: would the forge merge this head, were its lock free? Asked
-- after the gates, whose words about the same reviews and checks are those of the spec.
function pull_request.check(builder)
  local lane, pull = builder.lane, builder.pull
  if lane.merge ~= "after" or pull.state ~= "open" or is_out_already(builder) then return true end
  local now, trouble = as_it_stands(builder)
  if not now then return nil, trouble end
  local objection
  objection, trouble = mergeable.pull(builder.forge, wanted_of(builder, lane.step.pull_request), now)
  if objection == nil then return nil, trouble end
  if objection then return nil, objection end
  local rules
  rules, trouble = builder.forge("rules", lane.base)
  if not rules then return nil, trouble end
  local words = mergeable.warning(rules.merge, lane.base)
  if words then builder:warn(words) end
  return true
end

--- Publish, last (or, where the lane merges in order to release, before the tags): the lock is freed and the pull
-- request merged.
function pull_request.plan_merge(builder, step)
  if step.lock then
    local before = builder.lane.merge == "before"
    post(builder, { oid = builder.tip, context = step.lock, state = "success",
      description = before and lock_words.APPROVED .. what(builder)
        or what(builder) .. " is released" })
  end
  if builder.lane.merge == "never" then return true end
  builder:op("forge", "merge", "irreversible", { pull = builder.pull.number, oid = builder.tip, method = step.method,
    base = builder.lane.base, remote = builder.model.release.remote, lock = step.lock or nil,
    last = builder.lane.merge == "after" or nil })
  return true
end

local function open_pull(op, doors)
  local forge, trouble = doors.forge()
  if not forge then return nil, trouble end
  local pulls
  pulls, trouble = forge:pulls { state = "open", head = op.args.head, base = op.args.base }
  if not pulls then return nil, trouble end
  for _, pull in ipairs(pulls) do
    if pull.same_repository then return pull, nil, forge end
  end
  return false, nil, forge
end

local function missing_labels(pull, wanted)
  local has, missing = {}, {}
  for _, label in ipairs(pull.labels) do has[label] = true end
  for _, label in ipairs(wanted) do
    if not has[label] then missing[#missing + 1] = label end
  end
  return missing
end

-- What of an open pull request is not as the plan says: { title =, body = } or nil.
local function changes_of(op, pull, doors)
  local title = pull.title ~= op.args.title and op.args.title or nil
  local body = pull_body.renewed(pull.body, op.args.body, doors.sha256)
  return (title or body) and { title = title, body = body } or nil
end

pull_request.ops.pull_request = {
  shape = { title = shape.line, body = shape.text, head = shape.name, base = shape.name, oid = shape.oid,
    labels = shape.list(shape.line), draft = shape.flag },
  can = "pulls",
  describe = function (op)
    return ("pull request \"%s\"\n  %s -> %s"):format(text.line(op.args.title), text.line(op.args.head),
      text.line(op.args.base))
  end,
  probe = function (op, doors)
    local pull, trouble = open_pull(op, doors)
    if pull == nil then return nil, trouble end
    if not pull then return "ABSENT" end
    local result = { number = pull.number, url = pull.url }
    if changes_of(op, pull, doors) or #missing_labels(pull, op.args.labels) > 0 then return "ABSENT", nil, result end
    return "DONE", nil, result
  end,
  perform = function (op, doors)
    local pull, trouble, forge = open_pull(op, doors)
    if pull == nil then return nil, trouble end
    if not pull then
      pull, trouble = forge:create_pull { title = op.args.title, body = op.args.body, head = op.args.head,
        base = op.args.base, draft = op.args.draft }
      -- An answer that was lost: one that is there now is the one that was asked for, and may lack its labels yet.
      if not pull and trouble.kind == "unknown" then pull = open_pull(op, doors) end
      if not pull then return nil, trouble end
    end
    local changes = changes_of(op, pull, doors)
    if changes then
      local ok
      ok, trouble = forge:update_pull(pull.number, changes)
      if not ok then return nil, trouble end
    end
    local labels = missing_labels(pull, op.args.labels)
    if #labels > 0 then
      local ok
      ok, trouble = forge:add_labels(pull.number, labels)
      if not ok then return nil, trouble end
    end
    return { number = pull.number, url = pull.url }
  end,
}

pull_request.ops.supersede = supersede
pull_request.ops.merge = merge

return pull_request
