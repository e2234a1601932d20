--- Sections from commits, in both formats.
local test = require "testing"
local changelog = require "changelog"

local function commit(n, kind, description, more)
  local entry = { type = kind, description = description, breaking = false, notes = {}, references = {} }
  for key, value in pairs(more or {}) do entry[key] = value end
  return { oid = ("%07x"):format(n):rep(6):sub(1, 40), entries = { entry }, conventional = kind ~= nil }
end

local LINKS = {
  compare = "https://forge.test/o/r/compare/v1.1.0...v1.2.0", commit = "https://forge.test/o/r/commit/",
  issue = "https://forge.test/o/r/issues/",
}

local COMMITS = {
  commit(1, "feat", "read several files", { scope = "cli" }),
  commit(2, "fix", "keep the last line (#7)", { references = { "7", "9" } }),
  commit(3, "feat", "drop the old format", { scope = "core", breaking = true,
    notes = { "files of\n1.0 need relrun convert" } }),
  commit(4, "chore", "tidy"),
  commit(5, nil, "Merge branch 'x'"),
  commit(6, "deps", "raise all"),
}

local function entry(more)
  local made = { version = "1.2.0", date = "2026-01-31", commits = COMMITS }
  for key, value in pairs(more or {}) do made[key] = value end
  return made
end

local function render(style, more) return (test.truthy(changelog.render(style, entry(more)))) end

test("keep a changelog: a section", function ()
  test.equal(render { name = "keep_a_changelog" }, [[
## [1.2.0] - 2026-01-31

### Added

- **cli**: read several files (0000001)
- **core**: drop the old format **(BREAKING)** (0000003)
  - files of 1.0 need relrun convert

### Changed

- raise all (0000006)

### Fixed

- keep the last line (`#7`) (0000002)

### Other

- Merge branch 'x' (0000005)
]])
end)

