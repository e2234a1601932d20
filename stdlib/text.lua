--- Text for people: makes what came from outside safe to print, and lays out what we print.
--
-- Commit messages, branch names, server answers and file contents are written by others. Before any of it
-- reaches a terminal, a log or a page it goes through `text.visible` or `text.line`: what cannot be seen, moves
-- the cursor or reorders its neighbours (Trojan Source, CVE-2021-42574) is shown as an escape; ordinary Unicode
-- stays as it is. A backslash stays single, so that paths stay readable: the escapes are for eyes, they are not
-- meant to be undone. Changelog bullets have more to fear than a terminal: see changelog/markdown.lua.

local text = {}

local char, concat, find, format, gsub, rep, sub =
  utf8.char, table.concat, string.find, string.format, string.gsub, string.rep, string.sub
local codepoints, offset = utf8.len, utf8.offset

-- The characters that are never printed, as ranges; a range of one is written twice.
local HIDDEN = {
  { 0x80, 0x9f },       -- C1 controls: U+009B starts a terminal sequence just as ESC [ does
  { 0x61c, 0x61c },     -- Arabic letter mark
  { 0x180e, 0x180e },   -- Mongolian vowel separator, invisible
  { 0x200b, 0x200f },   -- zero width space and joiners, left-to-right and right-to-left marks
  { 0x2028, 0x202e },   -- line and paragraph separators; embeddings and overrides
  { 0x2060, 0x206f },   -- word joiner, invisible operators, isolates, deprecated format characters
  { 0xfeff, 0xfeff },   -- byte order mark: what begins one text ends up inside another
  { 0xfff9, 0xfffb },   -- interlinear annotation
  { 0xe0000, 0xe007f }, -- tags: invisible ASCII
}

local ESCAPE_OF = {}    -- a hidden character or control byte -> how it is shown
for _, range in ipairs(HIDDEN) do
  for code = range[1], range[2] do ESCAPE_OF[char(code)] = format("\\u{%x}", code) end
end
for byte = 0, 31 do ESCAPE_OF[string.char(byte)] = format("\\x%02x", byte) end
ESCAPE_OF["\127"] = "\\x7f"
ESCAPE_OF["\r"], ESCAPE_OF["\n"], ESCAPE_OF["\t"] = "\\r", "\\n", "\\t"

--- `s` with every byte that is not part of well-formed UTF-8 written as `\xNN`.
local function well_formed(s)
  local parts, at = {}, 1
  while true do
    local _, bad = codepoints(s, at)
    if not bad then break end
    parts[#parts + 1] = sub(s, at, bad - 1)
    parts[#parts + 1] = format("\\x%02x", s:byte(bad))
    at = bad + 1
  end
  parts[#parts + 1] = sub(s, at)
  return concat(parts)
end

local function escape(s, controls)
  s = gsub(s, controls, ESCAPE_OF)
  if not find(s, "[\128-\255]") then return s end
  return (gsub(well_formed(s), "[\194-\244][\128-\191]+", ESCAPE_OF))
end

--- Makes foreign text safe to print: control bytes, escape sequences, bidirectional and invisible characters
--- and malformed UTF-8 are shown as `\x1b` or `\u{202e}`. Newlines and tabs stay. Doing it twice changes
--- nothing.
---@param s string
---@return string
function text.visible(s)
  if not find(s, "[^\n\t -~]") then return s end
  return escape(s, "[^\n\t -~\128-\255]")
end

--- Like `text.visible`, for a place that has one line: newlines and tabs are shown as `\n` and `\t` too.
---@param s string
---@return string
function text.line(s)
  if not find(s, "[^ -~]") then return s end
  return escape(s, "[^ -~\128-\255]")
end

--- The number of columns that `s` takes, counted as code points (bytes, when it is not well-formed UTF-8).
---@param s string
---@return integer
function text.width(s) return codepoints(s) or #s end

--- Cuts `s` to at most `columns` columns; a cut text ends in `…`.
---@param s string
---@param columns integer  0 or more
---@return string
function text.shorten(s, columns)
  if #s <= columns then return s end
  local width = codepoints(s)
  if width and width <= columns then return s end
  if columns < 1 then return "" end
  local stop = width and offset(s, columns) or columns
  return gsub(sub(s, 1, stop - 1), " +$", "") .. "…"
end

-- No word that is worth a hint is longer, and the distance takes time in the product of the lengths.
local LONGEST_WORD = 64

--- The number of single-character edits (insert, remove, replace, swap neighbours) from `a` to `b`.
local function distance(a, b)
  local before, last = nil, {}
  for j = 0, #b do last[j] = j end
  for i = 1, #a do
    local row = { [0] = i }
    for j = 1, #b do
      local replace = a:byte(i) == b:byte(j) and 0 or 1
      local least = math.min(last[j] + 1, row[j - 1] + 1, last[j - 1] + replace)
      if before and j > 1 and a:byte(i) == b:byte(j - 1) and a:byte(i - 1) == b:byte(j) then
        least = math.min(least, before[j - 2] + 1)
      end
      row[j] = least
    end
    before, last = last, row
  end
  return last[#b]
end

--- The word of `words` that `word` was most likely meant to be: at most one edit away per three letters (and
--- always one), upper and lower case alike. Among equals the first in alphabetical order wins, whatever the
--- order given.
---@param word string
---@param words string[]
---@return string|nil
function text.nearest(word, words)
  if #word > LONGEST_WORD then return nil end
  local wanted, nearest, least = word:lower(), nil, math.max(1, #word // 3) + 1
  for _, candidate in ipairs(words) do
    if math.abs(#candidate - #word) < least or nearest and math.abs(#candidate - #word) <= least then
      local edits = distance(wanted, candidate:lower())
      if edits < least or edits == least and nearest and candidate < nearest then
        nearest, least = candidate, edits
      end
    end
  end
  return nearest
end

--- Lays rows out in aligned columns, one line per row, each ended by a newline and without trailing spaces.
--- Cells are made safe (`text.line`) here; colour is put on by `paint`, after the width is known. A nil cell is
--- written false.
---@param rows (string|number|boolean)[][]
---@param options? { gap?: integer, indent?: string, right?: table<integer, boolean>,
---  paint?: fun(cell: string, column: integer, row: integer): string }  `right` names the right-aligned columns
---@return string
function text.table(rows, options)
  options = options or {}
  local gap, right = rep(" ", options.gap or 2), options.right or {}
  local cells, widths = {}, {}
  for i, row in ipairs(rows) do
    cells[i] = {}
    for column, value in ipairs(row) do
      local cell = value and text.line(tostring(value)) or ""
      cells[i][column] = cell
      widths[column] = math.max(widths[column] or 0, text.width(cell))
    end
  end
  local lines = {}
  for i, row in ipairs(cells) do
    local line, pending = {}, options.indent or ""
    for column, cell in ipairs(row) do
      local room = rep(" ", widths[column] - text.width(cell))
      if cell ~= "" then
        line[#line + 1] = pending .. (right[column] and room or "")
          .. (options.paint and options.paint(cell, column, i) or cell)
        pending = right[column] and "" or room
      else
        pending = pending .. room
      end
      pending = pending .. gap
    end
    lines[i] = concat(line) .. "\n"
  end
  return concat(lines)
end

--- A count with its noun: `1 commit`, `2 commits`, `3 branches`.
---@param n integer
---@param noun string
---@param plural? string  when English does not follow its rule
---@return string
function text.plural(n, noun, plural)
  if n == 1 then return "1 " .. noun end
  if not plural then
    if find(noun, "[^aeiou]y$") then plural = sub(noun, 1, -2) .. "ies"
    elseif find(noun, "[sxz]$") or find(noun, "[cs]h$") then plural = noun .. "es"
    else plural = noun .. "s" end
  end
  return n .. " " .. plural
end

local UNITS = { "bytes", "kB", "MB", "GB" }

--- A size in words: `999 bytes`, `1.0 kB`, `2.1 GB`.
---@param bytes integer
---@return string
function text.size(bytes)
  local size, unit = bytes, 1
  while size >= 1000 and unit < #UNITS do size, unit = size / 1000, unit + 1 end
  return (unit == 1 and "%d %s" or "%.1f %s"):format(size, UNITS[unit])
end

local WORKFLOW = { ["%"] = "%25", ["\r"] = "%0D", ["\n"] = "%0A", [":"] = "%3A", [","] = "%2C" }

--- Escapes the message of a GitHub workflow command (`::error::MESSAGE`), so that it can start no second
--- command.
---@param s string
---@return string
function text.workflow(s) return (gsub(s, "[%%\r\n]", WORKFLOW)) end

--- Escapes the value of a property of a GitHub workflow command (`::error file=VALUE::`).
---@param s string
---@return string
function text.workflow_property(s) return (gsub(s, "[%%\r\n:,]", WORKFLOW)) end

--- Canonical JSON as a log of GitHub Actions may show it: the same value, in which nothing is read as a command. No line of
-- it begins with `::`, and `##[` stands only within strings.
---@param json string
---@return string
function text.logged_json(json) return (gsub(json, "##%[", "#\\u0023[")) end

--- The canonical JSON that text.logged_json was given: canonical JSON never writes `#` as an escape, so nothing else is
-- changed.
---@param json string
---@return string
function text.canonical_json(json) return (gsub(json, "#\\u0023%[", "##[")) end

--- A name as one word of a command that a person may copy: in quotes where a shell reads one of its characters.
---@param s string without a quote of its own
---@return string
function text.word(s) return find(s, "[^%w%%+,./:=@_-]") and "'" .. s .. "'" or s end

--- The end of a sentence about an unknown word: "; did you mean 'x'?", or "" when nothing is near.
---@param word string
---@param words string[]
---@return string
function text.hint(word, words)
  local near = text.nearest(word, words)
  return near and ("; did you mean '%s'?"):format(near) or ""
end

return text
