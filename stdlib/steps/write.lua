--- Step `write`: a rendered file in the release commits. It makes no operation of its own.

local problem = require "problem"
local template = require "template"
local text = require "text"

local write = { word = "write", ops = {} }

-- Writes the file of one package. `step` is the record of the spec.
local function render(builder, decision, step)
  local places = builder:places(decision)
  local path = template.compile(step.path, builder.PLACES):render(places)
  if decision.package.path ~= "" then path = decision.package.path .. "/" .. path end
  local content, trouble = builder:render(step.content, places)
  if not content then return nil, trouble end
  local found
  found, trouble = builder.workspace:read(path)
  if trouble then return nil, trouble end
  if not utf8.len(content) then
    return problem.refuse("error", ("%s: the rendered text is not UTF-8"):format(text.line(path)))
  end
  local now = found and found.bytes or ""
  if found and now == content then return true end
  return builder.workspace:edit(path, { { at = 0, remove = #now, insert = content } })
end

--- The edit of one package's file; see bump.edits.
function write.edits(builder, decision, step)
  return { { message = step.message, write = function () return render(builder, decision, step) end } }
end

return write
