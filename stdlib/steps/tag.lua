--- Step `tag`: a tag for every released package, at the last release commit. Tag objects are built while planning,
-- with the base commit's date. The operation `tag` makes the tag in this clone; it never moves one.

local problem = require "problem"
local shape = require "shape"
local template = require "template"
local text = require "text"

local tag = { word = "tag", ops = {} }

-- The bytes of a tag object (gitformat-tag).
local function encode(args)
  return ("object %s\ntype commit\ntag %s\ntagger %s\n\n%s"):format(args.target, args.tag, args.tagger, args.message)
end

--- Refuses what no tag can be named.
---@param name string
---@return true|nil, problem
function tag.check(name)
  local ok, message = template.tag_ok(name)
  if ok then return true end
  return problem.refuse("spec", ("tag '%s': %s"):format(text.line(name), message))
end

--- Tags one package.
function tag.plan(builder, decision, step)
  local ok, trouble = tag.check(decision.tag)
  if not ok then return nil, trouble end
  local args = { tag = decision.tag, ref = "refs/tags/" .. decision.tag, target = builder.tip,
    package = decision.package.name, version = decision.version.text }
  if step.annotated then
    local words
    words, trouble = builder:render(step.message, builder:places(decision))
    if not words then return nil, trouble end
    if words:find("%z") then return problem.refuse("error",
      ("tag %s: its message holds a NUL byte"):format(decision.tag)) end
    args.message = words:gsub("\n*$", "\n")
    args.tagger = ("%s %d +0000"):format(builder.identity, builder.time)
    local oid, refusal = builder.world:hash("tag", encode(args))
    if not oid then return problem.refuse("error", refusal) end
    args.object = oid
  else
    args.object = builder.tip
  end
  decision.tag_object = args.object
  builder:op("local", "tag", "reversible", args)
  return true
end

tag.ops.tag = {
  shape = { tag = shape.text, package = shape.text, version = shape.text, ref = shape.tag, target = shape.oid,
    object = shape.oid, message = shape.maybe(shape.message), tagger = shape.maybe(shape.line) },
  wrong = function (args)
    if args.ref ~= "refs/tags/" .. args.tag then return "ref", "it is not the tag's" end
    if (args.message == nil) ~= (args.tagger == nil) then return "tagger", "a message and a tagger come together" end
  end,
  describe = function (op) return ("tag %s at %s"):format(op.args.tag, op.args.target:sub(1, 12)) end,
  probe = function (op, doors)
    local now = doors.local_ref(op.args.ref)
    if now == op.args.object then return "DONE" end
    if not now then return "ABSENT" end
    return "DIFFERS",
      ("tag %s exists in this clone at %s, and relrun never moves a tag; if it is wrong: git tag -d %s"):format(
        op.args.tag, now:sub(1, 12), text.word(op.args.tag))
  end,
  perform = function (op, doors, _, begun)
    if op.args.message then
      local oid, message = doors.repo:write("tag", encode(op.args))
      if not oid then return problem.refuse("error", ("tag %s: %s"):format(op.args.tag, message)) end
      if oid ~= op.args.object then return problem.refuse("stale",
        ("tag %s is %s, and the plan says %s"):format(op.args.tag, oid:sub(1, 12), op.args.object:sub(1, 12))) end
    end
    return doors.set_ref(op.args.ref, op.args.object, nil, "relrun: release", begun == "here")
  end,
}

return tag
