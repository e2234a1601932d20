--- The format that release-please and the conventionalcommits preset write:
-- `## [1.2.0](compare) (2026-01-31)`, breaking changes first, types that matter only to developers left out
-- unless they break something.

local markdown = require "changelog.markdown"

local conventional = { name = "conventional", marker = "* ", scope_before = "**", scope_after = ":** " }

--- What a style of this format has where the spec says nothing.
conventional.defaults = {
  sections = {
    { title = "Features", types = { "feat", "feature" } },
    { title = "Bug Fixes", types = { "fix" } },
    { title = "Performance Improvements", types = { "perf" } },
    { title = "Reverts", types = { "revert" } },
    { title = "Miscellaneous Chores", types = { "chore" } },
    { title = "Documentation", types = { "docs" } },
    { title = "Styles", types = { "style" } },
    { title = "Code Refactoring", types = { "refactor" } },
    { title = "Tests", types = { "test" } },
    { title = "Build System", types = { "build" } },
    { title = "Continuous Integration", types = { "ci" } },
  },
  hidden = { "build", "chore", "ci", "docs", "refactor", "style", "test" },
  other = false,
  compare = false,
  breaking = "block",
}

--- The heading of an entry's section; it links to the comparison, else to the release, where there is one. What is not
--- released has no date.
---@param entry table
---@return string
function conventional.heading(entry)
  local url = entry.links and (entry.links.compare or entry.links.release)
  local title = url and ("[%s](%s)"):format(entry.version, markdown.url(url)) or entry.version
  return "## " .. title .. (entry.date and " (" .. entry.date .. ")" or "")
end

--- This format links in place: it has no definitions.
---@return { label: string, url: string }[]
function conventional.definitions() return {} end

return conventional
