--- Marked lines: any text file in which a marker says where the version stands.
--
--     __version__ = "1.2.3"  # x-release-version
--
--     <!-- x-release-start-version -->
--     pip install thing==1.2.3
--     <!-- x-release-end -->
--
-- release-please's spellings (`x-release-please-version`, ...) work too. Every marked line and every block
-- must hold the version; where they hold several, it is the one that all of them share.

local source = require "files.source"
local token = require "files.token"

local marked = {
  name = "marked",
  doc = "lines marked `x-release-version`, blocks from `x-release-start-version` to `x-release-end`; no `at`",
}

local MARKER = "x%-release%-[%w%-]*"
local MARKERS = {
  ["x-release-version"] = "line", ["x-release-please-version"] = "line",
  ["x-release-start-version"] = "start", ["x-release-please-start-version"] = "start",
  ["x-release-end"] = "stop", ["x-release-please-end"] = "stop",
}
-- release-please can also replace a part of a version. relrun cannot; passing over such a line would leave
-- it stale.
for _, part in ipairs { "major", "minor", "patch", "date", "version-date" } do
  for _, start in ipairs { "", "start-" } do MARKERS["x-release-please-" .. start .. part] = "part" end
end

--- The places: { at = offset of the marker, tokens = versions of the line or block }.
local function places(text)
  return source.attempt(function ()
    local found, block = {}, nil
    local first = source.open(text)
    -- The next thing that may be a marker; kept over lines, as looking for it anew on each would be quadratic.
    local at, stop = text:find(MARKER, first)
    while at and first <= #text do
      local last = (text:find("\n", first, true) or #text + 1) - 1
      local taken = false
      while at and at <= last do
        local marker, word = text:sub(at, stop), text:find("^[%w_%-]", at - 1)
        local kind = not (at > 1 and word) and MARKERS[marker] or nil
        if kind == "part" then
          source.refuse(text, at, source.shown(marker) .. " is not supported: mark the whole version")
        elseif kind == "start" then
          if block then source.refuse(text, at, "a marked block inside a marked block") end
          block = { at = at, first = last + 1 }
        elseif kind == "stop" then
          if not block then source.refuse(text, at, source.shown(marker) .. " without a start") end
          found[#found + 1] = { at = block.at, tokens = token.scan(text, block.first, first - 1) }
          block = nil
        elseif kind == "line" and not block and not taken then
          found[#found + 1], taken = { at = at, tokens = token.scan(text, first, last) }, true
        end
        at, stop = text:find(MARKER, stop + 1)
      end
      first = last + 2
    end
    if block then source.refuse(text, block.at, "a marked block without `x-release-end`") end
    if #found == 0 then source.refuse(text, 1, "no line is marked `x-release-version`") end
    return found
  end)
end

local function holds(place, version)
  for _, word in ipairs(place.tokens) do if word.text == version then return true end end
  return false
end

--- The version that all marked places share.
---@param text string
---@param at nil
---@param expected string|nil which one it is where they share several
---@return string|nil version
---@return string|nil message
function marked.read(text, at, expected)
  if at ~= nil and at ~= "" then error("a marked file takes no selector", 2) end
  local found, problem = places(text)
  if not found then return nil, problem end
  local shared, order = {}, {}
  for _, word in ipairs(found[1].tokens) do
    if not shared[word.text] then
      shared[word.text] = 1
      order[#order + 1] = word.text
    end
  end
  for index, place in ipairs(found) do
    for _, word in ipairs(place.tokens) do
      if shared[word.text] == index - 1 then shared[word.text] = index end
    end
  end
  local versions = {}
  for _, version in ipairs(order) do
    if shared[version] == #found then versions[#versions + 1] = version end
  end
  for _, version in ipairs(versions) do
    if version == expected then return version end
  end
  if #versions == 1 then return versions[1] end
  local what = #versions == 0 and "the marked places share no version" or
    ("%d versions are marked (%s, %s): use `replace`"):format(#versions, versions[1], versions[2])
  return nil, source.message(text, found[1].at, what)
end

--- The splices that replace the old version in every marked place.
---@param text string
---@param at nil
---@param old string
---@param new string
---@return table[]|nil splices
---@return string|nil message
function marked.edit(text, at, old, new)
  if at ~= nil and at ~= "" then error("a marked file takes no selector", 2) end
  local valid, invalid = token.valid(new)
  if not valid then return nil, invalid end
  local found, problem = places(text)
  if not found then return nil, problem end
  local splices = {}
  for _, place in ipairs(found) do
    if not holds(place, old) and not holds(place, new) then
      return nil, source.message(text, place.at, "marked, but " .. source.shown(old) .. " is not there")
    end
    for _, word in ipairs(place.tokens) do
      if word.text == old and old ~= new then
        splices[#splices + 1] = { at = word.first - 1, remove = #old, insert = new }
      end
    end
  end
  return splices
end

return marked
