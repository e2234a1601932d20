--- The filters of GitHub's workflow events (`branches`, `tags`, `paths` and their `-ignore` forms), with GitHub's own
-- meaning, which is no shell's:
--
--   *   any run of characters without a slash        ?   the character before it, or nothing
--   **  any run of characters                        +   the character before it, once or more often
--   []  one of the characters or ranges in it        \   the next character as it is
--   !   at the beginning of a pattern: what matches the rest is taken out again
--
-- `**/` at the beginning of a name stands for any number of directories, none included: `docs/**/*.md` matches
-- `docs/README.md`. Patterns of a list are asked in order and the last one that matches decides.
-- Source: GitHub, "Workflow syntax for GitHub Actions", Filter pattern cheat sheet.
--
-- A pattern becomes a list of items, and a name is walked once with the set of items that may come next, so that no
-- pattern takes more than (its length) x (the name's length).

local filter = {}

local LONGEST = 1024

-- The characters that `[...]` at `at` stands for, and the offset after it.
local function class(pattern, at)
  local stop = pattern:find("]", at + 1, true)
  if not stop then return nil, "a [ without its ]" end
  local body, set, from = pattern:sub(at + 1, stop - 1), {}, 1
  if body == "" then return nil, "nothing between [ and ]" end
  if body:find "^[!^]" then return nil, "no documented meaning of [" .. body:sub(1, 1) end
  while from <= #body do
    local first, last = body:match("^(.)%-(.)", from)
    if first then
      if first > last then return nil, ("the range %s-%s is empty"):format(first, last) end
      for byte = first:byte(), last:byte() do set[string.char(byte)] = true end
      from = from + 3
    else
      set[body:sub(from, from)] = true
      from = from + 1
    end
  end
  return set, stop + 1
end

-- Reads a pattern (without its `!`) into items { set | char | any, slash, skip, again }:
--   set, char  which character it takes; any: every one, slash: also "/"
--   skip       it may be left out;  again: it may come more than once
local function read(pattern)
  local items, at = {}, 1
  while at <= #pattern do
    local char = pattern:sub(at, at)
    if char == "*" then
      local stars = pattern:match("^%*+", at)
      local after = at + #stars
      local opens = at == 1 or pattern:sub(at - 1, at - 1) == "/"
      if #stars > 1 and opens and pattern:sub(after, after) == "/" then
        items[#items + 1] = { directories = true }
        at = after + 1
      else
        items[#items + 1] = { any = true, slash = #stars > 1, skip = true, again = true }
        at = after
      end
    elseif char == "?" or char == "+" then
      local item = items[#items]
      if not item or item.directories then return nil, ("nothing before the %s that it could apply to"):format(char) end
      if char == "?" then item.skip = true else item.again = true end
      at = at + 1
    elseif char == "[" then
      local set, after = class(pattern, at)
      if not set then return nil, after end
      items[#items + 1] = { set = set }
      at = after
    else
      if char == "\\" then
        at = at + 1
        char = pattern:sub(at, at)
        if char == "" then return nil, "a \\ with nothing after it" end
      end
      items[#items + 1] = { char = char }
      at = at + 1
    end
  end
  return items
end

local function takes(item, char)
  if item.any then return item.slash or char ~= "/" end
  if item.set then return item.set[char] or false end
  return item.char == char
end

-- Adds item `index` to the items that may come next, and those behind it that can be reached without a character.
local function reach(items, states, index)
  while not states[index] do
    states[index] = true
    local item = items[index]
    if not item or not (item.skip or item.directories) then return end
    index = index + 1
  end
end

local function walk(items, name)
  local states = {}
  reach(items, states, 1)
  for at = 1, #name do
    local char, following = name:sub(at, at), {}
    for index in pairs(states) do
      local item = items[index]
      if item and item.directories then
        -- Inside the directories: anything; only a slash leads on.
        following[index] = true
        if char == "/" then reach(items, following, index + 1) end
      elseif item and takes(item, char) then
        -- What came once more is not new: it stays where it is, and what follows it may come too.
        if item.again then following[index] = true end
        reach(items, following, index + 1)
      end
    end
    states = following
    if not next(states) then return false end
  end
  return states[#items + 1] or false
end

---@class workflows.pattern
---@field text string
---@field negative boolean
---@field matches fun(name: string): boolean whether the pattern, without its `!`, matches the whole name

--- Compiles one pattern.
---@param text string
---@return workflows.pattern|nil
---@return string|nil message what GitHub would not understand
function filter.pattern(text)
  if #text > LONGEST then return nil, "a pattern of more than 1,024 characters" end
  local negative = text:sub(1, 1) == "!"
  local body = negative and text:sub(2) or text
  if body == "" then return nil, "an empty pattern" end
  local items, message = read(body)
  if not items then return nil, message end
  return { text = text, negative = negative, matches = function (name) return walk(items, name) end }
end

---@class workflows.filter
---@field patterns workflows.pattern[]
---@field matches fun(name: string): boolean

--- Compiles a list of patterns: the last one that matches a name decides. A list without a positive pattern matches
--- nothing.
---@param texts string[]
---@return workflows.filter|nil
---@return string|nil message
---@return integer|nil index of the pattern that is wrong
function filter.list(texts)
  local patterns = {}
  for i, text in ipairs(texts) do
    local pattern, message = filter.pattern(text)
    if not pattern then return nil, message, i end
    patterns[i] = pattern
  end
  return {
    patterns = patterns,
    matches = function (name)
      for i = #patterns, 1, -1 do
        if patterns[i].matches(name) then return not patterns[i].negative end
      end
      return false
    end,
  }
end

return filter
