--- Changelogs: what a release's commits say, as a section of Markdown, and that section's place in a file.
--
-- A section is text that begins with its heading and ends with one newline; lines end with LF, whatever the
-- file has. The same commits give the same bytes: bullets stand in the order given, there is no date but the
-- entry's. Commits are written by others, so nothing of theirs is active in the section
-- (changelog/markdown.lua); and what a section leaves out is counted, so that a plan can tell.

local document = require "changelog.document"
local markdown = require "changelog.markdown"
local outline = require "changelog.outline"
local style = require "changelog.style"

local changelog = {
  options = style.options,
  style = style.make,
  insert = document.insert,
  section = document.section,
  body = document.body,
}

local concat, escape, find, gsub, lower, match, sub =
  table.concat, markdown.escape, string.find, string.gsub, string.lower, string.match, string.sub

local BREAKING_TITLE = "⚠ BREAKING CHANGES"
local BREAKING_MARK = " **(BREAKING)**"
local UNDESCRIBED = "(no description)"
local SHORT = 7         -- digits of an abbreviated commit, as forges show it

--- A release to write about.
---@class changelog.entry
---@field version string          canonical text of the version
---@field date? string            YYYY-MM-DD; none for what is not released
---@field package? string
---@field previous? string        version before
---@field tag? string
---@field previous_tag? string
---@field commits? table[]        parsed commits, newest first
---@field links? { compare?: string, commit?: string, issue?: string, release?: string, unreleased?: string }
---  addresses; `commit` and `issue` are prefixes; `unreleased` compares the new tag with what comes after it
---@field note? string            a word in front of the sections
---@field dependencies? { name: string, version: string }[]  raised requirements

local Writer = {}
Writer.__index = Writer

--- Does a title say itself that what stands below it was reverted?
local function tells_revert(title) return title and find(lower(title), "revert", 1, true) ~= nil end

--- A revert's description is that of what went away: `Revert "..."` makes it one again.
local function reverting(description)
  if find(description, "^[Rr]evert") then return description end
  return ('Revert "%s"'):format(description)
end

--- Begins a section to which commits are added one by one, so that a long history need not be held in memory.
--- Raises when the entry's version or date could not stand in a heading, or an address is not a web address.
---@param options table          a style or its options (changelog.options)
---@param entry changelog.entry  its commits are not looked at
---@return table writer          writer:add(commit), writer:finish() -> section, counts | nil, message
function changelog.writer(options, entry)
  local made, links = style.make(options), entry.links or {}
  if not find(entry.version, "^%w[%w.+!_-]*$") then error(("not a version: %q"):format(entry.version), 2) end
  if entry.date and not find(entry.date, "^%d%d%d%d%-%d%d%-%d%d$") then error(("not a date: %q"):format(entry.date), 2) end
  local self = setmetatable({ style = made, entry = entry, breaking = {}, buckets = {}, scopes = {} }, Writer)
  for _, title in ipairs(made.titles) do self.buckets[title] = {} end
  self.commit_url = links.commit and markdown.url(links.commit)
  self.commit_url_open = self.commit_url and "](" .. self.commit_url
  self.issue_url = links.issue and markdown.url(links.issue)
  self.counts = { commits = 0, shown = 0, hidden = {}, unparsed = 0 }
  return self
end

--- `**scope**: `; scopes are few and come often.
local function scope_prefix(self, scope)
  local format = self.style.format
  local escaped = escape(scope, self.issue_url)
  local prefix = escaped == "" and "" or format.scope_before .. escaped .. format.scope_after
  self.scopes[scope] = prefix
  return prefix
end

