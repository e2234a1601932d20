--- One case file: its text as a value, and the value as text again. Pure; tests/cases/README.md tells the
--- format.

local case = {}

-- Sections that are given once, and those whose heading carries words.
local PLAIN = { history = true, ["release.lua"] = true, env = true, run = true }
local WORDED = { refs = { 1, 1 }, show = { 2, 2 }, diff = { 3, 3 }, file = { 1, 1 } }

--- How the lines under a command read: mark -> stream and kind.
case.MARKS = {
  ["|"] = { "stdout", "exact" }, ["|+"] = { "stdout", "has" }, ["|-"] = { "stdout", "lacks" },
  ["|."] = { "stdout", "nothing" }, ["|?"] = { "stdout", "unknown" },
  ["!"] = { "stderr", "exact" }, ["!+"] = { "stderr", "has" }, ["!-"] = { "stderr", "lacks" },
  ["!."] = { "stderr", "nothing" }, ["!?"] = { "stderr", "unknown" },
}

local function new_expectation() return { has = {}, lacks = {} } end

-- Adds one line under a command to what is expected of it.
local function expect(command, line)
  local mark, text = line:match "^([|!][+%-.?]?) ?(.*)$"
  if line:match "^[|!] " then mark, text = line:sub(1, 1), line:sub(3) end
  local row = case.MARKS[mark]
  if not row then return nil, "neither a command nor something expected of one" end
  local wanted, kind = command[row[1]], row[2]
  if kind == "exact" then
    wanted.exact = wanted.exact or {}
    wanted.exact[#wanted.exact + 1] = text
  elseif kind == "nothing" then
    wanted.exact = {}
  elseif kind == "unknown" then
    wanted.unknown = true
  else
    table.insert(wanted[kind], text)
  end
  return true
end

-- A command keeps the lines that it was written in, and the blank lines and comments before it, for
-- `case.format`.
local function parse_run(body, first)
  local commands, before, open = {}, {}, false
  for i, line in ipairs(body) do
    local last = commands[#commands]
    if open then
      table.insert(last.source, line)
      last.text = last.text .. "\n" .. line
    elseif line:sub(1, 2) == "$ " then
      last = { line = first + i, text = line:sub(3), source = { line }, before = before,
        stdout = new_expectation(), stderr = new_expectation() }
      commands[#commands + 1], before = last, {}
    elseif line == "" or line:sub(1, 1) == "#" then
      before[#before + 1] = line
    else
      if not last then return nil, first + i, "something expected of no command" end
      local ok, message = expect(last, line)
      if not ok then return nil, first + i, message end
    end
    open = (open or line:sub(1, 2) == "$ ") and line:sub(-1) == "\\"
    if last and not last.code and not open then
      local words, code = last.text:match "^(.-)%s+=>%s*(%d+)$"
      last.text, last.code = words or last.text, tonumber(code or 0)
    end
  end
  return commands
end

local function parse_env(body, first)
  local env = {}
  for i, line in ipairs(body) do
    local name, value = line:match "^([%a_][%w_]*)=(.*)$"
    if name then
      env[name] = value
    elseif line ~= "" and line:sub(1, 1) ~= "#" then
      return nil, first + i, "NAME=value expected"
    end
  end
  return env
end

local function trimmed(body)
  while body[#body] == "" do body[#body] = nil end
  return body
end

local function check_heading(section)
  local form = WORDED[section.name]
  if not form and not PLAIN[section.name] then return "unknown section '" .. section.name .. "'" end
  local least = form and form[1] or 0
  if #section.words ~= least then return ("'%s' takes %d words"):format(section.name, least) end
end

--- Reads a case file.
---@param text string
---@return table|nil case  { title=, sections = { {name=, words=, body = {lines}, line=}, ... },
---   history=, spec=, env=, commands= }
---@return string|nil message  "line 3: ..."
function case.parse(text)
  local self, section = { sections = {}, head = {}, env = {}, commands = {} }, nil
  local number = 0
  for line in (text:gsub("\n$", "") .. "\n"):gmatch "(.-)\n" do
    number = number + 1
    local heading = line:match "^=== (.+)$"
    if heading then
      local words = {}
      for word in heading:gmatch "%S+" do words[#words + 1] = word end
      section = { name = table.remove(words, 1), words = words, body = {}, line = number }
      local problem = check_heading(section)
      if problem then return nil, ("line %d: %s"):format(number, problem) end
      self.sections[#self.sections + 1] = section
    else
      table.insert(section and section.body or self.head, line)
    end
  end
  self.title = self.head[1]
  if not self.title or self.title == "" then return nil, "line 1: a case opens with its sentence" end
  for _, s in ipairs(self.sections) do
    trimmed(s.body)
    local joined = table.concat(s.body, "\n") .. "\n"
    local value, line, problem = joined, nil, nil
    if s.name == "history" then self.history, self.history_line = value, s.line
    elseif s.name == "release.lua" then self.spec = value
    elseif s.name == "env" then value, line, problem = parse_env(s.body, s.line) self.env = value
    elseif s.name == "run" then value, line, problem = parse_run(s.body, s.line) self.commands = value
    end
    if not value then return nil, ("line %d: %s"):format(line, problem) end
  end
  if #self.commands == 0 then return nil, "the last line: a case runs at least one command" end
  return self
end

local function write_stream(lines, mark, wanted)
  for _, part in ipairs(wanted.has) do lines[#lines + 1] = mark .. "+ " .. part end
  for _, part in ipairs(wanted.lacks) do lines[#lines + 1] = mark .. "- " .. part end
  if wanted.unknown then lines[#lines + 1] = mark .. "?" end
  for _, text in ipairs(wanted.exact or {}) do lines[#lines + 1] = text == "" and mark or mark .. " " .. text end
  if wanted.exact and #wanted.exact == 0 then lines[#lines + 1] = mark .. "." end
end

local function write_run(commands)
  local lines = {}
  for _, command in ipairs(commands) do
    table.move(command.before, 1, #command.before, #lines + 1, lines)
    table.move(command.source, 1, #command.source, #lines + 1, lines)
    lines[#lines] = lines[#lines]:gsub("%s+=>%s*%d+$", "") .. (command.code ~= 0 and " => " .. command.code or "")
    write_stream(lines, "|", command.stdout)
    write_stream(lines, "!", command.stderr)
  end
  return lines
end

--- The case as text; what the author wrote outside the expectations is kept.
---@param self table  as `case.parse` made it, with changed expectations
---@return string
function case.format(self)
  local lines = { table.concat(trimmed(self.head), "\n") }
  for _, section in ipairs(self.sections) do
    lines[#lines + 1] = ""
    lines[#lines + 1] = "=== " .. table.concat({ section.name, table.unpack(section.words) }, " ")
    local body = section.name == "run" and write_run(self.commands) or section.body
    table.move(body, 1, #body, #lines + 1, lines)
  end
  return table.concat(lines, "\n") .. "\n"
end

return case
