--- The text of a release's pull request: the notes, which a person may edit and which become the notes of the release,
-- and below a line what relrun has to say. A mark remembers the digest of the notes as they were written, so that a
-- later prepare renews what nobody touched and keeps what somebody did. Pure.

local pull_body = {}

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

--- The whole text.
---@param notes string
---@param hint string what relrun says below them, one paragraph
---@param release { lane: string, packages: string[] }
---@param sha256 fun(bytes: string): string
---@return string
function pull_body.compose(notes, hint, release, sha256)
  notes = plain(notes)
  local packages = {}
  for i, name in ipairs(release.packages) do packages[i] = encoded(name) end
  return ("%s%s%s\n%s\n%s\n"):format(notes, RULE, hint, RELEASE:format(table.concat(packages, ","), encoded(release.lane)),
    MARK:format(sha256(notes)))
end

-- The parts of a text: the notes, and the digest that they had when relrun wrote them, or nil where it did not.
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
  return plain(last and upto:sub(1, last - 1) or upto), digest
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

return pull_body
