--- The judge of a case: runs its commands in a scene and compares what happened with what the case expects.

local diff = require "diff"
local names = require "names"
local place = require "place"
local scene = require "scene"

local judge = {}

-- Verbs that may only look (P16): refs, work tree and index are the same after them, except for what -o names.
local LOOKING = { plan = true, check = true, explain = true, help = true, status = true, replay = true, verify = true }

local LEFT_BEHIND = 125

local function lines_of(text)
  local lines = {}
  if text == "" then return lines end
  for line in (text:gsub("\n$", "") .. "\n"):gmatch "(.-)\n" do lines[#lines + 1] = line end
  return lines
end

-- All that a looking verb must not change, as one text.
local function state_of(stage, except)
  local words = { "find", ".", "-name", ".git", "-prune", "-o" }
  if except then table.move({ "-path", "./" .. except, "-o" }, 1, 3, #words + 1, words) end
  table.move({ "!", "-type", "d", "-printf", "%P %m %s %T@ %l\n" }, 1, 5, #words + 1, words)
  local files = lines_of(stage.place:must(words, { cwd = "work" }))
  table.sort(files)
  return "remote\n" .. stage.remote:state() .. "clone\n" .. stage.work:state() .. table.concat(files, "\n")
end

local function looks_only(text)
  local verb = text:match "%f[%w]relrun%s+([%w%-]+)"
  return LOOKING[verb] or verb == "--version", text:match "%s%-o%s+(%S+)"
end

-- Compares one stream; the problems go to `problems`, the new expectation (for --update) is returned.
local function compare_stream(command, stream, actual, problems)
  local wanted, lines = command[stream], lines_of(actual)
  local function report(what, text)
    problems[#problems + 1] = ("line %d: %s: %s\n%s"):format(command.line, command.text, what, text)
  end
  for _, part in ipairs(wanted.has) do
    if not actual:find(part, 1, true) then report(stream .. " lacks '" .. part .. "'", actual) end
  end
  for _, part in ipairs(wanted.lacks) do
    if actual:find(part, 1, true) then report(stream .. " has '" .. part .. "'", actual) end
  end
  if wanted.unknown then
    report("nothing is expected of " .. stream .. " yet; --update fills it in", actual)
  elseif wanted.exact then
    local difference = diff.lines(wanted.exact, lines)
    if difference then report(stream .. " differs", difference) end
  end
  if wanted.unknown or wanted.exact then wanted.exact, wanted.unknown = lines, nil end
end

local function run_command(stage, command, env, problems)
  local looking, output = looks_only(command.text)
  local before = looking and state_of(stage, output)
  local result = stage.place:run(
    { stage.place.tools .. "/fence", "-t", "60", "--", "sh", "-c", command.text }, { cwd = "work", env = env })
  local naming = names.of(stage)
  local stdout, stderr = naming:hide(result.stdout), naming:hide(result.stderr)
  local function report(what) problems[#problems + 1] = ("line %d: %s: %s"):format(command.line, command.text, what) end
  if looking and state_of(stage, output) ~= before then
    report("changed refs or files, though it may only look:\n" .. (diff.lines(lines_of(before),
      lines_of(state_of(stage, output))) or ""))
  end
  if result.code == LEFT_BEHIND and stderr:find("fence: left running", 1, true) then
    report("left processes behind\n" .. stderr)
  elseif result.code ~= command.code then
    report(("exit %d expected, got %d\n%s%s"):format(command.code, result.code, stdout, stderr))
    command.code = result.code
  end
  compare_stream(command, "stdout", stdout, problems)
  compare_stream(command, "stderr", stderr, problems)
end

local function repository(stage, name)
  if name == "remote" then return stage.remote elseif name == "local" then return stage.work end
  error("'" .. name .. "' is neither remote nor local", 0)
end

-- What each kind of final section shows, from the words of its heading.
local shown = {}

function shown.refs(stage, words)
  return names.of(stage):refs(repository(stage, words[1]))
end

function shown.show(stage, words)
  local result = repository(stage, words[1]):try("cat-file", "blob", words[2])
  return lines_of(result.code == 0 and result.stdout or "absent\n")
end

function shown.diff(stage, words)
  local text = repository(stage, words[1]):run("diff", "--no-color", "--no-ext-diff", "--no-renames", "-U1",
    words[2], words[3], "--")
  local lines = {}
  for _, line in ipairs(lines_of(text)) do
    if not line:find "^index %x+%.%.%x+" then lines[#lines + 1] = line end
  end
  return lines
end

function shown.file(stage, words)
  return lines_of(stage.place:read("work/" .. words[1]) or "absent\n")
end

local function compare_section(stage, section, problems)
  local ok, lines = pcall(shown[section.name], stage, section.words)
  local heading = table.concat({ section.name, table.unpack(section.words) }, " ")
  if not ok then
    problems[#problems + 1] = ("line %d: %s: %s"):format(section.line, heading, lines)
    return
  end
  local difference = diff.lines(section.body, lines)
  if difference then
    problems[#problems + 1] = ("line %d: %s differs\n%s"):format(section.line, heading, difference)
  end
  section.body = lines
end

--- Runs one case in a place of its own.
---@param self table  as case.parse made it; its expectations become what happened
---@return string[] problems  empty when the case passed
function judge.try(self)
  local problems = {}
  place.with(function (here)
    local stage, message = scene.build(here, self.history or "", self.spec and { ["release.lua"] = self.spec })
    if not stage then
      problems[1] = "history: " .. message .. (self.history_line and
        (" (the section opens at line %d)"):format(self.history_line) or "")
      return
    end
    for _, command in ipairs(self.commands) do run_command(stage, command, self.env, problems) end
    for _, section in ipairs(self.sections) do
      if shown[section.name] then compare_section(stage, section, problems) end
    end
  end)
  return problems
end

return judge