--- `, closes [#12](url)` for the issues that the description does not name itself.
local function reference_suffix(self, entry)
  local links = {}
  for _, reference in ipairs(entry.references) do
    local number = match(reference, "^#?(%d+)$")
    if number and not find(entry.description .. " ", "#" .. number .. "%D") then
      links[#links + 1] = ("[#%s](%s%s)"):format(number, self.issue_url, number)
    end
  end
  return #links == 0 and "" or ", " .. self.style.references .. " " .. concat(links, ", ")
end

--- A breaking change, by the style: a mark and its notes under the bullet, or bullets for the block on top.
local function breaking_suffix(self, entry, prefix, description)
  local made, notes = self.style, {}
  for _, note in ipairs(entry.notes or {}) do
    note = escape((gsub(note, "%s+", " ")), self.issue_url)       -- a footer may have several lines
    if note ~= "" then notes[#notes + 1] = note end
  end
  if made.breaking == "mark" then
    if #notes == 0 or not made.notes then return BREAKING_MARK, "" end
    local below = "\n  " .. made.format.marker
    return BREAKING_MARK, below .. concat(notes, below)
  end
  if #notes == 0 then notes[1] = description end
  for _, note in ipairs(notes) do self.breaking[#self.breaking + 1] = made.format.marker .. prefix .. note end
  return "", ""
end

--- Adds a commit: one bullet for each of its entries, under the title of the entry's type.
---@param commit table
function Writer:add(commit)
  local made, counts, issue_url = self.style, self.counts, self.issue_url
  local title_of, is_hidden, scopes = made.title_of, made.is_hidden, self.scopes
  local marker, before, hash, link, oid, after = made.format.marker, "", "", "", "", ""
  if made.hashes then
    hash = sub(commit.oid, 1, SHORT)
    if self.commit_url then before, link, oid, after = " ([", self.commit_url_open, commit.oid, "))"
    else before, after = " (", ")" end
  end
  counts.commits = counts.commits + 1
  local entries = commit.entries
  for i = 1, #entries do
    local entry = entries[i]
    local kind, breaking, title = entry.type, entry.breaking, nil
    if not kind then title = made.unparsed
    elseif breaking or not is_hidden[kind] then title = title_of[kind] or made.other end
    if not title and breaking and made.breaking == "mark" then title = made.unparsed or made.titles[1] end

    if title or breaking then
      local scope = made.scope and entry.scope
      local prefix = scope and (scopes[scope] or scope_prefix(self, scope)) or ""
      local description = escape(entry.description, issue_url)
      if description == "" then description = UNDESCRIBED end
      local mark, notes = "", ""
      local reverted = kind == "revert" and reverting(description)
      if breaking then mark, notes = breaking_suffix(self, entry, prefix, reverted or description) end
      if reverted and not tells_revert(title) then description = reverted end
      if title then
        local references = entry.references
        references = issue_url and references and references[1] and made.references
          and reference_suffix(self, entry) or ""
        local bucket = self.buckets[title]
        if mark == "" and references == "" and notes == "" then      -- nearly every bullet
          bucket[#bucket + 1] = marker .. prefix .. description .. before .. hash .. link .. oid .. after
        else
          bucket[#bucket + 1] = marker .. prefix .. description .. mark .. before .. hash .. link .. oid .. after
            .. references .. notes
        end
      end
      counts.shown = counts.shown + 1
    elseif kind then
      counts.hidden[kind] = (counts.hidden[kind] or 0) + 1
    else
      counts.unparsed = counts.unparsed + 1
    end
  end
end

--- The entry's note as a paragraph. Trusted Markdown may do all but end the section or take over its structure.
local function note_block(made, entry)
  if made.note == "text" then return markdown.paragraphs(entry.note, entry.links and entry.links.issue) end
  local note = match(gsub(entry.note, "\r\n?", "\n"), "^%s*(.*%S)")
  local read = outline.read(note)
  if read.open then return nil, "the note ends inside a code fence or an HTML block: close it" end
  for _, heading in ipairs(read.headings) do
    if heading.level < 4 then
      return nil, ("line %d of the note is a heading of level %d: it may have level 4 or deeper")
        :format(heading.line, heading.level)
    end
  end
  return note
end

--- Ends the section.
---@return string|nil section  nil when the note is not fit to stand in a section
---@return table|string counts { commits =, shown = bullets, hidden = { type = n }, unparsed = n left out }, or message
function Writer:finish()
  local made, entry = self.style, self.entry
  local blocks = { made.format.heading(entry) }
  local function add(title, bullets)
    if #bullets == 0 then return end
    blocks[#blocks + 1] = "### " .. title
    blocks[#blocks + 1] = concat(bullets, "\n")
  end

  if entry.note and find(entry.note, "%S") then
    local note, message = note_block(made, entry)
    if not note then return nil, message end
    blocks[2] = note
  end
  local plain = #blocks
  local raised = made.dependencies and self.buckets[made.dependencies] or {}
  for _, dependency in ipairs(made.dependencies and entry.dependencies or {}) do
    raised[#raised + 1] = made.format.marker .. escape(dependency.name .. ": " .. dependency.version)
  end
  add(BREAKING_TITLE, self.breaking)
  for _, title in ipairs(made.titles) do add(title, self.buckets[title]) end
  if #blocks == plain then blocks[#blocks + 1] = made.empty end
  local compare = made.compare and entry.links and entry.links.compare
  if compare then blocks[#blocks + 1] = "Compare: " .. markdown.url(compare) end
  return concat(blocks, "\n\n") .. "\n", self.counts
end

--- Writes the section of a release.
---@param options table          a style or its options (changelog.options)
---@param entry changelog.entry
---@return string|nil section    nil when the note is not fit to stand in a section
---@return table|string counts   see Writer:finish, or the message
function changelog.render(options, entry)
  local writer = changelog.writer(options, entry)
  for _, commit in ipairs(entry.commits or {}) do writer:add(commit) end
  return writer:finish()
end

--- The link definitions that belong to a release's section and stand at the end of the file (for
--- changelog.insert).
---@param options table
---@param entry changelog.entry
---@return { label: string, url: string }[]
function changelog.definitions(options, entry) return style.make(options).format.definitions(entry) end

return changelog
