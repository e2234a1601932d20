--- The command line: commands and options as rows, and the reading of arguments against them. `relrun help` is made
-- from the same rows.

local verbs = require "forge.verbs"
local problem = require "problem"
local text = require "text"

local cli = {}

--- Options: name, short, takes (the name of its value), may_take (of a value that may be left out: --wait, --wait=15m), doc.
cli.options = {
  push = { doc = "send the result to the remote; without it everything stays in this clone" },
  ["allow-dirty"] = { doc = "leave out the gate clean_tree" },
  ["skip-base-sync-check"] = { doc = "leave out the gate synced, and plan this clone's own base branch" },
  offline = { doc = "ask the remote nothing: to plan and try where there is none yet, or no network" },
  json = { doc = "print JSON for machines" },
  output = { short = "o", takes = "FILE", doc = "write the result to a file" },
  ["detailed-exitcode"] = { doc = "exit 2 when there are changes, 4 when there are none" },
  ["plan-id"] = { takes = "ID", doc = "refuse a plan that has another id (or another beginning of it)" },
  ["why-not"] = { takes = "COMMIT", doc = "say why this commit does not count" },
  package = { takes = "NAME", doc = "only this package" },
  record = { takes = "FILE", doc = "keep the tape: every question to the world and its answer" },
  replay = { takes = "FILE", doc = "answer every question from a tape, offline" },
  ["pull-request"] = { takes = "N", doc = "the pull request to publish (of plan: with --publish), or to guard" },
  all = { doc = "of a changelog every release of the lane's kind; of a guard every open pull request" },
  confirm = { takes = "TEXT", doc = "the text that the lane's gate `confirmed` asks for" },
  unprotected = { doc = "leave out the gate required_check that stands by itself for a lane's lock; one that the spec names, as guarded-release does, stays" },
  wait = { may_take = "DURATION", doc = "ask again while a gate waits, politely, for at most this long (90s, 15m, 2h; 15m when it is not said)" },
  strict = { doc = "exit 5 for warnings as well as for errors" },
  publish = { doc = "plan the half that publishes a pull request" },
  quiet = { short = "q", doc = "print problems only" },
  forge = { takes = "DIRECTORY", doc = "this local forge, and not the one beside the remote" },
  as = { takes = "USER", doc = "who does it; without it, the user of this machine" },
  at = { takes = "WHERE", doc = "a pull request's number, a branch, a tag or a commit; of deployments, the run's number" },
  branch = { takes = "BRANCH", doc = "of which branch; without it, the default one" },
  label = { takes = "LABEL", doc = "with this label" },
  from = { takes = "SPEC", doc = "write out this ready-made spec, to be changed at will: branch-flow, guarded-release" },
}

--- How an option is typed: "-o, --output FILE", "--wait[=DURATION]".
---@param name string
---@return string
function cli.spelling(name)
  local option = cli.options[name]
  return (option.short and "-" .. option.short .. ", " or "") .. "--" .. name
    .. (option.takes and " " .. option.takes or option.may_take and "[=" .. option.may_take .. "]" or "")
end

-- The options of a command, sorted.
local function options(...)
  local list = { ... }
  table.sort(list)
  return list
end

-- How commands can end (kinds of problem.codes): those that plan, those that plan and write, the guard, what does a plan.
local DECIDED = { "done", "error", "nothing", "denied", "usage", "spec", "interrupted" }
local PLANNED = { "done", "error", "changes", "stale", "nothing", "denied", "waiting", "usage", "spec", "interrupted" }
local RELEASED = { "done", "error", "stale", "nothing", "denied", "waiting", "locked", "unknown", "usage", "spec",
  "interrupted" }
local GUARDED = { "done", "error", "nothing", "denied", "locked", "unknown", "usage", "spec", "interrupted" }
local APPLIED = { "done", "error", "stale", "nothing", "denied", "waiting", "locked", "unknown", "usage", "interrupted" }

