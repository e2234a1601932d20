--- The release.lua that `relrun init` writes: from what was seen of a repository to the text of a spec. Pure.

local help = require "help"
local template = require "template"
local text = require "text"
local versions = require "versions"

local starter = {}

---@class starter.package
---@field name string the directory's name; of the root, the repository's
---@field path string "" for the root
---@field glob string|nil the pattern under which it was found, "packages/*"
---@field files string[] the places of its version as written in a spec: '"package.json"', 'toml "a.toml" "b.c"'
---@field scheme "pep440"|"semver"
---@field version string|nil what stands there now
---@field left_out string[]|nil what repeats the version there and is no place of it, in words
---@field tag string|nil the format of its tags, where that is not the one of all

---@class starter.facts
---@field name string the repository's name
---@field packages starter.package[] in the order of their paths
---@field directories table<string, string[]> all directories below a pattern, those without a version too
---@field tags string[] names of tags
---@field branch string the branch to release
---@field remote string|nil the git remote, when there is one
---@field changelog { name: string, text: string }|nil an existing changelog
---@field private boolean|nil the root has a version and is never published
---@field identity string|nil "Name <mail>", as git has it

-- Formats that projects use, in the order in which they win when as many tags fit.
local FORMATS = {
  several = { "{package}-v{version}", "{package}@{version}", "{package}/v{version}", "{package}-{version}",
    "{package}@v{version}", "{package}/{version}", "{package}_v{version}" },
  one = { "v{version}", "{version}", "{package}-v{version}", "{package}@{version}", "{package}-{version}",
    "release-{version}", "release/{version}" },
}

-- How many tags have this format, which of them is the highest, and whose they are.
local function count_tags(tags, format, readers, scheme, only_name)
  local compiled, found = assert(template.compile(format, { "package", "version" })), { count = 0, tagged = {} }
  for _, tag in ipairs(tags) do
    local values = compiled:match(tag, readers)
    if values then
      found.count = found.count + 1
      found.tagged[values.package or only_name] = true
      if not found.highest or scheme.compare(values.version, found.highest) > 0 then
        found.highest, found.example = values.version, tag
      end
    end
  end
  return found
end

--- The format that most tags have, with the highest of them.
---@param tags string[]
---@param list starter.package[]
---@param scheme table
---@param several boolean
---@return string format
---@return string|nil example a tag of this format; nil when no tag has any
---@return table<string, boolean> tagged the packages that have such a tag
function starter.tag_format(tags, list, scheme, several)
  local known = {}
  for _, package in ipairs(list) do known[package.name] = true end
  local readers = {
    package = function (part) return known[part] and part or nil end,
    version = function (part) return (scheme.parse(part)) end,
  }
  local formats = several and FORMATS.several or FORMATS.one
  local best, most = formats[1], { count = 0, tagged = {} }
  for _, format in ipairs(formats) do
    local found = count_tags(tags, format, readers, scheme, list[1].name)
    if found.count > most.count then best, most = format, found end
  end
  return best, most.example, most.tagged
end

--- The word of the changelog style that a text has, by the form of its headings; keep_a_changelog when none tells.
---@param markdown string
---@return "keep_a_changelog"|"conventional"
function starter.changelog_style(markdown)
  local keep, conventional = 0, 0
  for line in (markdown .. "\n"):gmatch "(.-)\r?\n" do
    if line:find "^## %[[^%]]+%] %- %d%d%d%d%-%d%d%-%d%d" or line:find "^## %[Unreleased%]" then keep = keep + 1 end
    if line:find "^##? %[?v?%d[^ ]* %(%d%d%d%d%-%d%d%-%d%d%)" then conventional = conventional + 1 end
  end
  return conventional > keep and "conventional" or "keep_a_changelog"
end

-- The scheme that most packages have.
local function main_scheme(list)
  local python = 0
  for _, package in ipairs(list) do
    if package.scheme == "pep440" then python = python + 1 end
  end
  return python * 2 > #list and "pep440" or "semver"
end

