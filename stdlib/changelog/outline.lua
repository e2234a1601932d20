--- The structure of a Markdown file, as far as a changelog needs it: headings, version headings, link
--- definitions.
--
-- A heading is one that a reader sees: lines inside code fences, HTML comments, `<pre>` and front matter do not
-- count. Positions are 1-based byte offsets into the text, `past` being the first byte after something. One
-- pass, linear.

local outline = {}

local find, gmatch, gsub, lower, match, sub =
  string.find, string.gmatch, string.gsub, string.lower, string.match, string.sub

local BOM = "\239\187\191"

-- HTML blocks that hide headings: how a line begins that opens one, and what closes it, on that line or a later
-- one.
local HTML = {
  { opens = "^<!%-%-", closes = "%-%->" },
  { opens = "^<pre[%s>]", closes = "</pre>" },
  { opens = "^<script[%s>]", closes = "</script>" },
  { opens = "^<style[%s>]", closes = "</style>" },
  { opens = "^<textarea[%s>]", closes = "</textarea>" },
}

-- How a heading that is not in brackets names its version, best first. A number without a dot is no version
-- there.
local VERSION = "(%d+%.[%w.+!_-]*%w)"
local UNBRACKETED = {
  "^[vV]?" .. VERSION, "^[vV]?(%d+![%w.+_-]*%w)", "^[Vv]ersion [vV]?" .. VERSION, "^[Rr]elease [vV]?" .. VERSION,
  "^[%w@/._-]+[-@/][vV]?" .. VERSION,
}
local BRACKETED = { "^[vV]?(%d[%w.+!_-]*)$", "^[%w@/._-]+[-@/ ][vV]?" .. VERSION .. "$" }

--- The version that a heading of `level` is about. Level 3 counts when it has the bracketed form that
--- standard-version gives patch releases.
local function version_in(heading, level)
  if level > 3 then return nil end
  local bracketed = match(heading, "^%[([^%]]+)%]")
  if not bracketed and level == 3 then return nil end
  for _, pattern in ipairs(bracketed and BRACKETED or UNBRACKETED) do
    local version = match(bracketed or heading, pattern .. (bracketed and "" or "%f[%s(,:\0]"))
    if version then return version end
  end
  return nil
end

