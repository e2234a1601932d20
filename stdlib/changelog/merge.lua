--- Puts what people wrote under "Unreleased" into the section that a release made: theirs first under each
--- title.

local outline = require "changelog.outline"

local merge = {}

local concat, find, gmatch, gsub, match, sub =
  table.concat, string.find, string.gmatch, string.gsub, string.match, string.sub

--- `s` without the blank lines around it.
local function trim(s)
  s = match(s, "^(.*%S)") or ""
  return match(s, "^%s*\n(.*)") or s
end

--- Splits a section into the text above its first subsection and the subsections { title, body }.
local function split(text)
  local subsections, above, past = {}, #text + 1, #text + 1
  local headings = outline.read(text).headings
  for i = #headings, 1, -1 do
    local heading = headings[i]
    if heading.level == 3 then
      table.insert(subsections, 1, { title = heading.text, body = trim(sub(text, heading.past, past - 1)) })
      above, past = heading.at, heading.at
    end
  end
  return trim(sub(text, 1, above - 1)), subsections
end

--- Joins two bodies: two lists become one, all else is kept apart by a blank line.
local function join(a, b)
  if a == "" or b == "" then return a .. b end
  local last
  for marker in gmatch("\n" .. a, "\n(%S ?)") do last = marker end
  return a .. (find(last, "^[-*+] $") and sub(b, 1, 2) == last and "\n" or "\n\n") .. b
end

--- True when `text` holds more than blank lines, comments and empty subsections: something to release.
---@param text string
---@return boolean
function merge.has_content(text)
  local above, subsections = split(gsub(text, "<!%-%-.-%-%->", ""))
  if find(above, "%S") then return true end
  for _, subsection in ipairs(subsections) do if subsection.body ~= "" then return true end end
  return false
end

--- Merges handwritten text into a section. Titles stand in the order of `style.titles`; titles that the style
--- does not know follow in the order written, in front of the `Compare:` line.
---@param section string      a section, LF
---@param written string      what stood under "Unreleased", LF
---@param style table         a made style
---@return string section
function merge.sections(section, written, style)
  local compare = match(section, "\n(Compare: [^\n]*)\n$")
  if compare then section = sub(section, 1, -(#compare + 2)) end
  local heading, rest = match(section, "^([^\n]*)\n?(.*)$")
  local above, subsections = split(rest)
  local written_above, written_subsections = split(written)
  if above == style.empty then above = "" end

  local rank, by_title = {}, {}
  for i, title in ipairs(style.titles) do rank[title] = i end
  local merged = {}
  local function add(subsection, unknown)
    if subsection.body == "" then return end
    local known = by_title[subsection.title]
    if known then
      known.body = join(known.body, subsection.body)
    else
      known = { title = subsection.title, body = subsection.body, at = #merged + 1 }
      known.rank = rank[known.title] or unknown
      by_title[known.title], merged[#merged + 1] = known, known
    end
  end
  for _, subsection in ipairs(written_subsections) do add(subsection, math.huge) end
  for _, subsection in ipairs(subsections) do add(subsection, 0) end    -- a made title without rank is the top block
  table.sort(merged, function (a, b)
    if a.rank ~= b.rank then return a.rank < b.rank end
    return a.at < b.at
  end)

  local blocks = { heading }
  for _, text in ipairs { written_above, above } do if text ~= "" then blocks[#blocks + 1] = text end end
  for _, subsection in ipairs(merged) do
    blocks[#blocks + 1] = "### " .. subsection.title
    blocks[#blocks + 1] = subsection.body
  end
  blocks[#blocks + 1] = compare
  return concat(blocks, "\n\n") .. "\n"
end

return merge
