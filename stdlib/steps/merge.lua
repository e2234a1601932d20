--- The operation `merge`: the pull request of a release is merged, pinned to the very head that is released, last or in
-- order to release. It is done only where the base holds that head, and while nothing is out, it is looked at first
-- whether the forge would merge it at all. A part of the step `pull_request`.

local holds = require "forge".holds
local mergeable = require "mergeable"
local prepared = require "prepared"
local problem = require "problem"
local shape = require "shape"
local text = require "text"

-- Are the tags on the remote that this pull request brings to its base?
local function is_out(op, doors)
  local refs, trouble = doors.remote_refs(op.args.remote)
  if not refs then return nil, trouble end
  return prepared.is_tagged(refs, op.args.oid)
end

-- The way out where the base does not take what is released already: neither may change, so a third commit joins them, in
-- a pull request that is no release. `before` and `after` the merge is what else is done.
local function bring_along(op, before, after)
  return ("what was released stays so: %s`git merge %s` into a new branch of %s, %sand open a pull request of it"):format(
    before or "", op.args.oid:sub(1, 12), text.line(op.args.base), after or "")
end

local function asking(forge)
  return function (method, ...) return forge[method](forge, ...) end
end

-- Where the base branch is on the remote, and what is wanted of its forge.
local function base_of(op, doors)
  local refs, trouble = doors.remote_refs(op.args.remote)
  if not refs then return nil, trouble end
  local base = op.args.base
  if not refs["refs/heads/" .. base] then
    return problem.refuse("error", ("remote '%s' has no branch '%s'"):format(text.line(op.args.remote), text.line(base)))
  end
  return { base = base, base_oid = refs["refs/heads/" .. base], method = op.args.method, lock = op.args.lock or false }
end

-- A merged pull request is done when the base holds its head; who squashed or rebased it left the tag outside. `merged` is
-- our own merge of this very run.
local function probe_merged(op, doors, forge, merged)
  if merged or op.args.method ~= "merge" then return "DONE" end
  local wanted, trouble = base_of(op, doors)
  if not wanted then return nil, trouble end
  local found
  found, trouble = forge:compare(op.args.oid, wanted.base_oid)
  if not found then return nil, trouble end
  if holds(found) then return "DONE" end
  local out
  out, trouble = is_out(op, doors)
  if out == nil then return nil, trouble end
  local squashed = problem.new("denied", ("pull request #%d was merged without its head %s (squashed or rebased), so %s does not hold it")
    :format(op.args.pull, op.args.oid:sub(1, 12), text.line(op.args.base)),
    out and bring_along(op) or "undo that merge, and prepare anew: relrun prepare")
  squashed.final = true
  return nil, squashed
end

-- What stands against the merge while nothing is out, in words; false where nothing does.
local function objection_to(op, doors, forge, pull)
  if pull.mergeable ~= false and not op.args.last then return false end
  local out, trouble = is_out(op, doors)
  if out == nil then return nil, trouble end
  if out then return false end
  if pull.mergeable == false then return ("pull request #%d conflicts with %s"):format(op.args.pull, text.line(op.args.base)) end
  local wanted
  wanted, trouble = base_of(op, doors)
  if not wanted then return nil, trouble end
  local objection
  objection, trouble = mergeable.pull(asking(forge), wanted, pull)
  if objection == nil then return nil, trouble end
  return objection and objection.text
end

-- What helps where the forge refused the merge; nil where its own words must do.
local function remedy(op, doors, forge)
  local pull = forge:pull(op.args.pull)
  if not pull or pull.state ~= "open" then return nil end
  local conflicts, out = pull.mergeable == false, is_out(op, doors)
  local wanted = base_of(op, doors)
  if not conflicts and not (out and wanted and mergeable.is_behind(asking(forge), wanted, pull)) then return nil end
  if not out then return "prepare anew: relrun prepare" end
  return bring_along(op, ("close #%d, "):format(op.args.pull), conflicts and "resolve the conflict there, " or nil)
end

return {
  shape = { pull = shape.count, oid = shape.oid, method = shape.one_of("merge", "squash", "rebase"), base = shape.name,
    remote = shape.name, lock = shape.maybe(shape.line), last = shape.maybe(shape.flag) },
  can = "merge",
  describe = function (op)
    return ("merge pull request #%d at %s into %s"):format(op.args.pull, op.args.oid:sub(1, 12), text.line(op.args.base))
  end,
  probe = function (op, doors, results)
    local forge, trouble = doors.forge()
    if not forge then return nil, trouble end
    local pull
    pull, trouble = forge:pull(op.args.pull)
    if pull == nil then return nil, trouble end
    if not pull then return "DIFFERS", ("there is no pull request #%d"):format(op.args.pull) end
    if pull.head.oid ~= op.args.oid then
      return "DIFFERS", ("the head of pull request #%d is %s, and what is released is %s"):format(op.args.pull,
        pull.head.oid:sub(1, 12), op.args.oid:sub(1, 12))
    elseif pull.base.branch ~= op.args.base then
      return "DIFFERS", ("pull request #%d goes into %s, and what is released belongs on %s"):format(op.args.pull,
        text.line(pull.base.branch), text.line(op.args.base))
    end
    if pull.state == "merged" then return probe_merged(op, doors, forge, results and results[op.id]) end
    if pull.state == "closed" then return "DIFFERS", ("pull request #%d was closed"):format(op.args.pull) end
    local words
    words, trouble = objection_to(op, doors, forge, pull)
    if words == nil then return nil, trouble end
    if words then return "DIFFERS", words end
    return "ABSENT"
  end,
  perform = function (op, doors)
    local forge, trouble = doors.forge()
    if not forge then return nil, trouble end
    local merged
    merged, trouble = forge:merge_pull(op.args.pull, { oid = op.args.oid, method = op.args.method })
    if merged or trouble.kind ~= "denied" then return merged, trouble end
    trouble.todo = remedy(op, doors, forge) or trouble.todo
    return nil, trouble
  end,
}