-- The highest final version that stands in a file of an untagged package, when the scheme would begin below it.
local function first_version(scheme, list, tagged)
  local highest = scheme.parse "0.1.0"
  for _, package in ipairs(list) do
    local version = package.version and not tagged[package.name] and scheme.parse(package.version)
    local base = version and scheme.base(version)
    if base and scheme.compare(base, highest) > 0 then highest = base end
  end
  return highest.text ~= "0.1.0" and highest.text or nil
end

-- A package at the root that stands beside others may be tagged without its name, and begins with its own version. Both
-- are told in its row.
local function settle_root(package, others, tags)
  for _, one in ipairs(others) do
    -- Two of one name: tags name the charts of a chart repository as their directories are named.
    if one.name == package.name then package.name = package.name .. "-root" end
  end
  local scheme, most, is_tagged = versions.scheme(package.scheme), 0, false
  for _, format in ipairs { "{package}-v{version}", "v{version}", "{version}" } do
    local found = count_tags(tags, format, {
      package = function (part) return part == package.name and part or nil end,
      version = function (part) return (scheme.parse(part)) end,
    }, scheme, package.name)
    if found.count > most then
      most, is_tagged = found.count, true
      package.tag = format ~= "{package}-v{version}" and format or nil
    end
  end
  if not is_tagged then package.initial = first_version(scheme, { package }, {}) end
end

local ROW_WIDTH, MOST_LEFT_OUT = 100, 20

local function places(files)
  if #files == 1 and files[1]:find '^"' then return "version_file = " .. files[1] end
  local line = "files = { " .. table.concat(files, ", ") .. " }"
  if #line <= ROW_WIDTH then return line end
  return "files = {\n  " .. table.concat(files, ",\n  ") .. ",\n}"
end

