--- The changelog file: where a section goes in it, and which section is there. All else in the file keeps its
--- bytes.

local merge = require "changelog.merge"
local outline = require "changelog.outline"
local style = require "changelog.style"

local document = {}

local concat, find, gsub, lower, match, sub =
  table.concat, string.find, string.gsub, string.lower, string.match, string.sub

-- Sections are long, and nearly always they have the line ends that are asked for.
local function lf(text) return find(text, "\r", 1, true) and gsub(text, "\r\n", "\n") or text end
local function with_eol(text, eol) return eol == "\n" and text or (gsub(text, "\n", eol)) end

local function heading_of(read, version)
  for i, heading in ipairs(read.headings) do
    if heading.version == version then return i, heading end
  end
  return nil
end

local function section_at(text, read, i)
  local section = sub(text, read.headings[i].at, outline.section_past(read, i) - 1)
  return match(lf(section), "^(.*%S)") .. "\n"
end

--- The section of a version, from its heading on, with LF and one newline at its end.
---@param text string     the changelog
---@param version string  as in its heading, without a leading `v`
---@return string|nil section
function document.section(text, version)
  local read = outline.read(text)
  local i = heading_of(read, version)
  return i and section_at(text, read, i)
end

--- A section without its heading: what a release's page says under its own title.
---@param section string
---@return string
function document.body(section) return (gsub(section, "^[^\n]*\n*", "", 1)) end

--- What must stand between the text before `at` and a new block: enough line ends for one blank line.
local function gap_before(text, at, read)
  if at <= read.first then return "" end
  local before = sub(text, math.max(read.first, at - 4), at - 1)
  if find(before, "\n\r?\n$") then return "" end
  return find(before, "\n$") and read.eol or read.eol .. read.eol
end

--- Where the section goes, as first and past byte of what it replaces, and the section with what it takes over.
local function place(text, read, made, section, unreleased)
  local first_version, second_level
  for i, heading in ipairs(read.headings) do
    if heading.unreleased then
      local from, past = heading.past, outline.section_past(read, i)
      local written = lf(sub(text, from, past - 1))
      if unreleased == "move" and merge.has_content(written) then
        return from, past, merge.sections(section, written, made)
      end
      return past, past, section
    end
    if heading.version then
      first_version = heading
      break
    end
    if heading.level == 2 then second_level = second_level or heading end
  end
  local before = first_version or second_level
  local at = before and before.at or read.body_past
  return at, at, section
end

local function section_splice(text, read, made, section, unreleased)
  local from, past, merged = place(text, read, made, section, unreleased)
  local insert = gap_before(text, from, read) .. with_eol(merged, read.eol)
  if past <= #text then
    if not find(text, "^\r?\n", past) then insert = insert .. read.eol end
  elseif from > read.first and not find(text, "\n$") then
    insert = sub(insert, 1, -1 - #read.eol)
  end
  return { at = from - 1, remove = past - from, insert = insert }
end

--- Adds to `splices` what makes `definitions` stand in the file: known labels get their new address where they
--- are, new ones go to the top of the definitions that end the file, below that of "Unreleased".
local function add_definitions(splices, text, read, definitions)
  local known, lines = {}, {}
  for _, definition in ipairs(read.definitions) do
    known[lower(definition.label)] = known[lower(definition.label)] or definition
  end
  local replaced = {}
  for _, definition in ipairs(definitions) do
    local found = known[lower(definition.label)]
    if not found then
      lines[#lines + 1] = ("[%s]: %s"):format(definition.label, definition.url)
    elseif found.url ~= definition.url then
      replaced[#replaced + 1] = { at = found.url_at - 1, remove = #found.url, insert = definition.url }
    end
  end

  if #lines > 0 then
    local at = #text + 1
    for _, definition in ipairs(read.definitions) do
      if definition.at >= read.body_past then
        at = definition.at
        break
      end
    end
    local unreleased = known.unreleased
    if unreleased and unreleased.at >= read.body_past then at = unreleased.past end
    local insert, last = concat(lines, read.eol), splices[#splices]
    if at <= #text then
      insert = insert .. read.eol
    elseif last and last.at + last.remove == #text then       -- the section ends the file: both are one splice
      local ended = find(last.insert, "\n$")
      last.insert = last.insert .. (ended and "" or read.eol) .. read.eol .. insert .. (ended and read.eol or "")
      insert = nil
    elseif find(text, "\n$") then
      insert = gap_before(text, at, read) .. insert .. read.eol
    else
      insert = (unreleased and read.eol or gap_before(text, at, read)) .. insert
    end
    if insert then splices[#splices + 1] = { at = at - 1, remove = 0, insert = insert } end
  end
  table.move(replaced, 1, #replaced, #splices + 1, splices)
  table.sort(splices, function (a, b) return a.at < b.at end)
  return splices
end

--- A new file: its title, the format's opening, the section, the definitions.
local function new_file(made, section, title, definitions)
  local blocks, lines = { "# " .. title, made.format.opening }, {}
  blocks[#blocks + 1] = sub(section, 1, -2) -- it ends with a line end
  for _, definition in ipairs(definitions) do
    lines[#lines + 1] = ("[%s]: %s"):format(definition.label, definition.url)
  end
  if #lines > 0 then blocks[#blocks + 1] = concat(lines, "\n") end
  return concat(blocks, "\n\n") .. "\n"
end

--- Puts a section into a changelog: below "Unreleased" if there is one (which stays on top), else above the
--- newest version, else below the introduction; a missing or blank file is created. The file's line ends, byte
--- order mark and missing last newline stay.
---@param text string|nil   the file
---@param options table     a style or its options
---@param section string    from changelog.render
---@param request { version: string, title?: string, unreleased?: "move"|"keep", definitions?: table[] }
---  `unreleased`: whether what people wrote under "Unreleased" moves into the section (the default) or stays;
---  `definitions`: from changelog.definitions
---@return table[]|nil splices  { at = 0-based, remove =, insert = } ascending; none when all is there already
---@return string|nil message   when another section has that version
function document.insert(text, options, section, request)
  local made, definitions = style.make(options), request.definitions or {}
  local head = outline.read(section).headings[1]
  if not head or head.version ~= request.version then
    error(("the section is not that of %s"):format(request.version), 2)
  end
  local unreleased = request.unreleased or "move"
  if unreleased ~= "move" and unreleased ~= "keep" then error("unreleased is move or keep", 2) end

  local read = outline.read(text or "")
  if not text or not find(text, "%S", read.first) then
    local insert = new_file(made, section, request.title or "Changelog", definitions)
    return { { at = read.first - 1, remove = #(text or "") - read.first + 1, insert = gsub(insert, "\n", read.eol) } }
  end
  local i, heading = heading_of(read, request.version)
  if not i then
    return add_definitions({ section_splice(text, read, made, section, unreleased) }, text, read, definitions)
  end
  if section_at(text, read, i) == section then return add_definitions({}, text, read, definitions) end
  return nil, ("already has a section %s at line %d"):format(request.version, heading.line)
end

return document
