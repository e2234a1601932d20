--- Step `comment`: a comment on the pull request that was released. The operation `comment` writes it once: a mark that
-- nobody sees holds the digest of its text and of the release, and what bears it is not written again.

local problem = require "problem"
local shape = require "shape"
local text = require "text"

local comment = { word = "comment", on_forge = true, ops = {} }

local MARK = "<!-- relrun comment sha256:%s -->"

-- GitHub's limit of a comment is 65,536 characters.
local LONGEST = 65000

--- One comment, on the lane's pull request.
function comment.plan(builder, step)
  local words, trouble = builder:render(step.body, builder:places_of_all())
  if not words then return nil, trouble end
  if not words:find "%S" then
    return problem.refuse("spec", ("%s:%s: the body of the comment is empty"):format(builder.model.source,
      tostring(step.line)))
  end
  if (utf8.len(words) or #words) > LONGEST then
    return problem.refuse("error", ("%s:%s: the comment is longer than %d characters"):format(builder.model.source,
      tostring(step.line), LONGEST), "say less, and link to the rest")
  end
  local lines = { words }
  for _, decision in ipairs(builder.released) do
    lines[#lines + 1] = decision.tag .. " " .. (decision.tag_object or builder.tip)
  end
  local mark = MARK:format(builder.sha256(table.concat(lines, "\n")))
  builder:op("forge", "comment", "compensable", { pull = builder.pull.number, mark = mark,
    body = words:gsub("%s+$", "") .. "\n\n" .. mark, optional = step.optional or nil })
  return true
end

comment.ops.comment = {
  shape = { pull = shape.count, body = shape.message, mark = shape.line, optional = shape.maybe(shape.flag) },
  wrong = function (args)
    if args.mark ~= MARK:format(args.mark:match "%x+ %-%->$" and args.mark:match "(%x+) %-%->$" or "") then
      return "mark", "it is no mark of relrun's"
    end
    if args.body:sub(-#args.mark) ~= args.mark then return "body", "it does not end in the mark" end
  end,
  describe = function (op)
    local first = op.args.body:match "^[^\n]*"
    return ("comment on pull request #%d: \"%s\""):format(op.args.pull, text.shorten(text.line(first), 60))
  end,
  probe = function (op, doors)
    local forge, trouble = doors.forge()
    if not forge then return nil, trouble end
    local list
    list, trouble = forge:comments(op.args.pull)
    if not list then return nil, trouble end
    for _, one in ipairs(list) do
      if one.body:find(op.args.mark, 1, true) then return "DONE" end
    end
    return "ABSENT"
  end,
  perform = function (op, doors)
    local forge, trouble = doors.forge()
    if not forge then return nil, trouble end
    return forge:comment(op.args.pull, op.args.body)
  end,
}

return comment
