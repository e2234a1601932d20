--- The section's place in a file: fixture pairs (tests/fixtures/changelog), repetition, refusals, and what is
--- read back.
local bytes = require "bytes"
local test = require "testing"
local changelog = require "changelog"
local outline = require "changelog.outline"

local FOLDER = "tests/fixtures/changelog/"
local KEEP, CONVENTIONAL = { name = "keep_a_changelog" }, { name = "conventional" }

local ENTRY = {
  version = "1.2.0", date = "2026-01-31",
  links = { compare = "https://forge.test/o/r/compare/v1.1.0...v1.2.0",
    unreleased = "https://forge.test/o/r/compare/v1.2.0...HEAD" },
  commits = {
    { oid = ("a"):rep(40), entries = { { type = "feat", description = "read several files", breaking = false } } },
    { oid = ("b"):rep(40), entries = { { type = "fix", description = "keep the last line", breaking = false } } },
  },
}

local function read(name) return bytes.read(FOLDER .. name) end

local function splice(text, splices)
  local parts, from = {}, 1
  for _, s in ipairs(splices) do
    assert(s.at + 1 >= from, "splices overlap")
    parts[#parts + 1] = text:sub(from, s.at)
    parts[#parts + 1] = s.insert
    from = s.at + s.remove + 1
  end
  return table.concat(parts) .. text:sub(from)
end

local function insert(text, style, more)
  local section = test.truthy(changelog.render(style, ENTRY))
  local request = { version = "1.2.0", definitions = changelog.definitions(style, ENTRY) }
  for key, value in pairs(more or {}) do request[key] = value end
  local splices, message = changelog.insert(text, style, section, request)
  return splices and splice(text or "", splices), message, section
end

local CASES = {
  { "unreleased", "a section goes below Unreleased, and the definitions follow", KEEP },
  { "crlf", "a file with CRLF keeps it in every line", KEEP },
  { "bom", "a byte order mark stays the first thing", KEEP },
  { "no_final_newline", "a file without a last newline stays without one", KEEP },
  { "handwritten", "what people wrote under Unreleased moves into the section", KEEP },
  { "template", "comments and empty titles under Unreleased stay there", KEEP },
  { "fenced", "headings in fences and comments are no releases, underlined ones are", CONVENTIONAL },
  { "release_please", "a section goes above the newest one", CONVENTIONAL },
  { "title_only", "a section goes below the title", CONVENTIONAL },
  { "preamble", "a section goes below the introduction", CONVENTIONAL },
}

for _, case in ipairs(CASES) do
  local name, sentence, style = table.unpack(case)
  local before = read(name .. ".before.md")
  test(("%s (%s)"):format(sentence, name), function ()
    local after = insert(before, style)
    test.equal(after, read(name .. ".after.md"))
  end)

  test(("every line of the file before is in the file after (%s)"):format(name), function ()
    local after = insert(before, style, { unreleased = "keep", definitions = {} })
    local from = 1
    for line in before:gmatch "[^\r\n]+" do
      local _, past = after:find(line, from, true)
      from = test.truthy(past, line) + 1
    end
  end)

  test(("the same section again changes nothing (%s)"):format(name), function ()
    if name == "handwritten" then return end      -- its section is more than what was rendered
    local after, _, section = insert(before, style)
    test.equal(changelog.section(after, "1.2.0"), section)
    test.equal(insert(after, style), after)
  end)
end

test("a missing file is created with a title and Unreleased", function ()
  test.equal(insert(nil, KEEP, { title = "History" }), [[
# History

## [Unreleased]

## [1.2.0] - 2026-01-31

### Added

- read several files (aaaaaaa)

### Fixed

- keep the last line (bbbbbbb)

Compare: https://forge.test/o/r/compare/v1.1.0...v1.2.0

[Unreleased]: https://forge.test/o/r/compare/v1.2.0...HEAD
[1.2.0]: https://forge.test/o/r/compare/v1.1.0...v1.2.0
]])
end)

test("a blank file is as good as none", function () test.equal(insert(" \n\n", KEEP), insert(nil, KEEP)) end)

test("what people wrote stays under Unreleased where that is asked", function ()
  local after, _, section = insert(read "handwritten.before.md", KEEP, { unreleased = "keep" })
  test.equal(changelog.section(after, "1.2.0"), section)
  test.contains(after, "### Removed\n\n## [1.2.0]")
end)

test("another section of the same version is refused with its line", function ()
  local file = "# Changelog\n\n## 1.2.0 (2020-01-01)\n\n- other\n"
  test.refuses("already has a section 1.2.0 at line 3", insert(file, KEEP))
end)

test("a section of another version raises", function ()
  test.raises(function () insert("", KEEP, { version = "2.0.0" }) end, "not that of 2.0.0")
end)

for heading, version in pairs {
  ["## 1.4.0"] = "1.4.0", ["## v1.4.0 - 2020-01-01"] = "1.4.0", ["## [1.4.0] - 2020-01-01"] = "1.4.0",
  ["## [v1.4.0](https://x.test) (2020-01-01)"] = "1.4.0", ["# 1.4.0-rc.1+b.5"] = "1.4.0-rc.1+b.5",
  ["### [1.4.1](https://x.test) (2020-01-01)"] = "1.4.1", ["## Version 1.4.0"] = "1.4.0", ["## 2!1.4rc1"] = "2!1.4rc1",
  ["## 2026.1 ##"] = "2026.1", ["## core-v1.4.0"] = "1.4.0", ["## [@o/core@1.4.0]"] = "1.4.0",
} do
  test(("%s is the heading of %s"):format(heading, version), function ()
    test.equal(changelog.section("# C\n\n" .. heading .. "\n\n- x\n\n## 0.1.0\n", version), heading .. "\n\n- x\n")
  end)
end

for heading, taken in pairs {
  ["## Python 3.11 support"] = "3.11", ["## 2 fixes"] = "2", ["#### 1.4.0"] = "1.4.0", ["### 1.4.0 notes"] = "1.4.0",
  ["    ## 1.4.0"] = "1.4.0", ["##1.4.0"] = "1.4.0",
} do
  test(heading .. " is no heading of a version", function ()
    test.equal(changelog.section("# C\n\n" .. heading .. "\n\n## 1.1.0\n", taken), nil)
  end)
end

test("a section ends where the link definitions begin", function ()
  test.equal(changelog.section(read "crlf.before.md", "1.0.0"), "## [1.0.0] - 2025-11-01\n\n- first\n")
end)

test("a version that is not there has no section", function ()
  test.equal(changelog.section(read "unreleased.before.md", "3.0.0"), nil)
end)

test("the body of a section is what follows its heading", function ()
  test.equal(changelog.body "## [1.0.0] - 2025-11-01\n\n- first\n", "- first\n")
end)

test("files of any shape keep all they had, and give the section back", function ()
  math.randomseed(2634)
  local pieces = { "# Changelog\n", "\n", "\n\n", "## [Unreleased]\n", "## 1.1.0\n", "- x\n", "text\n", "```\n", "<!--\n",
    "-->\n", "[1.1.0]: https://x.test\n", "### Added\n", "===\n", "---\n", "  y", "~~~\n" }
  local function size(s) return #s:gsub("%s+", "") end
  for _ = 1, 3000 do
    local parts = { "text\n" }
    for i = 2, math.random(2, 10) do parts[i] = pieces[math.random(#pieces)] end
    local before = table.concat(parts)
    if math.random(2) == 1 then before = before:gsub("\n", "\r\n") end
    local after, _, section = insert(before, KEEP, { unreleased = "keep", definitions = {} })
    test.equal(size(after), size(before) + size(section), before)
    if before:find "\r\n" then test.equal(after:find "[^\r]\n", nil, before) end
    if not outline.read(before).open then test.equal(changelog.section(after, "1.2.0"), section, before) end
  end
end)
