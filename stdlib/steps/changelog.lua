--- Step `changelog`: writes the section of the new version into every released package's changelog. It makes no
-- operation of its own: its edits go into the release commits.

local changelog = require "changelog"
local notes = require "notes"
local problem = require "problem"
local text = require "text"

local step = { word = "changelog", ops = {} }

local function write(builder, decision, record)
  local path = decision.package.path == "" and record.file or decision.package.path .. "/" .. record.file
  local style, entry = notes.style(record), notes.entry(builder, decision)
  local section, refusal = changelog.render(style, entry)
  if not section then return problem.refuse("error", ("%s: %s"):format(text.line(path), refusal)) end
  local found, trouble = builder.workspace:read(path)
  if trouble then return nil, trouble end
  local splices, message = changelog.insert(found and found.bytes, style, section,
    { version = entry.version, title = "Changelog", definitions = changelog.definitions(style, entry) })
  if not splices then
    return problem.refuse("error", ("%s: %s"):format(text.line(path), message), "remove it, or release another version")
  end
  return builder.workspace:edit(path, splices)
end

--- The edit of one package's changelog; see bump.edits.
function step.edits(builder, decision, record)
  local style = decision.package.style
  if not style then return {} end
  return { { message = record.message, write = function () return write(builder, decision, style) end } }
end

return step