--- Commands: name, arguments, options, doc, codes (the kinds in which it can end). `run` is what stands without a
-- command.
cli.commands = {
  { name = "run", arguments = { "SPEC", "[LANE]" }, codes = RELEASED,
    options = options("allow-dirty", "confirm", "offline", "push", "json", "quiet", "skip-base-sync-check", "unprotected"),
    doc = "plan and do: the main job, also without the word run" },
  { name = "plan", arguments = { "SPEC", "[LANE]" }, codes = PLANNED,
    options = options("allow-dirty", "confirm", "push", "json", "offline", "output", "detailed-exitcode", "publish",
      "pull-request", "record", "replay", "skip-base-sync-check", "unprotected"),
    doc = "observe and plan; writes nothing but its output" },
  { name = "prepare", arguments = { "SPEC", "[LANE]" }, codes = RELEASED,
    options = options("allow-dirty", "confirm", "json", "quiet", "skip-base-sync-check", "unprotected"),
    doc = "the half of a lane that can be undone: commits, branch, pull request and lock" },
  { name = "publish", arguments = { "SPEC", "[LANE]" }, codes = RELEASED,
    options = options("confirm", "json", "pull-request", "quiet", "unprotected", "wait"),
    doc = "the other half: release what was prepared and approved, then merge it" },
  { name = "guard", arguments = { "SPEC" }, codes = GUARDED,
    options = { "all", "json", "pull-request", "quiet" },
    doc = "say on pull requests whether they may be merged: a release only by its own lane" },
  { name = "apply", arguments = { "PLAN" }, codes = APPLIED,
    options = { "json", "plan-id", "quiet" },
    doc = "do a saved plan, once" },
  { name = "show", arguments = { "PLAN" }, codes = { "done", "error", "stale", "usage" },
    options = { "json", "plan-id" },
    doc = "print a saved plan" },
  { name = "check", arguments = { "SPEC" }, codes = { "done", "error", "denied", "usage", "spec", "interrupted" },
    options = { "strict" },
    doc = "say what is wrong with the spec, alone and at HEAD, and with the CI workflows" },
  { name = "explain", arguments = { "SPEC", "[LANE]" }, codes = DECIDED,
    options = options("json", "offline", "package", "skip-base-sync-check", "why-not"),
    doc = "say which commit causes what" },
  { name = "versions", arguments = { "SPEC", "[LANE]" }, codes = DECIDED,
    options = options("json", "offline", "skip-base-sync-check"),
    doc = "print the next version of every package" },
  { name = "changelog", arguments = { "SPEC", "[LANE]" }, codes = DECIDED,
    options = options("all", "offline", "output", "package", "skip-base-sync-check"),
    doc = "print the notes of the next release, or of all" },
  { name = "tag", arguments = { "SPEC", "TAG" }, codes = { "done", "error", "usage", "spec", "interrupted" },
    options = { "json" },
    doc = "print which package and version a tag is, for publishing workflows" },
  { name = "init", arguments = { "[FILE]" }, codes = { "done", "error", "usage" },
    options = { "from" },
    doc = "write a starter release.lua for this repository; it asks no remote" },
  { name = "forge", arguments = { "[VERB]", "[ARG...]" }, codes = { "done", "error", "stale", "denied", "locked", "usage",
    "spec", "interrupted" },
    options = { "as", "at", "branch", "forge", "label" }, verbs = verbs.rows,
    doc = "play the people's part on a local forge, or show its state" },
  { name = "help", arguments = { "[WORD]" }, codes = { "done", "usage" },
    options = {},
    doc = "explain a command or a word of the spec language" },
  { name = "lua", arguments = { "SCRIPT", "[ARG...]" }, codes = { "done", "error", "usage" },
    options = {},
    doc = "run a Lua script with the standard library (for tests and contributors)" },
}

cli.by_name = {}
for _, command in ipairs(cli.commands) do cli.by_name[command.name] = command end

