--- Why a release is what it is: for every package what each commit did, and why one did nothing.
--
-- A record is what was decided about one package:
--   package      its name
--   root         its path; "" for the whole repository
--   previous     the version before, as text; nil: there is none
--   version      the next version, as text; nil: nothing to release
--   level        "none"|"patch"|"minor"|"major"
--   reason       sentences of the version's decision
--   commits      the commits that counted, newest first, cancelled ones left out
--   because      those of them that caused the level
--   cancelled    { commit =, by = oid, reverts = oids|nil }: see commits.cancel
--   ignored      { commit =, why = }: "a merge", "it says [skip release]"
--   unparsed     those of `commits` that follow no convention
--   last_tag     the tag where the commits begin; nil: at the first commit
--   policy       optional: the levels (commits.level); with it the rule of each commit is told
-- Subjects are written by others: nothing of them is printed but through text.line.

local commits = require "commits"
local text = require "text"

local explain = {}

local ID = 12           -- digits of an abbreviated id, as in all our messages
local SUBJECT = 72      -- columns of a subject

local function short(oid) return oid:sub(1, ID) end

local function named(commit)
  return short(commit.oid) .. " " .. text.shorten(text.line(commit.subject), SUBJECT)
end

local function set_of(list)
  local set = {}
  for _, item in ipairs(list or {}) do set[item] = true end
  return set
end

local function change_of(record)
  local previous = record.previous and text.line(record.previous)
  if not record.version then return (previous and previous .. "  " or "") .. "nothing to release" end
  return (previous or "none") .. " -> " .. text.line(record.version)
end

--- What a commit that counted did: "because", "counts", "ignored" or "UNPARSED".
local function part_of(commit, because, unparsed, level)
  if because[commit] then return "because" end
  if unparsed[commit] then return "UNPARSED" end
  return level == "none" and "ignored" or "counts"
end

--- Calls `each(word, commit, note)` for all commits of a record, in the order in which they are told.
local function walk(record, each)
  local because, unparsed = set_of(record.because), set_of(record.unparsed)
  local later = {}
  for _, commit in ipairs(record.commits or {}) do
    local level, rule
    if record.policy then level, rule = commits.rule(commit, record.policy) end
    local word = part_of(commit, because, unparsed, level)
    if word == "because" then each(word, commit, rule) else later[#later + 1] = { word, commit, rule } end
  end
  for _, row in ipairs(later) do each(row[1], row[2], row[3]) end
  for _, row in ipairs(record.cancelled or {}) do
    each("cancelled", row.commit, (row.reverts and "it reverts " or "by ") .. short(row.by))
  end
  for _, row in ipairs(record.ignored or {}) do each("ignored", row.commit, row.why) end
end

--- Tells for every package which commit caused what.
---@param records table[]
---@return string[] lines
function explain.lines(records)
  local lines = {}
  for _, record in ipairs(records) do
    local level = record.version and record.level and "  " .. record.level or ""
    lines[#lines + 1] = ("%s  %s%s"):format(text.line(record.package), change_of(record), level)
    for _, sentence in ipairs(record.reason or {}) do lines[#lines + 1] = "  " .. text.line(sentence) end
    walk(record, function (word, commit, note)
      note = note and "  (" .. text.line(note) .. ")" or ""
      lines[#lines + 1] = ("  %-9s  %s%s"):format(word, named(commit), note)
    end)
  end
  return lines
end

--- The same as data for a machine: texts are safe to print, and a list that would be empty is left out.
---@param records table[]
---@return table[] list  of { package, previous, version, level, reason, commits }; commits are { part, oid, subject,
---  note } in the order of the lines
function explain.data(records)
  local list = {}
  for i, record in ipairs(records) do
    local data = { package = text.line(record.package), level = record.level,
      previous = record.previous and text.line(record.previous),
      version = record.version and text.line(record.version) }
    local rows, reason = {}, {}
    for k, sentence in ipairs(record.reason or {}) do reason[k] = text.line(sentence) end
    walk(record, function (word, commit, note)
      rows[#rows + 1] = { part = word:lower(), oid = commit.oid, subject = text.line(commit.subject),
        note = note and text.line(note) }
    end)
    data.reason = #reason > 0 and reason or nil
    data.commits = #rows > 0 and rows or nil
    list[i] = data
  end
  return list
end

-- Why not ---------------------------------------------------------------------------------------------------

--- The row of a list, of commits or of { commit = }, whose commit `oid` begins.
local function find(list, oid)
  for _, row in ipairs(list or {}) do
    if (row.commit or row).oid:sub(1, #oid) == oid then return row end
  end
end

local function why_cancelled(row)
  if row.reverts then return ("it and %s, which it reverts, cancel each other"):format(short(row.by)) end
  return ("%s reverts it, also since the last release"):format(short(row.by))
end

--- What a commit was worth beside the ones that decided.
local function why_outranked(record, commit)
  local level, rule
  local what = find(record.unparsed, commit.oid) and "it is not a Conventional Commit" or "it counts"
  if record.policy then
    level, rule = commits.rule(commit, record.policy)
    if level == "none" and what == "it counts" then what = "it asks for no release" end
    what = what .. " (" .. text.line(rule) .. ")"
  end
  local first = (record.because or {})[1]
  if level == "none" then return what end
  if not first then return what .. ", and no commit asks for a release" end
  return ("%s, but %s asks for %s"):format(what, named(first), tostring(record.level))
end

local function why_outside(record, known)
  local tag = known.contained and known.contained[record.package]
  if tag then return "it is already in " .. text.line(tag) end
  local untouched = record.root and record.root ~= "" and "does not touch " .. text.line(record.root)
  if known.contained then return "it " .. (untouched or "touches nothing of this package") end
  local since = record.last_tag and "it is not new since " .. text.line(record.last_tag)
    or "it is not in the history that is released"
  return untouched and since .. ", or " .. untouched or since
end

local function why(record, oid, known)
  local commit = find(record.because, oid)
  if commit then return ("it is why this is %s"):format(tostring(record.level)) end
  local row = find(record.cancelled, oid)
  if row then return why_cancelled(row) end
  row = find(record.ignored, oid)
  if row then return "it is ignored: " .. text.line(row.why) end
  commit = find(record.commits, oid)
  if commit then return why_outranked(record, commit) end
  return why_outside(record, known)
end

local NOT_HELD = "the history that is released does not hold it"

--- Tells for every package why a commit did not cause its version, or that it did.
---@param records table[]
---@param oid string the commit's id, or the beginning of it
---@param known? { reachable?: boolean, contained?: table<string, string> }  facts of the history where they
---  are at hand: whether the released history holds the commit, and for packages the tag that it is already in
---@return string[] lines
function explain.why_not(records, oid, known)
  known, oid = known or {}, oid:lower()
  if known.reachable == false then return { ("%s: %s"):format(text.line(short(oid)), NOT_HELD) } end
  local lines = {}
  for i, record in ipairs(records) do
    lines[i] = ("%s  %s  %s: %s"):format(text.line(record.package), change_of(record), text.line(short(oid)),
      why(record, oid, known))
  end
  return lines
end

--- The same as data for JSON, a row for every package.
---@return { package: string, commit: string, previous: string|nil, version: string|nil, why: string }[]
function explain.why_not_data(records, oid, known)
  known, oid = known or {}, oid:lower()
  local rows = {}
  for i, record in ipairs(records) do
    rows[i] = { package = record.package, commit = oid, previous = record.previous, version = record.version,
      why = known.reachable == false and NOT_HELD or why(record, oid, known) }
  end
  return rows
end

return explain
