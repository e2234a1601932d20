--- Step `commit`: the release commits, built while planning. Their ids are known before anything is written,
-- because the dates come from the base commit. The operation `commit` stores the objects of one commit.

local files = require "files"
local problem = require "problem"
local shape = require "shape"
local skip_ci = require "skip_ci"
local text = require "text"

local commit = { word = "commit", ops = {} }

-- The bytes of a commit object (gitformat-commit): what git hashes.
local function encode(args)
  local lines = { "tree " .. args.tree }
  for _, parent in ipairs(args.parents) do lines[#lines + 1] = "parent " .. parent end
  lines[#lines + 1] = "author " .. args.author
  lines[#lines + 1] = "committer " .. args.committer
  return table.concat(lines, "\n") .. "\n\n" .. args.message
end

--- Commits the pending edits with this message on top of the builder's tip; without edits nothing is made.
function commit.plan(builder, message)
  local edits = builder.workspace:take()
  if #edits == 0 then return true end
  if message:find("%z") then return problem.refuse("error", "the commit message holds a NUL byte") end
  local ok, refused = skip_ci.judge(builder, message)
  if not ok then return nil, refused end
  local tree, trouble = builder.workspace:tree(builder.base.tree)
  if not tree then return nil, trouble end
  local signature = ("%s %d +0000"):format(builder.identity, builder.time)
  local args = {
    tree = tree, parents = { builder.tip }, author = signature, committer = signature,
    message = message:gsub("\n*$", "\n"), edits = edits,
  }
  local oid, refusal = builder.world:hash("commit", encode(args))
  if not oid then return problem.refuse("error", refusal) end
  args.commit = oid
  builder:op("local", "commit", "reversible", args)
  builder.tip = oid
  return true
end

local function subject(op) return text.line(op.args.message:match("^[^\n]*")) end

-- The bytes that an edit makes of those before it: from the edits of this commit, or from the object store.
local function edited(doors, known, edit)
  local before = ""
  if edit.before then
    before = known[edit.before]
    if not before then
      local _, bytes = doors.repo:read(edit.before)
      if not bytes then return problem.refuse("stale",
        ("%s: its object %s is not here"):format(text.line(edit.path), edit.before:sub(1, 12)),
        "fetch the base branch") end
      before = bytes
    end
  end
  return files.splice(before, edit.splices)
end

local SPLICE = { at = shape.count, remove = shape.count, insert = shape.text }
local EDIT = { path = shape.path, mode = shape.mode, before = shape.maybe(shape.oid), after = shape.oid,
  splices = shape.list(SPLICE) }

commit.ops.commit = {
  shape = { tree = shape.oid, parents = shape.list(shape.oid, 1), author = shape.line, committer = shape.line,
    message = shape.message, edits = shape.list(EDIT, 1), commit = shape.oid },
  -- Splices that do not stand in order, or overlap, would make what depends on who reads them.
  wrong = function (args)
    for _, edit in ipairs(args.edits) do
      local past = 0
      for _, splice in ipairs(edit.splices) do
        if splice.at < past then return "edits", "the splices are not in order" end
        past = splice.at + splice.remove
      end
    end
  end,
  describe = function (op)
    local lines = { ("commit %s  %s"):format(op.args.commit:sub(1, 12), subject(op)) }
    local seen = {}
    for _, edit in ipairs(op.args.edits) do
      if not seen[edit.path] then lines[#lines + 1] = ("  %s %s"):format(edit.before and "edit" or "add ",
        text.line(edit.path)) end
      seen[edit.path] = true
    end
    return table.concat(lines, "\n")
  end,
  probe = function (op, doors)
    return doors.repo:read(op.args.commit) and "DONE" or "ABSENT"
  end,
  perform = function (op, doors)
    local known, last, order = {}, {}, {}
    for _, edit in ipairs(op.args.edits) do
      local bytes, trouble = edited(doors, known, edit)
      if not bytes then return nil, trouble end
      known[edit.after] = bytes
      if not last[edit.path] then order[#order + 1] = edit.path end
      last[edit.path] = edit
    end
    local changes = {}
    for i, path in ipairs(order) do
      local edit = last[path]
      local oid, message = doors.repo:write("blob", known[edit.after])
      if not oid then return problem.refuse("error", ("%s: %s"):format(text.line(path), message)) end
      if oid ~= edit.after then return problem.refuse("stale",
        ("%s: the edit gives %s, and the plan says %s"):format(text.line(path), oid:sub(1, 12),
        edit.after:sub(1, 12))) end
      changes[i] = { path = path, mode = edit.mode, oid = oid }
    end
    local parent, message = doors.repo:commit(op.args.parents[1])
    if not parent then return problem.refuse("stale", ("commit %s is not here: %s"):format(op.args.parents[1]:sub(1,
      12), message), "fetch the base branch") end
    local tree
    tree, message = doors.repo:edit_tree(parent.tree, changes, { write = true })
    if not tree then return problem.refuse("error", message) end
    if tree ~= op.args.tree then return problem.refuse("stale",
      ("the edits give tree %s, and the plan says %s"):format(tree:sub(1, 12), op.args.tree:sub(1, 12))) end
    local oid
    oid, message = doors.repo:write("commit", encode(op.args))
    if not oid then return problem.refuse("error", message) end
    if oid ~= op.args.commit then return problem.refuse("stale",
      ("the commit is %s, and the plan says %s"):format(oid:sub(1, 12), op.args.commit:sub(1, 12))) end
    return true
  end,
}

return commit
