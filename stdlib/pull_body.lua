--- The text of a release's pull request: the notes, which a person may edit and which become the notes of the release,
-- and below a line what relrun has to say. A mark remembers the digest of the notes as relrun wrote them, so that a
-- later prepare renews what nobody touched, keeps what somebody did, and tells what that lacks. Pure.

local excerpt = require "excerpt"

local pull_body = {}

--- How many characters GitHub takes.
pull_body.LONGEST = 65536

local RULE = "\n\n---\n\n"
local MARK = "<!-- relrun notes sha256:%s -->"

-- Which release it is: the lane, and its packages. Names are written so that none ends the mark or another name.
local RELEASE = "<!-- relrun prepared %s for lane %s -->"

local function encoded(name)
  return (name:gsub("[^%w._/@-]", function (byte) return ("%%%02X"):format(byte:byte()) end))
end

local function decoded(name)
  return (name:gsub("%%(%x%x)", function (digits) return string.char(tonumber(digits, 16)) end))
end

-- Forges give back other line ends than they were given, and their editors leave spaces at the end.
local function plain(notes) return (notes:gsub("\r\n?", "\n"):gsub("%s+$", "")) end

--- The whole text. Notes that are too long for a forge are cut; what was kept is what relrun wrote.
---@param notes string
---@param hint string what relrun says below them, one paragraph
---@param release { lane: string, packages: string[] }
---@param sha256 fun(bytes: string): string
---@param rest string the last paragraph of notes that were cut: where the rest stands
---@return string text
---@return boolean was_cut
function pull_body.compose(notes, hint, release, sha256, rest)
  local packages = {}
  for i, name in ipairs(release.packages) do packages[i] = encoded(name) end
  local below = ("%s%s\n%s\n"):format(RULE, hint, RELEASE:format(table.concat(packages, ","), encoded(release.lane)))
  local room = pull_body.LONGEST - excerpt.length(below) - #MARK:format(("0"):rep(64)) - 1
  local kept, was_cut = excerpt.of(plain(notes), room, rest)
  return ("%s%s%s\n"):format(kept, below, MARK:format(sha256(kept))), was_cut
end

-- The parts of a text: the notes; the digest that they had when relrun wrote them, or nil where it did not; and what stands
-- between the rule and the mark, or nil where the rule is gone.
local function split(body)
  body = body:gsub("\r\n?", "\n")
  local upto, digest = body:match("^(.*)<!%-%- relrun notes sha256:(%x+) %-%->%s*$")
  if not upto then return plain(body) end
  local last, from = nil, 1
  while true do
    local at = upto:find(RULE, from, true)
    if not at then break end
    last, from = at, at + 1
  end
  if not last then return plain(upto), digest end
  return plain(upto:sub(1, last - 1)), digest, upto:sub(last + #RULE)
end

--- The notes of a pull request, without what relrun wrote below them.
---@param body string
---@return string
function pull_body.notes(body) return (split(body)) end

--- Which release prepare wrote this text for; nil where prepare did not write it.
---@param body string
---@return { lane: string, packages: string[] }|nil
function pull_body.release(body)
  local packages, lane = body:gsub("\r\n?", "\n")
    :match "\n<!%-%- relrun prepared ([^%s]+) for lane ([^%s]+) %-%->\n<!%-%- relrun notes sha256:%x+ %-%->%s*$"
  if not packages then return nil end
  local release = { lane = decoded(lane), packages = {} }
  for name in packages:gmatch "[^,]+" do table.insert(release.packages, decoded(name)) end
  return release
end

--- The part of the notes that stands below a package's name (see notes.together); all of them where the names are gone.
---@param notes string
---@param name string
---@param names string[] all packages of the release
---@return string
function pull_body.section(notes, name, names)
  local heading, lines = {}, {}
  for _, one in ipairs(names) do heading["## " .. one] = one end
  local inside
  for line in (notes .. "\n"):gmatch "(.-)\n" do
    if heading[line] then
      inside = heading[line] == name
    elseif inside then
      lines[#lines + 1] = line
    end
  end
  local told = table.concat(lines, "\n"):gsub("^%s+", ""):gsub("%s+$", "")
  return told ~= "" and told or notes
end

--- Did a person change the notes since relrun wrote them? A text without our mark is a person's.
---@param body string
---@param sha256 fun(bytes: string): string
---@return boolean
function pull_body.is_edited(body, sha256)
  local notes, digest = split(body)
  return digest == nil or sha256(notes) ~= digest
end

--- The text as a later prepare leaves it: what nobody edited becomes what is planned, and of what somebody did the notes
-- stay, and what relrun says below them is what it says now. Where its rule or mark is gone nobody knows what is relrun's:
-- that is left whole.
---@param body string as it stands
---@param planned string as prepare composed it
---@param sha256 fun(bytes: string): string
---@return string|nil text nil where nothing changes
function pull_body.renewed(body, planned, sha256)
  local notes, digest, below = split(body)
  local wanted = planned
  if digest == nil or sha256(notes) ~= digest then
    if not digest or not below then return nil end
    local _, _, planned_below = split(planned)
    -- The digest stays that of relrun's own notes: what was edited is so still, and an edit can be taken back.
    wanted = notes .. RULE .. planned_below .. MARK:format(digest) .. "\n"
  end
  return plain(wanted) ~= plain(body) and wanted or nil
end

--- What edited notes lack of those that are planned: lines, without bullets and headings. Nothing where nobody edited them,
-- or where relrun has nothing to say that it did not say before the edit.
---@param body string as it stands
---@param planned string as prepare composed it
---@param sha256 fun(bytes: string): string
---@return string[]
function pull_body.lacking(body, planned, sha256)
  local lines = {}
  local notes, digest = split(body)
  local wanted = pull_body.notes(planned)
  if digest == sha256(notes) or digest == sha256(wanted) then return lines end
  for line in (wanted .. "\n"):gmatch "(.-)\n" do
    local words = line:match "^[%s*+-]*(.-)%s*$"
    if words ~= "" and not words:find "^#" and not notes:find(words, 1, true) then lines[#lines + 1] = words end
  end
  return lines
end

return pull_body
