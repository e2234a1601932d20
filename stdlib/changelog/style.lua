--- What a changelog may look like: the options of a style, as rows, and the making of a style from them.

local formats = { conventional = require "changelog.conventional", keep_a_changelog = require "changelog.keep" }

local style = {}

--- The options of a style. `default` is nil where each format has its own (its `defaults`); a `list` is `of` strings
--- or of sections `{ title = "Added", types = { "feat" } }`; where `type` names several, `false` turns the matter
--- off.
---@type { name: string, type: string, of: string|nil, values: string[]|nil, default: any, doc: string }[]
style.options = {
  { name = "name", type = "string", values = { "conventional", "keep_a_changelog" }, default = "keep_a_changelog",
    doc = "the format of headings, bullets and links" },
  { name = "sections", type = "list", of = "section",
    doc = "titles in their order, each with the commit types that it collects; under a title that does not say so a revert's bullet begins with Revert" },
  { name = "hidden", type = "list", of = "string", doc = "commit types that are left out unless they break something" },
  { name = "other", type = "string|false", doc = "title that collects types of no section; false leaves them out" },
  { name = "unparsed", type = "string|false", default = "Other",
    doc = "title that collects commits without a type; false leaves them out" },
  { name = "breaking", type = "string", values = { "block", "mark" },
    doc = "breaking changes in a block of their own on top, or marked (BREAKING) where they stand" },
  { name = "notes", type = "boolean", default = true,
    doc = "under a marked breaking change, what its BREAKING CHANGE footers say" },
  { name = "scope", type = "boolean", default = true, doc = "the scope before each description" },
  { name = "hashes", type = "boolean", default = true, doc = "the abbreviated commit after each description" },
  { name = "references", type = "string|false", values = { "closes", "refs" }, default = "closes",
    doc = "word before linked issues; `refs` keeps the merge of a release request from closing them" },
  { name = "compare", type = "boolean", doc = "a `Compare:` line at the section's end" },
  { name = "dependencies", type = "string|false", default = "Dependencies",
    doc = "title that collects raised requirements; false leaves them out" },
  { name = "note", type = "string", values = { "markdown", "text" }, default = "text",
    doc = "whether an entry's note is taken as text, or trusted as Markdown" },
  { name = "empty", type = "string", default = "No notable changes.", doc = "what a section without changes says" },
}

local ROW = {}
for _, row in ipairs(style.options) do ROW[row.name] = row end

local function fail(...) error("changelog style: " .. string.format(...), 4) end

local function check(name, value)
  local row = ROW[name]
  if not row then fail("no option %s", tostring(name)) end
  local kind = type(value)
  local fits = value == false and row.type:find("false", 1, true)
    or kind == (row.type == "list" and "table" or row.type:match "^%a+")
  if not fits then fail("%s is a %s: it takes %s", name, kind, (row.type:gsub("|", " or "))) end
  if value and row.values then
    for _, allowed in ipairs(row.values) do if value == allowed then return end end
    fail("%s is %q: it takes %s", name, value, table.concat(row.values, " or "))
  end
end

--- Which section each type goes to, and which types are hidden.
local function index(made)
  made.titles, made.title_of, made.is_hidden = {}, {}, {}
  for _, section in ipairs(made.sections) do
    if type(section) ~= "table" or type(section.title) ~= "string" or type(section.types) ~= "table" then
      fail("a section has a title and types")
    end
    made.titles[#made.titles + 1] = section.title
    for _, kind in ipairs(section.types) do
      if made.title_of[kind] then fail("type %s is in %s and in %s", kind, made.title_of[kind], section.title) end
      made.title_of[kind] = section.title
    end
  end
  for _, kind in ipairs(made.hidden) do made.is_hidden[kind] = true end
  if #made.sections == 0 then fail("sections is empty") end
  local known = {}
  for _, title in ipairs(made.titles) do
    if known[title] then fail("section %s is there twice", title) end
    known[title] = true
  end
  for _, title in ipairs { made.other or "", made.unparsed or "", made.dependencies or "" } do
    if title ~= "" and not known[title] then made.titles[#made.titles + 1], known[title] = title, true end
  end
end

local Style = {}

--- Makes a style: the options given, the format's and the common defaults. A made style is returned as it is.
--- Raises on an unknown option, a wrong value, and a type that is in two sections: the spec's schema comes
--- first.
---@param options? table
---@return table style
function style.make(options)
  if getmetatable(options) == Style then return options end
  options = options or {}
  local names = {}
  for name in pairs(options) do names[#names + 1] = name end
  table.sort(names, function (a, b) return tostring(a) < tostring(b) end)
  for _, name in ipairs(names) do check(name, options[name]) end
  local format = formats[options.name or ROW.name.default]
  local made = { format = format }
  for _, row in ipairs(style.options) do
    local value = options[row.name]
    if value == nil then value = format.defaults[row.name] end
    if value == nil then value = row.default end
    made[row.name] = value
  end
  index(made)
  return setmetatable(made, Style)
end

return style
