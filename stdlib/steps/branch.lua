--- Step `branch`: the release branch, made or reset at the base commit and moved to the last release commit.
-- The operation `branch` sets a local branch by compare-and-swap. Where the lane has no branch step, the base branch
-- itself is the release branch, and the work tree that stands on it follows (operation `work_tree`). Another work tree of
-- this repository would not: a branch on which one stands is left where it is, as git does.

local problem = require "problem"
local shape = require "shape"
local template = require "template"
local text = require "text"
local work_trees = require "work_trees"

local branch = { word = "branch", ops = {} }

--- The name of the release branch: a template over the base commit's date and id, or the base branch.
---@return string|nil name, problem
function branch.name(builder)
  local step = builder.lane.step.branch
  if not step then return builder.lane.base end
  local compiled = template.compile(step.name, { "date", "sha", "lane", "version" })
  local one = builder.released[1]
  if #builder.released > 1 and compiled:has "version" then
    return problem.refuse("error", ("branch '%s' names one version, and %d packages are released"):format(
      text.line(step.name), #builder.released), "name it by {date} or {sha}, or by the lane alone")
  end
  return compiled:render { version = one and one.version.text or "", date = builder.date:gsub("-", ""), sha = builder.base.oid:sub(1, 12),
    lane = builder.lane.name }
end

-- The first branch that git cannot keep beside `ref`: one of the two would be a file and a directory at once.
local function rival_of(ref, refs)
  local found
  for name in pairs(refs) do
    if (name:sub(1, #ref + 1) == ref .. "/" or ref:sub(1, #name + 1) == name .. "/") and (not found or name < found) then
      found = name
    end
  end
  return found
end

function branch.plan(builder)
  local ref = "refs/heads/" .. builder.branch
  local heads, trouble = builder.world:local_refs "refs/heads/"
  if not heads then return nil, trouble end
  local head
  head, trouble = builder.world:head()
  if not head then return nil, trouble end
  local own = builder.lane.step.branch ~= nil
  local checked_out = head.ref == ref and not head.bare
  if own and checked_out then
    return problem.refuse("denied",
      ("branch '%s' is checked out here, and releases reset it"):format(text.line(builder.branch)),
      ("switch away from it: git switch %s"):format(text.line(builder.lane.base)))
  end
  local rival = rival_of(ref, heads)
  if rival then
    return problem.refuse("error", ("branch '%s' cannot be made beside branch '%s': git keeps both as paths"):format(
      text.line(builder.branch), text.line(rival:sub(12))), "rename one of them")
  end
  rival = builder.flags.push and rival_of(ref, builder.remote_refs)
  if rival then
    return problem.refuse("error",
      ("branch '%s' cannot be made on the remote beside its branch '%s': git keeps both as paths"):format(
      text.line(builder.branch), text.line(rival:sub(12))), "rename one of them, or delete the one on the remote")
  end
  -- A branch of the base that this clone does not have is the remote's affair alone.
  if not own and not heads[ref] then return true end
  -- Publish moves no branch of this clone; and what stays where it is may be looked at.
  if heads[ref] and heads[ref] ~= builder.tip and builder.half ~= "publish" then
    local folder
    folder, trouble = builder.world:standing_on(ref)
    if trouble then return nil, trouble end
    if folder then return work_trees.refuse(ref, folder) end
  end
  builder:op("local", "branch", "reversible", { ref = ref, to = builder.tip }, { ref = heads[ref] })
  if checked_out and builder.tip ~= builder.base.oid then
    builder:op("local", "work_tree", "reversible", { from = builder.base.oid, to = builder.tip })
  end
  return true
end

branch.ops.branch = {
  shape = { ref = shape.branch, to = shape.oid },
  describe = function (op)
    local name = op.args.ref:sub(12)
    if op.pre.ref == op.args.to then return ("branch %s is at %s"):format(name, op.args.to:sub(1, 12)) end
    if not op.pre.ref then return ("make branch %s at %s"):format(name, op.args.to:sub(1, 12)) end
    return ("move branch %s from %s to %s"):format(name, op.pre.ref:sub(1, 12), op.args.to:sub(1, 12))
  end,
  probe = function (op, doors)
    local now = doors.local_ref(op.args.ref)
    if now == op.args.to then return "DONE" end
    if now == op.pre.ref then
      if not now then return "ABSENT" end
      local folder, trouble = doors.git:standing_on(op.args.ref)
      if folder == nil then return nil, trouble end
      if folder then return "DIFFERS", work_trees.objection(op.args.ref, folder) end
      return "ABSENT"
    end
    local name, planned = op.args.ref:sub(12), op.pre.ref and op.pre.ref:sub(1, 12)
    if not now then return "DIFFERS", ("this clone has no branch %s, and the plan was made where it is at %s"):format(name, planned) end
    if not planned then
      return "DIFFERS", ("branch %s is at %s, and the plan was made where there was none"):format(name, now:sub(1, 12))
    end
    return "DIFFERS", ("branch %s is at %s, not at %s"):format(name, now:sub(1, 12), planned)
  end,
  perform = function (op, doors, _, begun)
    local folder, trouble = false, nil
    if op.pre.ref then folder, trouble = doors.git:standing_on(op.args.ref) end
    if folder == nil then return nil, trouble end
    if folder then return work_trees.refuse(op.args.ref, folder) end
    return doors.set_ref(op.args.ref, op.args.to, op.pre.ref, "relrun: release", begun == "here")
  end,
}

branch.ops.work_tree = {
  shape = { from = shape.oid, to = shape.oid },
  describe = function (op) return ("bring the work tree from %s to %s"):format(op.args.from:sub(1, 12),
    op.args.to:sub(1, 12)) end,
  probe = function (op, doors)
    if not doors.repo:read(op.args.to) then return "ABSENT" end
    local same, trouble = doors.git:index_is(op.args.to)
    if trouble then return nil, trouble end
    return same and "DONE" or "ABSENT"
  end,
  perform = function (op, doors) return doors.git:read_tree(op.args.from, op.args.to) end,
}

return branch
