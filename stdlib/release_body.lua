--- The text of a release on a forge: its notes, and below them a mark that nobody sees. The mark holds the digest of
-- what the release is for (its tag object and its assets), so it is the same in every clone that makes this release,
-- and tells our drafts from those of other people. Pure.

local excerpt = require "excerpt"

local release_body = {}

local MARK = "<!-- relrun release sha256:%s -->"
local MARK_AT = "()<!%-%- relrun release sha256:(%x+) %-%->"

-- Forges give back other line ends than they were given, and their editors leave spaces at the end.
local function plain(words) return (words:gsub("\r\n?", "\n"):gsub("%s+$", "")) end

--- The whole text.
---@param notes string
---@param purpose string SHA-256
---@return string
function release_body.compose(notes, purpose) return plain(notes) .. "\n\n" .. MARK:format(purpose) end

-- Where the last mark begins, and its digest. Notes that a person wrote may hold an older one.
local function last_mark(body)
  local place, digest
  for at, found in body:gmatch(MARK_AT) do place, digest = at, found end
  return place, digest
end

--- The purpose that a release was made for; nil when relrun did not make it.
---@param body string
---@return string|nil SHA-256
function release_body.purpose(body)
  local _, digest = last_mark(body)
  return digest
end

--- The notes, without the mark.
---@param body string
---@return string
function release_body.notes(body)
  local place = last_mark(body)
  return plain(place and body:sub(1, place - 1) or body)
end

--- Do two texts say the same, mark included?
---@return boolean
function release_body.same(a, b) return plain(a) == plain(b) end

--- Notes that fit a forge: cut behind a line, with a word on where the rest stands.
---@param notes string
---@param limit integer characters of the whole text, mark included
---@param rest string the last paragraph of notes that were cut
---@return string notes
---@return boolean was_cut
function release_body.fit(notes, limit, rest)
  return excerpt.of(notes, limit - #MARK:format(("0"):rep(64)) - 2, rest)
end

return release_body
