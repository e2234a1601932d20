--- The format of keepachangelog.com 1.1.0: `## [1.2.0] - 2026-01-31`, sections named after what changed for the
--- reader.
-- Breaking changes are marked where they stand. The heading's link is defined at the end of the file.

local markdown = require "changelog.markdown"

local keep = { name = "keep_a_changelog", marker = "- ", scope_before = "**", scope_after = "**: " }

--- What a style of this format has where the spec says nothing.
keep.defaults = {
  sections = {
    { title = "Added", types = { "feat" } },
    { title = "Changed", types = { "change", "perf", "refactor", "revert" } },
    { title = "Deprecated", types = { "deprecate" } },
    { title = "Removed", types = { "remove" } },
    { title = "Fixed", types = { "fix" } },
    { title = "Security", types = { "security" } },
  },
  hidden = { "build", "chore", "ci", "docs", "style", "test" },
  other = "Changed",
  compare = true,
  breaking = "mark",
}

--- The heading of an entry's section; what is not released has no date.
---@param entry table
---@return string
function keep.heading(entry)
  return entry.date and ("## [%s] - %s"):format(entry.version, entry.date) or ("## [%s]"):format(entry.version)
end

--- What a new file has between its title and its first section.
keep.opening = "## [Unreleased]"

--- The link definitions that an entry puts at the end of the file.
---@param entry table
---@return { label: string, url: string }[]
function keep.definitions(entry)
  local links, definitions = entry.links or {}, {}
  if links.unreleased then definitions[1] = { label = "Unreleased", url = markdown.url(links.unreleased) } end
  local url = links.compare or links.release
  if url then definitions[#definitions + 1] = { label = entry.version, url = markdown.url(url) } end
  return definitions
end

return keep