local function package_row(package, scheme, name)
  local parts, initial = {}, package.initial and ("initial = " .. help.literal(package.initial))
  if package.path ~= "" then parts[1] = "path = " .. help.literal(package.path) end
  if #package.files > 0 then parts[#parts + 1] = places(package.files) end
  if package.tag then parts[#parts + 1] = "tag = " .. help.literal(package.tag) end
  if package.scheme ~= scheme or initial then
    parts[#parts + 1] = ("version = %s {%s}"):format(package.scheme, initial and " " .. initial .. " " or "")
  end
  return ("package %s { %s }"):format(help.literal(name or package.name), table.concat(parts, ", "))
end

-- What has its version in the same files can be one `each`: the biggest such group below a pattern.
local function biggest_group(list, glob, scheme, taken)
  local groups, best = {}, nil
  for _, package in ipairs(list) do
    if package.glob == glob and package.scheme == scheme and not taken[package.name] then
      local key = table.concat(package.files, ", ")
      groups[key] = groups[key] or {}
      table.insert(groups[key], package)
      if not best or #groups[key] > #best then best = groups[key] end
    end
  end
  return best or {}
end

-- One row for every pattern, and one for each package that does not fit it.
local function package_rows(facts, scheme)
  local rows, taken, seen = {}, {}, {}
  for _, package in ipairs(facts.packages) do
    local glob = package.glob
    if glob and not seen[glob] then
      seen[glob] = true
      local group, inside, except = biggest_group(facts.packages, glob, scheme, taken), {}, {}
      for _, one in ipairs(group) do inside[one.path] = true end
      for _, directory in ipairs(facts.directories[glob]) do
        if not inside[glob:gsub("%*$", "") .. directory] then except[#except + 1] = help.literal(directory) end
      end
      if #group > 0 then
        local left_out = #except > 0 and (", except = { %s }"):format(table.concat(except, ", ")) or ""
        rows[#rows + 1] = ("each %s { %s%s }"):format(help.literal(glob), places(group[1].files), left_out)
      end
      for _, one in ipairs(group) do taken[one.name] = true end
      for _, one in ipairs(facts.packages) do
        if one.glob == glob and not inside[one.path] then
          -- Two directories of one name below different patterns: the second gets its parent's name in front.
          local name = taken[one.name] and one.path:gsub("/", "-") or one.name
          rows[#rows + 1] = package_row(one, scheme, name)
          taken[name] = true
        end
      end
    elseif not glob and #package.files > 0 then
      rows[#rows + 1] = package_row(package, scheme)
    end
  end
  return rows
end

-- What the starter does not release, in words.
local function left_out_lines(facts)
  local lines = {}
  if facts.private then lines[1] = "  -- left out: the root, whose manifest says that it is private" end
  for _, package in ipairs(facts.packages) do
    for _, words in ipairs(package.left_out or {}) do
      lines[#lines + 1] = ("  -- left out: %s%s"):format(package.path ~= "" and text.line(package.path) .. "/" or "", text.line(words))
    end
  end
  return lines
end

local function packages_lines(facts, scheme, several)
  local rows = package_rows(facts, scheme)
  if #rows == 0 then return { "  -- no known version file was found: the tags alone carry the version" } end
  local lines = { several and "  -- each of these has a version, tags and a changelog of its own"
    or "  -- where the version stands" }
  if several and not facts.packages[1].glob then
    lines[2] = "  -- the first is the root, with all that lies in none of the others; without it, that releases nothing"
  end
  table.move(left_out_lines(facts), 1, MOST_LEFT_OUT, #lines + 1, lines)
  if #rows == 1 then
    lines[#lines + 1] = ("  packages = %s,"):format(rows[1]:gsub("\n", "\n  "))
    return lines
  end
  lines[#lines + 1] = "  packages = {"
  for _, row in ipairs(rows) do lines[#lines + 1] = "    " .. row:gsub("\n", "\n    ") .. "," end
  lines[#lines + 1] = "  },"
  return lines
end

local function changelog_line(found)
  local style = found and starter.changelog_style(found.text) or "keep_a_changelog"
  if not found or found.name == "CHANGELOG.md" then return ("  changelog = %s {},"):format(style), found end
  return ("  changelog = %s %s {},"):format(style, help.literal(found.name)), found
end

-- What every spec says of the repository: its packages, their versions, the form of their tags.
local function settle(facts)
  local list = facts.packages
  if #list == 0 then list = { { name = facts.name, path = "", files = {}, scheme = "semver" } } end
  local several, others = list[1].glob ~= nil or #list > 1, list
  if several and not list[1].glob then
    others = table.move(list, 2, #list, 1, {})
    settle_root(list[1], others, facts.tags)
  end
  local word = main_scheme(others)
  local scheme = versions.scheme(word)
  local format, example, tagged = starter.tag_format(facts.tags, list, scheme, several)
  local first = first_version(scheme, others, tagged)
  return { several = several, scheme = word, format = format, example = example, first = first,
    untagged = next(tagged) == nil and #(list[1].files or {}) > 0,
    options = first and ("{ initial = %s }"):format(help.literal(first)) or "{}" }
end

--- The text of a starter spec.
---@param facts starter.facts
---@param file string the name that it will have, for the comments
---@return string
function starter.text(facts, file)
  local seen = settle(facts)
  local first, example = seen.first, seen.example
  local changelog, had_changelog = changelog_line(facts.changelog)
  local lines = {
    ("-- How %s is released. See what it would do: relrun plan %s"):format(facts.name, file),
    "-- Every word is explained by: relrun help WORD",
    "",
    ("release %s {"):format(help.literal(facts.name)),
  }
  local function add(...) for _, line in ipairs { ... } do lines[#lines + 1] = line end end
  add(table.unpack(packages_lines(facts, seen.scheme, seen.several)))
  add "  -- a breaking change raises major, feat raises minor, fix and perf raise patch"
  if first then add "  -- initial: the first release of a package without tags, as its version file has it" end
  add(("  version = %s %s,"):format(seen.scheme, seen.options))
  add(example and ("  -- as the tags that are there, such as %s"):format(example) or "  -- the names of the tags")
  add(("  tag = %s,"):format(help.literal(seen.format)))
  add(had_changelog and "  -- in the form that the changelog has now" or "  -- a changelog is made with the first release")
  add(changelog)
  if facts.remote and facts.remote ~= "origin" then add(("  remote = %s,"):format(help.literal(facts.remote))) end
  add(
    "}",
    "",
    ("-- A push to %s releases; relrun %s does it by hand. Without --push nothing leaves the clone."):format(
      facts.branch, file),
    facts.remote and "-- What is released is the remote's branch, so push first; --offline tries with this clone alone."
      or "-- This clone has no remote yet: git remote add origin URL. Until then --offline plans and tries.",
    'lane "release" {',
    ("  when = pushed %s,"):format(help.literal(facts.branch)),
    "  steps = {",
    "    bump {}, -- decide the versions, write them into the version files",
    "    changelog {}, -- add a section for every released package",
    "    commit {}, -- one commit for each package",
    "    tag {},",
    "    push {}, -- branch and tags, all or nothing",
    "  },",
    "}")
  return table.concat(lines, "\n") .. "\n"
end

-- Where a ready-made spec takes the options that `use` was given, and its own words on how to come here.
local TAKES = "options_of(..., {\n"
local INVITATION = "%-%- To change more [^\n]*\n"

--- A ready-made spec written out for a repository: its options stand in its own text, where they are to be changed with all
-- the rest.
---@param facts starter.facts
---@param file string the name that it will have, for the comments
---@param name string the ready-made spec's
---@param source string its text
---@param rows { name: string, required: boolean|nil }[] its options
---@return string
function starter.written_out(facts, file, name, source, rows)
  local seen, takes = settle(facts), {}
  for _, row in ipairs(rows) do takes[row.name] = row end
  local lines = { ("  name = %s,"):format(help.literal(facts.name)) }
  local function add(...) for _, line in ipairs { ... } do lines[#lines + 1] = line end end
  add(table.unpack(packages_lines(facts, seen.scheme, seen.several)))
  -- What raises what stays the spec's; the scheme is the repository's.
  local scheme, policy = source:match 'name = "version".-default = (%a[%w_]*) (%b{})'
  if seen.first or seen.scheme ~= scheme then
    local fields = { seen.first and "initial = " .. help.literal(seen.first), policy:match "^{%s*(%S.-)%s*}$" }
    if not fields[1] then table.remove(fields, 1) end
    add(("  version = %s {%s},"):format(seen.scheme, #fields > 0 and (" %s "):format(table.concat(fields, ", ")) or ""))
  end
  if seen.format ~= takes.tag.default then add(("  tag = %s,"):format(help.literal(seen.format))) end
  if facts.remote and facts.remote ~= "origin" then add(("  remote = %s,"):format(help.literal(facts.remote))) end
  if takes.identity.required then
    add("  -- who releases: relrun knows its own commits by it",
      ("  identity = %s,"):format(help.literal(facts.identity or "Release Bot <release@example.org>")))
  end
  if takes.main then add(("  main = %s,"):format(help.literal(facts.branch))) end
  if takes.main and seen.several then
    add("  -- several packages: a branch that is named after the version holds one of them at a time; to release them together",
      "  -- say releases/{date}-{sha} in place of releases/{version} below")
  end
  if takes.master and facts.branch ~= takes.master.default and facts.branch ~= takes.test.default then
    add(("  -- candidates come from `%s`: make that branch, or name another one: test = \"...\""):format(takes.test.default),
      ("  master = %s,"):format(help.literal(facts.branch)))
  end
  if takes.test and seen.untagged then
    add("  -- a first candidate stands below what the files say: tag what is out before it, or lower the files, or raise `initial`")
  end
  local head, from = source:find(TAKES, 1, true)
  local before = source:sub(1, head - 1):gsub(INVITATION,
    ("-- This is relrun's %s, written out by: relrun init --from %s. All of it may be changed.\n"):format(name, name)
    .. ("-- See what it would do: relrun plan %s LANE\n"):format(file))
  return before .. "options_of({\n" .. table.concat(lines, "\n") .. "\n}, {\n" .. source:sub(from + 1)
end

return starter
