--- A literal text with the version in it, wherever it occurs: `at` = "releases/download/v{version}/". No
-- patterns.

local source = require "files.source"
local token = require "files.token"

local replace = {
  name = "replace",
  doc = 'every occurrence of a literal; `at` holds {version} once, as in "releases/download/v{version}/"',
}

local FIELD = "{version}"

local function split(at)
  if type(at) ~= "string" then error("a selector must be a string", 3) end
  local first, last = at:find(FIELD, 1, true)
  if not first or at:find(FIELD, last + 1, true) then
    return nil, "the template " .. source.shown(at) .. " must hold {version} once"
  end
  return at:sub(1, first - 1), at:sub(last + 1)
end

--- The places where the template stands with `version` in it.
local function occurrences(text, prefix, suffix, version)
  local found, here, whole = {}, 1, prefix .. version .. suffix
  while true do
    local first, last = text:find(whole, here, true)
    if not first then return found end
    local from, to = first + #prefix, last - #suffix
    here = first + 1
    if token.alone(text, from, to, prefix ~= "", suffix ~= "") then
      found[#found + 1] = { first = from, last = to }
      here = last + 1
    end
  end
end

--- The different versions that stand in the template, in order.
local function versions(text, prefix, suffix)
  local found, seen = {}, {}
  local function take(version)
    if not seen[version] then found[#found + 1], seen[version] = version, true end
  end
  if prefix == "" then
    for _, word in ipairs(token.scan(text)) do
      if text:sub(word.last + 1, word.last + #suffix) == suffix then take(word.text) end
    end
    return found
  end
  local here = 1
  while true do
    local _, last = text:find(prefix, here, true)
    if not last then return found end
    here = last + 1
    -- A version is at most 255 characters: what is further away does not belong to this prefix.
    local run = text:sub(last + 1, last + 255 + #suffix)
    local word
    if suffix == "" then
      word = run:match("^%w[" .. token.CHARACTERS .. "]*%w") or run:match("^%w")
    else
      local stop = run:find(suffix, 1, true)
      word = stop and run:sub(1, stop - 1)
    end
    if word and word:find("%d") and token.valid(word) then take(word) end
  end
end

--- The version that stands in the template.
---@param text string
---@param at string the template
---@param expected string|nil which one it is where the text holds several (links to older releases, say)
---@return string|nil version
---@return string|nil message
function replace.read(text, at, expected)
  local prefix, suffix = split(at)
  if not prefix then return nil, suffix end
  local _, refused = source.attempt(source.open, text)
  if refused then return nil, refused end
  if expected and #occurrences(text, prefix, suffix, expected) > 0 then return expected end
  local found = versions(text, prefix, suffix)
  if #found == 1 then return found[1] end
  if #found == 0 then return nil, "no text like " .. source.shown(at) end
  return nil, ("%s stands there with several versions (%s, %s)"):format(source.shown(at), source.shown(found[1]),
    source.shown(found[2]))
end

--- The splices that change the version wherever the template stands with the old one.
---@param text string
---@param at string the template
---@param old string
---@param new string
---@return table[]|nil splices
---@return string|nil message
function replace.edit(text, at, old, new)
  local prefix, suffix = split(at)
  if not prefix then return nil, suffix end
  local valid, invalid = token.valid(new)
  if not valid then return nil, invalid end
  local _, refused = source.attempt(source.open, text)
  if refused then return nil, refused end
  local found = old ~= new and occurrences(text, prefix, suffix, old) or {}
  if #found == 0 and #occurrences(text, prefix, suffix, new) == 0 then
    return nil, "no text like " .. source.shown(prefix .. old .. suffix)
  end
  local splices = {}
  for index, place in ipairs(found) do
    splices[index] = { at = place.first - 1, remove = place.last - place.first + 1, insert = new }
  end
  return splices
end

return replace