--- The fence that a line opens, if it does: `- ~~~` inside a list item too.
local function opened_fence(line)
  local indent, run, info = match(line, "^( ? ? ?)([`~]+)(.*)")
  if not indent then
    indent, run, info = match(line, "^( ? ? ?[-*+] +)([`~]+)(.*)")
    if not indent then indent, run, info = match(line, "^( ? ? ?%d+[.)] +)([`~]+)(.*)") end
    if not indent then return nil end
  end
  local char = sub(run, 1, 1)
  if #run < 3 or find(run, "[^" .. char .. "]") or char == "`" and find(info, "`", 1, true) then return nil end
  return { char = char, length = #run, item = find(indent, "%S") and #indent }
end

--- True when `line` ends the fence: by its own delimiter, or by leaving the list item that the fence is in.
local function closes_fence(fence, line)
  local run = match(line, "^%s*([`~]+)%s*$")
  if run and #run >= fence.length and not find(run, "[^" .. fence.char .. "]") then return "consumed" end
  if fence.item and find(line, "%S") and #match(line, "^ *") < fence.item then return "left" end
  return nil
end

local function opened_html(line)
  local start = lower(match(line, "^ ? ? ?(<.*)") or "")
  if start == "" then return nil end
  for _, block in ipairs(HTML) do
    local _, opened = find(start, block.opens)
    if opened then return not find(start, block.closes, opened + 1) and { closes = block.closes } or nil end
  end
  return nil
end

--- Whether `line` is hidden by the fence or HTML block that is open, and what is open after it.
local function hidden_by(open, line)
  if not open then return false, nil end
  if not open.char then return true, not find(lower(line), open.closes) and open or nil end
  local closed = closes_fence(open, line)
  return closed ~= "left", not closed and open or nil
end

--- The heading that `line` is, or makes of the paragraph line above it: level, text, underlined.
local function heading_in(line, above)
  local marks, rest = match(line, "^ ? ? ?(#+)(.*)")
  if marks and #marks <= 6 and (rest == "" or find(rest, "^%s")) then
    local heading = match(rest, "^%s*(.*%S)") or ""
    return #marks, match(heading, "^(.*%S)%s+#+$") or heading, false
  end
  if not above or above.long then return nil end
  local level = find(line, "^ ? ? ?=+%s*$") and 1 or find(line, "^ ? ? ?%-+%s*$") and 2
  return level or nil, match(above.line, "^%s*(.*%S)"), true
end

--- The link definition that `line` is; `from` is where it begins.
local function definition_in(line, from)
  local label, url_at, url = match(line, "^ ? ? ?%[([^%[%]^][^%[%]]*)%]:%s*()(%S+)")
  return label and { label = label, url = url, url_at = from - 1 + url_at }
end

--- Reads the structure of `text`.
---@param text string
---@return { first: integer, eol: string, body_past: integer, open: boolean, headings: table[],
---  definitions: table[] } read
---  `first`: where the text begins (after a byte order mark); `body_past`: where the link definitions that end the file
---  begin, with the blank lines above them; `open`: the text ends inside a fence or an HTML block;
---  a heading is { line, level, text, at, past, version|nil, unreleased }; a definition { label, url, at, past, url_at }
function outline.read(text)
  local first = sub(text, 1, #BOM) == BOM and #BOM + 1 or 1
  local _, front = find(text, "^%-%-%-\r?\n.-\n%-%-%-[ \t]*\r?\n", first)     -- front matter
  local headings, definitions = {}, {}
  local open, above             -- the fence or HTML block, the line of a paragraph that the next line may underline
  local tail, defines           -- where the blank lines and definitions began that reach to here; whether any defines
  local number = 0

  for at, line, past in gmatch(text, "()([^\n]*)\n?()") do
    if at > #text then break end
    number = number + 1
    if number == 1 then at, line = first, sub(line, first) end
    -- Most lines of a changelog are bullets of words: no structure, and nothing that the next line could underline.
    if not open and find(line, "^%- [%w*]") then
      tail, defines, above = nil, nil, nil
    else
      line = gsub(line, "\r$", "")
      local hidden
      hidden, open = hidden_by(open, line)
      hidden = hidden or at < (front or 0)
      local blank = not hidden and not find(line, "%S")
      local definition = not hidden and not above and definition_in(line, at)
      if blank or definition then
        tail, defines = tail or at, defines or definition
      else
        tail, defines = nil, nil
      end

      local paragraph
      if definition then
        definition.at, definition.past = at, past
        definitions[#definitions + 1] = definition
      elseif not hidden and not blank then
        local level, heading, underlined = heading_in(line, above)
        if level then
          headings[#headings + 1] = {
            line = underlined and number - 1 or number, level = level, text = heading,
            at = underlined and above.at or at, past = past, version = version_in(heading, level),
            unreleased = level <= 2 and find(lower(heading), "^%[?unreleased%f[%W]") ~= nil,
          }
        else
          open = opened_fence(line) or opened_html(line)
          if not open and not find(line, "^%s*[-*+>] ") and not find(line, "^    ") then
            paragraph = { line = line, at = at, long = above ~= nil }
          end
        end
      end
      above = paragraph
    end
  end
  return {
    first = first, eol = match(text, "^[^\n]*\r\n") and "\r\n" or "\n", open = open ~= nil,
    body_past = defines and tail or #text + 1, headings = headings, definitions = definitions,
  }
end

--- Where the section that the heading with number `i` begins has its end: at the next release, at a heading
--- that is not deeper, or where the body ends.
---@param read table   the result of outline.read
---@param i integer
---@return integer past
function outline.section_past(read, i)
  local own = read.headings[i]
  for j = i + 1, #read.headings do
    local heading = read.headings[j]
    if heading.version or heading.unreleased or heading.level <= own.level then return heading.at end
  end
  return math.max(read.body_past, own.past)
end

return outline
