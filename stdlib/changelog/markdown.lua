--- Foreign text inside Markdown: whatever a commit says, the page shows it and does nothing.
--
-- The result means the same in CommonMark, in GFM and in the forges' dialects, since it leans on no detail of
-- theirs:
-- * punctuation is escaped where it could start something (`snake_case` and `a -> b` stay readable);
-- * words that a forge turns into something (`@name`, addresses, `#12`, `GH-12`, `a/b#12`) are set as code. Forges look
--   for them in the rendered page, where an escaped `@` is an `@` again; in code they do not look;
-- * balanced code spans stay code spans, any other backtick is text;
-- * the result is one line (text.line), so it can neither leave its bullet nor underline the line above as a heading.
-- Rules: CommonMark 0.31, GFM 0.29 with its extended autolinks, GitHub's "Basic writing and formatting syntax".

local text = require "text"

local markdown = {}

local byte, concat, find, gmatch, gsub, lower, match, sub =
  string.byte, table.concat, string.find, string.gmatch, string.gsub, string.lower, string.match, string.sub

local PUNCTUATION = {
  ["\\"] = "\\\\", ["*"] = "\\*", ["["] = "\\[", ["]"] = "\\]", ["|"] = "\\|", ["~"] = "\\~",
  ["`"] = "&#96;",      -- an escaped backtick next to a code span would still read as part of its delimiter
  ["$"] = "&#36;",      -- mathematics, which GitHub and GitLab look for before they look at backslashes
}
local BACKTICK = byte "`"

--- True when `s` needs no change. This is most subjects of most histories, so it is one anchored pass over the
--- bytes (ranges are three times as quick as %w), and a look for `www.`, `//` and `gh-1` where a character of
--- theirs occurs.
local function is_plain(s)
  if find(s, "^%a[a-z A-Z0-9,;()'\"?]*$") then return true end
  return find(s, "^%a[a-z A-Z0-9,;()'\"/?.%-]*$")
    and not (find(s, "w.", 1, true) or find(s, "h-", 1, true) or find(s, "//", 1, true)
      or find(s, "W.", 1, true) or find(s, "H-", 1, true))
end

--- Escapes the punctuation of `s`, a stretch without active words and without code.
local function punctuation(s)
  s = gsub(s, "&(#?%w+;)", "&amp;%1")
  s = gsub(s, "<([%a/!?])", "&lt;%1")
  s = gsub(s, "[\\*%[%]|~`$]", PUNCTUATION)
  if not find(s, "_", 1, true) then return s end
  return (gsub(s, "()(_+)()", function (at, run, past)      -- between letters it only is an underscore
    local inside = at > 1 and find(s, "^%w", at - 1) and find(s, "^%w", past)
    if not inside then return gsub(run, "_", "\\_") end
  end))
end

--- True for a word that a forge or a renderer would make a link or a notification of.
local function is_active(word)
  return find(word, "@", 1, true) and find(word, "[%w_]") or find(word, "[#!]%d") or find(word, "//", 1, true)
    or find(lower(word), "www.", 1, true) or find(lower(word), "gh%-%d")
end

--- Appends `piece` to `out`. Two code spans that touch would be one, so they are kept apart.
local function add(out, piece)
  if piece == "" then return end
  local last = out[#out]
  if last and byte(piece) == BACKTICK and byte(last, -1) == BACKTICK then piece = " " .. piece end
  out[#out + 1] = piece
end

--- Appends text that is outside of code: active words as code (`#12` as a link where `issue` tells to what),
--- the rest with its punctuation escaped.
local function add_prose(out, s, issue)
  local from = 1
  if find(s, "[@#!]") or find(s, "//", 1, true) or find(s, "[wW]%.") or find(s, "[hH]%-") then
    for at, word in gmatch(s, "()([^%s()<>{}%[%]\"'`|,;\\*]+)") do
      if is_active(word) then
        local stop = #word
        while find(word, "^[.:!?]", stop) do stop = stop - 1 end      -- the sentence's, not the word's
        word = sub(word, 1, stop)
        local number = issue and match(word, "^#(%d+)$")
        add(out, punctuation(sub(s, from, at - 1)))
        add(out, number and "[#" .. number .. "](" .. issue .. number .. ")" or "`" .. word .. "`")
        from = at + stop
      end
    end
  end
  add(out, punctuation(sub(s, from)))
end

--- The runs of backticks in `s`: position, length, and the number of the next run of the same length (a code
--- span ends at the first such run). Found from the back, so that a line of stray backticks costs no more than
--- any other.
local function backtick_runs(s)
  local runs, next_of = {}, {}
  for at, run in gmatch(s, "()(`+)") do runs[#runs + 1] = { at = at, length = #run } end
  for i = #runs, 1, -1 do
    local run = runs[i]
    run.partner, next_of[run.length] = next_of[run.length], i
  end
  return runs
end

--- Escapes a line of foreign text for the inside of a bullet, a paragraph or bold text. It renders as the
--- characters of `s`, trimmed; what cannot be seen is shown as an escape; balanced code spans are kept.
---@param s string
---@param issue? string  URL prefix of issues: `#12` becomes a link to it; without it `#12` is set as code
---@return string
function markdown.escape(s, issue)
  if is_plain(s) then return s end
  -- Plain words and the ` (#12)` that a forge appends: most of the other subjects.
  local before, number = match(s, "^(%a[^#]* %()#(%d+)%)$")
  if number and is_plain(before) then
    if issue then return before .. "[#" .. number .. "](" .. issue .. number .. "))" end
    return before .. "`#" .. number .. "`)"
  end
  s = match(text.line(s), "^ *(.*)")
  local stop = #s
  while byte(s, stop) == 32 do stop = stop - 1 end
  s = sub(s, 1, stop)
  local out, from = {}, 1
  if find(s, "`", 1, true) then
    local runs, i = backtick_runs(s), 1
    while i <= #runs do
      local run = runs[i]
      local partner = run.partner and runs[run.partner]
      if partner then
        add_prose(out, sub(s, from, run.at - 1), issue)
        from = partner.at + partner.length
        add(out, sub(s, run.at, from - 1))
        i = run.partner
      end
      i = i + 1
    end
  end
  add_prose(out, sub(s, from), issue)
  s = concat(out)
  if find(s, "^[-+#>=:]") then return "\\" .. s end         -- list, heading, quote, underline, definition
  return (gsub(s, "^(%d+)([.)])%f[%s\0]", "%1\\%2"))       -- ordered list
end

--- Escapes foreign text of several lines as paragraphs: lines and blank lines stay, nothing in them is active.
---@param s string
---@param issue? string
---@return string
function markdown.paragraphs(s, issue)
  local lines = {}
  for line in gmatch(gsub(s, "\r\n?", "\n"), "([^\n]*)\n?") do lines[#lines + 1] = markdown.escape(line, issue) end
  return match(gsub(concat(lines, "\n"), "\n\n\n+", "\n\n"), "^\n*(.-)\n*$")
end

--- Makes a URL fit for `(...)` after a link's text, for a link definition and for standing alone. Only the
--- web's addresses are links: anything else is a mistake of the caller and raises.
---@param url string
---@return string
function markdown.url(url)
  if not find(url, "^https?://[^/]") then error(("not a web address: %s"):format(text.line(url)), 2) end
  return (gsub(url, "[^%w%-._~:/?#@!$&+,;=%%]", function (char) return ("%%%02X"):format(byte(char)) end))
end

return markdown
