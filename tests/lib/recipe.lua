--- The recipe language: a repository's history, one statement a line, as a release engineer would tell it.
--
--     file packages/core/pyproject.toml <<END
--     ...
--     END
--     commit "feat: first" packages/core/a.txt
--     tag core-v0.1.0
--     branch test
--     commit "fix: second" packages/core/b.txt as fix by "Bob <bob@example.org>"
--
-- A word is bare or in double quotes (with \n, \t, \" and \\); `<<END` is a word whose text is the lines up to
-- END. This module knows the shape of every statement; tests/lib/scene.lua knows what they do.
-- tests/cases/README.md lists them for the people who write cases.

local recipe = {}

-- Per statement: how many plain words it takes, which `name VALUE` options, and which flags.
local STATEMENTS = {
  file = { 2, 2 }, script = { 2, 2 }, link = { 2, 2 }, remove = { 1, math.huge }, rename = { 2, 2 },
  commit = { 1, math.huge, options = { "as", "by", "at" } },
  merge = { 1, 2, options = { "as", "by", "at" } },
  squash = { 2, 2, options = { "as", "by", "at" } },
  revert = { 1, 2, options = { "as", "by", "at" } },
  tag = { 1, 2, options = { "on", "by", "at" } },
  branch = { 1, 1, options = { "from" } },
  switch = { 1, 1 },
  format = { 1, 1 },
  clone = { 0, 1, options = { "shallow" }, flags = { "detached", "no-tags", "single-branch" } },
  ["in"] = { 1, 1 },
  uncommitted = { 2, 2 },
  config = { 2, 2 }, hook = { 2, 2 }, protect = { 1, 1 }, run = { 1, 1 },
}

local ESCAPES = { n = "\n", t = "\t", ['"'] = '"', ["\\"] = "\\" }

local function lines_of(text)
  local lines = {}
  for line in (text:gsub("\n$", "") .. "\n"):gmatch "(.-)\n" do lines[#lines + 1] = line end
  return lines
end

-- The quoted word that opens at `at`: its text, and where the rest begins.
local function quoted(line, at)
  local parts, i = {}, at + 1
  while i <= #line do
    local char = line:sub(i, i)
    if char == '"' then return table.concat(parts), i + 1 end
    if char == "\\" then
      i = i + 1
      char = ESCAPES[line:sub(i, i)]
      if not char then return nil, "unknown escape \\" .. line:sub(i, i) end
    end
    parts[#parts + 1] = char
    i = i + 1
  end
  return nil, "a quoted word does not end"
end

-- The words of lines[number]; and the number of the last line that they took.
local function words_of(lines, number)
  local line, words, at, last = lines[number], {}, 1, number
  while true do
    at = line:find("%S", at)
    if not at or line:sub(at, at) == "#" then return words, last end
    if line:sub(at, at) == '"' then
      local text, after = quoted(line, at)
      if not text then return nil, after end
      words[#words + 1], at = { text = text, quoted = true }, after
    else
      local bare = line:match("^%S+", at)
      at = at + #bare
      local mark = bare:match "^<<(%w+)$"
      if mark then
        local body = {}
        repeat
          last = last + 1
          if not lines[last] then return nil, "no line " .. mark .. " ends the text" end
          body[#body + 1] = lines[last]
        until lines[last] == mark
        body[#body] = ""
        words[#words + 1] = { text = table.concat(body, "\n"), quoted = true }
      else
        words[#words + 1] = { text = bare }
      end
    end
  end
end

local function contains(list, name)
  for _, item in ipairs(list or {}) do if item == name then return true end end
  return false
end

-- Sorts the words of one statement into plain words, options and flags.
local function shape(words, line)
  local verb = words[1].text
  local form = STATEMENTS[verb]
  if not form then return nil, "unknown statement '" .. verb .. "'" end
  local statement = { verb = verb, line = line, options = {} }
  local i = 2
  while i <= #words do
    local word = words[i]
    local name, value = word.text:match "^(%l+)=(.*)$"
    if not word.quoted and contains(form.options, word.text) and words[i + 1] then
      statement.options[word.text], i = words[i + 1].text, i + 1
    elseif not word.quoted and contains(form.options, name) then
      statement.options[name] = value
    elseif not word.quoted and contains(form.flags, word.text) then
      statement.options[word.text] = true
    else
      statement[#statement + 1] = word.text
    end
    i = i + 1
  end
  if #statement < form[1] or #statement > form[2] then
    return nil, ("'%s' takes %d%s words, not %d"):format(verb, form[1],
      form[2] == form[1] and "" or form[2] == math.huge and " or more" or " to " .. form[2], #statement)
  end
  return statement
end

--- Reads a recipe.
---@param text string
---@return table[]|nil statements  { verb=, line=, options = {name = value}, [1..] = plain words }
---@return string|nil message  "line 3: ..."
function recipe.parse(text)
  local lines, statements, number = lines_of(text), {}, 1
  local function refuse(message) return nil, ("line %d: %s"):format(number, message) end
  while number <= #lines do
    local words, last = words_of(lines, number)
    if not words then return refuse(last) end
    local times = 1
    if #words > 0 and words[1].text == "repeat" then
      times = tonumber(words[2] and words[2].text)
      if not times or not words[3] then return refuse "repeat takes a number and a statement" end
      words = table.move(words, 3, #words + 2, 1)
    end
    for n = 1, #words > 0 and times or 0 do
      local copy = {}
      for i, word in ipairs(words) do
        copy[i] = { text = times > 1 and word.text:gsub("{n}", n) or word.text, quoted = word.quoted }
      end
      local statement, message = shape(copy, number)
      if not statement then return refuse(message) end
      statements[#statements + 1] = statement
    end
    number = last + 1
  end
  return statements
end

return recipe