local function usage(format, ...) return problem.refuse("usage", format:format(...), "see relrun help") end

local function names_of(commands)
  local names = {}
  for i, command in ipairs(commands) do names[i] = command.name end
  return names
end

local function find_option(command, word)
  local long, short = word:match("^%-%-(.+)$"), word:match("^%-(%a)$")
  for _, name in ipairs(command.options) do
    if name == long or (short and cli.options[name].short == short) then return name end
  end
  local dashed = {}
  for i, name in ipairs(command.options) do dashed[i] = "--" .. name end
  return usage("relrun %s has no option '%s'%s", command.name, text.line(word), text.hint(word, dashed))
end

local function read_options(command, arguments, from)
  local request, places, at, plain = { command = command.name, options = {} }, {}, from, false
  while at <= #arguments do
    local word = arguments[at]
    if word == "--" and not plain then
      plain = true
    elseif word:find("^%-.") and not plain then
      local head, value = word:match("^(%-%-[^=]+)=(.*)$")
      local name, trouble = find_option(command, head or word)
      if not name then return nil, trouble end
      local option = cli.options[name]
      if option.takes and not value then
        at = at + 1
        value = arguments[at]
        if not value then return usage("option --%s needs a %s", name, option.takes) end
      elseif value and not (option.takes or option.may_take) then
        return usage("option --%s takes no value", name)
      end
      if request.options[name] ~= nil then return usage("option --%s is given twice", name) end
      request.options[name] = value or true
    else
      places[#places + 1] = word
    end
    at = at + 1
  end
  local needed = 0
  for _, name in ipairs(command.arguments) do
    if name:sub(1, 1) ~= "[" then needed = needed + 1 end
  end
  if #places < needed then return usage("relrun %s needs %s", command.name,
    table.concat(command.arguments, " ", 1, needed)) end
  local last = command.arguments[#command.arguments]
  local open = last and last:find("...", 1, true)
  if #places > #command.arguments and not open then return usage("relrun %s has no use for '%s'", command.name,
    text.line(places[#command.arguments + 1])) end
  for i, value in ipairs(places) do
    local argument = open and i >= #command.arguments and last or command.arguments[i]
    local key = argument:gsub("[%[%].]", ""):lower()
    -- What may be given many times is a list.
    if argument ~= last or not open then
      request[key] = value
    else
      request[key] = request[key] or {}
      table.insert(request[key], value)
    end
  end
  return request
end

-- Whoever asks for help behind a command or a spec wants that command's, whatever else stands there.
local function asks_for_help(arguments, from)
  for i = from, #arguments do
    if arguments[i] == "--" then return false end
    if arguments[i] == "--help" or arguments[i] == "-h" then return true end
  end
  return false
end

local function help_of(command) return { command = "help", options = {}, about = command.name } end

--- Reads the arguments into { command =, options = { [name] = true|value }, spec =, lane =, ... }.
---@param arguments string[]
---@return table|nil request, problem
function cli.read(arguments)
  local first = arguments[1]
  if not first then return { command = "help", options = {} } end
  if first == "--help" or first == "-h" then return { command = "help", options = {}, word = arguments[2] } end
  local command = cli.by_name[first]
  if command then
    if asks_for_help(arguments, 2) then return help_of(command) end
    return read_options(command, arguments, 2)
  end
  -- `relrun release.lua rc --push`: the first word is the spec.
  if first:sub(1, 1) ~= "-" and not first:find("%.lua$") and not first:find("/") then
    local near = text.nearest(first, names_of(cli.commands))
    return usage("there is no command '%s'%s", text.line(first),
      near and ("; did you mean '%s'?"):format(near) or " (a spec's name ends in .lua)")
  end
  if asks_for_help(arguments, 1) then return help_of(cli.by_name.run) end
  return read_options(cli.by_name.run, arguments, 1)
end

return cli
