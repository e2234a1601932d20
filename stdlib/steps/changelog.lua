--- Step `changelog`: writes the section of the new version into every released package's changelog. It makes no
-- operation of its own: its edits go into the release commit.

local changelog = require "changelog"
local problem = require "problem"
local text = require "text"

local step = { word = "changelog", ops = {} }

--- The style of a package's changelog, as the changelog modules take it.
function step.style(record)
  local style = { name = record.word }
  for key, value in pairs(record.options or {}) do style[key] = value end
  return style
end

--- What the changelog modules are told of one release.
function step.entry(builder, decision)
  local repository, links = builder.repository, {}
  if repository then
    links.commit = repository .. "/commit/"
    links.issue = repository .. "/issues/"
    links.release = repository .. "/releases/tag/" .. decision.tag
    if decision.previous_tag then
      links.compare = ("%s/compare/%s...%s"):format(repository, decision.previous_tag, decision.tag)
    end
  end
  return {
    package = decision.package.name, version = decision.version.text, date = builder.date, tag = decision.tag,
    previous = decision.previous and decision.previous.text, previous_tag = decision.previous_tag,
    commits = decision.commits, links = links,
    dependencies = decision.package.raise and #decision.raised > 0 and decision.raised or nil,
  }
end

--- Edits the changelog of one package.
function step.plan(builder, decision)
  local record = decision.package.style
  if not record then return true end
  local path = decision.package.path == "" and record.file or decision.package.path .. "/" .. record.file
  local style, entry = step.style(record), step.entry(builder, decision)
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

return step