test("conventional: a section with links", function ()
  local section = render({ name = "conventional", unparsed = false, dependencies = "Dependencies" },
    { links = LINKS, dependencies = { { name = "core", version = ">=1.2" } } })
  test.equal((section:gsub("commit/%x+", "commit/OID")), [[
## [1.2.0](https://forge.test/o/r/compare/v1.1.0...v1.2.0) (2026-01-31)

### ⚠ BREAKING CHANGES

* **core:** files of 1.0 need relrun convert

### Features

* **cli:** read several files ([0000001](https://forge.test/o/r/commit/OID))
* **core:** drop the old format ([0000003](https://forge.test/o/r/commit/OID))

### Bug Fixes

* keep the last line ([#7](https://forge.test/o/r/issues/7)) ([0000002](https://forge.test/o/r/commit/OID)), closes [#9](https://forge.test/o/r/issues/9)

### Dependencies

* core: >=1.2
]])
end)

test("S1.80 sections, marks and the Compare line of a branch-based release", function ()
  local sections = {
    { title = "Added", types = { "feat" } }, { title = "Fixed", types = { "fix" } },
    { title = "Chore", types = { "chore" } },
  }
  local section = render({ sections = sections, hidden = {}, other = "Other", notes = false },
    { links = { compare = LINKS.compare } })
  test.equal(section, [[
## [1.2.0] - 2026-01-31

### Added

- **cli**: read several files (0000001)
- **core**: drop the old format **(BREAKING)** (0000003)

### Fixed

- keep the last line (`#7`) (0000002)

### Chore

- tidy (0000004)

### Other

- Merge branch 'x' (0000005)
- raise all (0000006)

Compare: https://forge.test/o/r/compare/v1.1.0...v1.2.0
]])
end)

test("what a section leaves out is counted", function ()
  local _, counts = changelog.render({ name = "conventional", unparsed = false }, entry())
  test.equal(counts, { commits = 6, shown = 3, hidden = { chore = 1, deps = 1 }, unparsed = 1 })
end)

test("a hidden type is shown when it breaks something", function ()
  local commits = { commit(1, "chore", "need Lua 5.4", { breaking = true }) }
  local section = render({ name = "conventional" }, { commits = commits })
  test.contains(section, "### ⚠ BREAKING CHANGES\n\n* need Lua 5.4\n")
  test.contains(section, "### Miscellaneous Chores\n\n* need Lua 5.4 (0000001)\n")
end)

test("a breaking change of an unknown type is shown whatever is left out", function ()
  local commits = { commit(1, "x", "a", { breaking = true }), commit(2, nil, "b", { breaking = true }) }
  local section = render({ other = false, unparsed = false }, { commits = commits })
  test.contains(section, "- a **(BREAKING)** (0000001)")
  test.contains(section, "- b **(BREAKING)** (0000002)")
end)

test("S1.80 a revert reads as one, unless its title says so", function ()
  local commits = { commit(1, "revert", "feat: pipelines"), commit(2, "revert", "read *all*", { scope = "cli" }),
    commit(3, "revert", "Revert the wheel"), commit(4, "revert", "", { breaking = true }) }
  test.contains(render({ name = "keep_a_changelog" }, { commits = commits }), [[
### Changed

- Revert "feat: pipelines" (0000001)
- **cli**: Revert "read \*all\*" (0000002)
- Revert the wheel (0000003)
- Revert "(no description)" **(BREAKING)** (0000004)
]])
  test.contains(render({ name = "conventional" }, { commits = commits }), [[
### ⚠ BREAKING CHANGES

* Revert "(no description)"

### Reverts

* feat: pipelines (0000001)
* **cli:** read \*all\* (0000002)
* Revert the wheel (0000003)
* (no description) (0000004)
]])
  test.contains(render({ sections = { { title = "Rest", types = { "revert" } } } }, { commits = { commits[1] } }),
    '### Rest\n\n- Revert "feat: pipelines" (0000001)\n')
end)

test("references are worded as asked", function ()
  test.contains(render({ name = "conventional", references = "refs" }, { links = LINKS }), ", refs [#9](")
end)

test("references, hashes and scopes can be left out", function ()
  local section = render({ references = false, hashes = false, scope = false }, { links = LINKS })
  for _, part in ipairs { "closes", "0000001", "**cli**" } do test.lacks(section, part) end
end)

test("every entry of a squashed commit is a bullet", function ()
  local squashed = commit(1, "feat", "one")
  squashed.entries[2] = { type = "fix", description = "two", breaking = false }
  local section = render({}, { commits = { squashed } })
  test.contains(section, "- one (0000001)")
  test.contains(section, "- two (0000001)")
end)

test("a section without changes says so", function ()
  test.equal(render({}, { commits = {} }), "## [1.2.0] - 2026-01-31\n\nNo notable changes.\n")
end)

test("a note is text unless the style trusts it", function ()
  local note = "Thanks to @all\n\n# Big"
  test.contains(render({}, { note = note }), "\n\nThanks to `@all`\n\n\\# Big\n\n### Added")
  test.contains(render({ note = "markdown" }, { note = "Thanks to **all**" }), "\n\nThanks to **all**\n\n### Added")
end)

for part, note in pairs {
  ["line 3 of the note is a heading of level 2"] = "a\n\n## [9.9.9]",
  ["line 1 of the note is a heading of level 1"] = "Big\n===",
  ["inside a code fence"] = "```\nopen",
  ["an HTML block"] = "<!-- open",
} do
  test(("a trusted note is refused: %s"):format(part), function ()
    test.refuses(part, changelog.render({ note = "markdown" }, entry { note = note }))
  end)
end

test("no commit can end the section or begin another version", function ()
  math.randomseed(3335)
  local pieces = { "\n", "\r", "\r\n", "## [9.9.9]", "# 9.9.9", "## 9.9.9 (2099-01-01)", "9.9.9", "---", "===", "```",
    "~~~", "<!--", "<pre>", " ", "[9.9.9]: https://x.test", "`", "- ", "a" }
  for _ = 1, 2000 do
    local parts = {}
    for i = 1, math.random(6) do parts[i] = pieces[math.random(#pieces)] end
    local hostile = table.concat(parts)
    local commits = { commit(1, "feat", hostile, { scope = hostile, breaking = true, notes = { hostile } }),
      commit(2, nil, hostile) }
    local more = { commits = commits, note = hostile, dependencies = { { name = hostile, version = hostile } } }
    for _, name in ipairs { "keep_a_changelog", "conventional" } do
      local section = render({ name = name }, more)
      local file = section .. "\n## 1.1.0\n\n- old\n"
      test.equal(changelog.section(file, "1.2.0"), section)
      test.equal(changelog.section(file, "9.9.9"), nil)
      test.equal(changelog.section(file, "1.1.0"), "## 1.1.0\n\n- old\n")
    end
  end
end)

for part, style in pairs {
  ["no option colour"] = { colour = true },
  ['name is "x": it takes conventional or keep_a_changelog'] = { name = "x" },
  ["hidden is a string: it takes list"] = { hidden = "chore" },
  ["type fix is in A and in B"] = { sections = {
    { title = "A", types = { "fix" } }, { title = "B", types = { "fix" } } } },
  ["section A is there twice"] = { sections = { { title = "A", types = {} }, { title = "A", types = {} } } },
} do
  test("a wrong style raises: " .. part, function ()
    test.raises(function () changelog.style(style) end, part)
  end)
end

test("a version that could not stand in a heading raises", function ()
  test.raises(function () changelog.render({}, entry { version = "1.0\n## 2.0" }) end, "not a version")
end)

test("every option is described", function ()
  for _, row in ipairs(changelog.options) do test.truthy(#row.doc > 10 and row.type, row.name) end
end)

test("a writer gives what render gives", function ()
  local writer = changelog.writer({}, entry())
  for _, made in ipairs(COMMITS) do writer:add(made) end
  test.equal(writer:finish(), render {})
end)
