--- Fuzz target of changelogs: `return function (bytes)`, which raises when a property does not hold.
--
-- Up to a line `%%` the bytes are a commit message, after it they are a changelog. Whatever they say: nothing of the
-- message is active in the section (tests/lib/markdown_checker.lua), the section gets its place, the file keeps all
-- it had, and the section reads back.

local changelog = require "changelog"
local checker = require "markdown_checker"
local message = require "host.message"
local outline = require "changelog.outline"

local STYLES = { { name = "keep_a_changelog" }, { name = "conventional" } }
local VERSION, DATE = "1.2.0", "2026-01-31"

local function must(holds, ...)
  if not holds then error(table.concat({ ... }, " ")) end
end

local function splice(text, splices)
  local parts, from = {}, 1
  for _, one in ipairs(splices) do
    must(one.at + 1 >= from and one.at + one.remove <= #text, "splices overlap or leave the file")
    parts[#parts + 1] = text:sub(from, one.at)
    parts[#parts + 1] = one.insert
    from = one.at + one.remove + 1
  end
  return table.concat(parts) .. text:sub(from)
end

-- Our own marks around foreign text: the bullet, the scope in bold, the mark of a breaking change, the commit.
local function foreign(line)
  line = line:gsub("^%s*[-*] ", ""):gsub(" %(aaaaaaa%)$", ""):gsub(" %*%*%(BREAKING%)%*%*$", "")
  return (line:gsub("^%*%*(.-):?%*%*:? ", "%1 "))
end

local function check_section(section, commit, style)
  local headings = outline.read(section).headings
  for i, heading in ipairs(headings) do
    must(i == 1 and heading.level == 2 or heading.level == 3, "a message made a heading:", section)
  end
  must(not outline.read(section).open, "a message opened a block")
  must(utf8.len(section) and not section:find "[%z\1-\9\11-\31\127]", "a section shows raw bytes")
  for line in section:gmatch "[^\n]+" do
    if line:find "^%s*[-*] " then
      local active = checker.read(foreign(line))
      must(#active == 0, style.name, "has something active:", table.concat(active, ", "), "in", line)
    end
  end
  must(#commit.entries > 0, "a commit without an entry")
end

local function bare(text) return (text:gsub("%s+", "")) end

local function check_file(text, section, style)
  local splices, refusal = changelog.insert(text, style, section, { version = VERSION, unreleased = "keep" })
  if not splices then
    must(refusal:find "^already has a section", "refused with", refusal)
    return
  end
  local after = splice(text, splices)
  must(text:find "%S" == nil or #splices == 0 or #bare(after) == #bare(text) + #bare(section), "the file lost something")
  if not outline.read(text).open then
    must(changelog.section(after, VERSION) == section, "the section does not read back")
    must(splice(after, changelog.insert(after, style, section, { version = VERSION, unreleased = "keep" })) == after,
      "the same section is put in twice")
  end
  -- What people wrote under "Unreleased" may move into the section: it must not go.
  local moved = changelog.insert(text, style, section, { version = VERSION })
  if moved then splice(text, moved) end
end

return function (bytes)
  local told, text = bytes:match "^(.-)\n%%%%\n(.*)$"
  told, text = told or bytes, text or bytes
  local commit = message.parse(told)
  commit.oid = ("a"):rep(40)
  for _, style in ipairs(STYLES) do
    local section = changelog.render(style, { version = VERSION, date = DATE, commits = { commit } })
    must(section, "a commit cannot be rendered")
    check_section(section, commit, style)
    check_file(text, section, style)
  end
end
