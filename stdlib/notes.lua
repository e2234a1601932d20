--- The notes of a release: what changed since the version before it, in a package's changelog style. Changelogs, pull
-- requests and forge releases all say the same of one release.

local changelog = require "changelog"
local problem = require "problem"

local notes = {}

--- The style of a package's changelog, as the changelog modules take it.
function notes.style(record)
  local style = { name = record.word }
  for key, value in pairs(record.options or {}) do style[key] = value end
  return style
end

--- What the changelog modules are told of one release.
function notes.entry(builder, decision)
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

--- The notes of one package, as Markdown. A package without a changelog style gets the conventional one.
---@return string|nil notes, problem
function notes.of(builder, decision)
  local record = decision.package.style or { word = "conventional", options = {} }
  local section, refusal = changelog.render(notes.style(record), notes.entry(builder, decision))
  if not section then return problem.refuse("error", refusal) end
  return section
end

--- The notes of several packages together, each below its name; of one package alone, its own.
---@return string|nil notes, problem
function notes.together(builder, list)
  local pieces = {}
  for i, decision in ipairs(list) do
    local section, trouble = notes.of(builder, decision)
    if not section then return nil, trouble end
    pieces[i] = #list > 1 and ("## %s\n\n%s"):format(decision.package.name, section) or section
  end
  return table.concat(pieces, "\n")
end

return notes
