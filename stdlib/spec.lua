--- From the statements of an evaluated release.lua to the model that planning reads: one release, its lanes and
-- its custom gates, validated as a whole. Pure; it knows the vocabulary, not the repository.

local forge_steps = require "forge_steps"
local gate_rules = require "gates.rules"
local schema = require "schema"
local skip_ci = require "skip_ci"
local text = require "text"
local changelog = require "changelog"
local template = require "template"
local version_places = require "version_places"
local versions = require "versions"

local spec = {}

---@class spec.model
---@field release table the release record
---@field lanes table[] lane records in order
---@field lane table<string, table> lane records by name
---@field gates table<string, table> custom gates by name
---@field source_guards table[] source_guard records in order

local ALWAYS = { "clean_tree", "synced", "not_released" }

local function sorted_keys(map)
  local keys = {}
  for key in pairs(map) do keys[#keys + 1] = key end
  table.sort(keys)
  return keys
end

-- Each check looks at one thing of the whole model and complains at the record that is wrong.
local checks = {}

function checks.one_release(model, reader)
  if not model.release then
    reader:complain({ line = 1 }, "there is no release; begin with: release \"NAME\" { version = semver {} }")
  end
end

function checks.some_lane(model, reader)
  if #model.lanes == 0 then
    reader:complain({ line = 1 },
      "there is no lane; add one: lane \"NAME\" { steps = { bump {}, commit {}, tag {}, push {} } }")
  end
end

--- A scheme record becomes the scheme itself; the first version must be one.
function checks.schemes_are_buildable(model, reader)
  local function build(record)
    if not record or record.scheme then return end
    local options
    if record.word == "calver" then options = { format = record.format, prerelease = record.prerelease } end
    local ok, scheme = pcall(versions.scheme, record.word, options)
    if not ok then return reader:complain(record, "%s: %s", record.word, tostring(scheme):gsub("^[^ ]*:%d+: ", "")) end
    record.scheme = scheme
    if record.initial then
      local version, message = scheme.parse(record.initial)
      if not version or scheme.is_prerelease(version) then
        reader:complain(record, "%s: initial '%s' is no final version%s", record.word, text.line(record.initial),
          message and ": " .. message or "")
      else
        record.initial_version = version
      end
    end
  end
  if not model.release then return end
  build(model.release.version)
  for _, selector in ipairs(model.release.packages or {}) do build(selector.version) end
end

function checks.history_can_be_read(model, reader)
  local release = model.release
  if release and type(release.tag) == "table" and not release.tag_history then
    reader:complain(release,
      "release: tag is a function, so tag_history must say how existing tags are read, such as \"{package}-v{version}\"")
  end
  for _, format in ipairs { release and release.tag, release and release.tag_history } do
    if type(format) == "string" then
      local compiled = template.compile(format, { "package", "version" })
      if compiled and not compiled:has "version" then
        reader:complain(release, "release: the tag format '%s' lacks {version}", text.line(format))
      end
    end
  end
end

function checks.message_names_version(model, reader)
  local message = model.release and model.release.message
  local compiled = type(message) == "string" and template.compile(message,
    { "package", "version", "previous", "tag", "previous_tag", "date", "release" })
  if compiled and not compiled:has "version" then
    reader:complain(model.release,
      "release: the message '%s' lacks {version}; relrun knows its own commits by the message", text.line(message))
  end
  if message and type(message) ~= "string" and not model.release.identity then
    reader:complain(model.release,
      "release: message is a function, so identity must say who releases; relrun knows its own commits by one of them")
  end
end

function checks.identity_is_one(model, reader)
  local identity = model.release and model.release.identity
  if identity and not identity:match("^[^<>\n]+ <[^<>%s]+>$") then
    reader:complain(model.release, "release: identity '%s' is not \"Name <mail>\"", text.line(identity))
  end
end

--- What the options of a style say together: a commit type belongs to one section.
function checks.styles_are_buildable(model, reader)
  local function check(record)
    if not record then return end
    local options = { name = record.word }
    for name, value in pairs(record.options) do options[name] = value end
    local ok, message = pcall(changelog.style, options)
    if not ok then
      reader:complain(record, "%s: %s", record.word, text.line(tostring(message):gsub("^.-changelog style: ", "")))
    end
  end
  if not model.release or #reader.problems > 0 then return end
  check(model.release.changelog)
  for _, selector in ipairs(model.release.packages or {}) do check(selector.changelog) end
end

--- A lane's name is part of a ref on the remote, of flags and of messages.
function checks.lanes_can_be_named(model, reader)
  for _, lane in ipairs(model.lanes) do
    if not lane.name:find "^%w[%w._-]*$" or lane.name:find "%.%." or lane.name:find "%.lock$" then
      reader:complain(lane, "a lane's name holds letters, digits and . _ - only, not '%s'", text.line(lane.name))
    end
  end
end

--- The base branch of a lane comes from one place.
function checks.lanes_have_one_base(model, reader)
  for _, lane in ipairs(model.lanes) do
    local found = {}
    if lane.base then found[lane.base] = true end
    for _, trigger in ipairs(lane.when or {}) do if trigger.branch then found[trigger.branch] = true end end
    for _, step in ipairs(lane.steps or {}) do
      if step.word == "branch" and step.reset_to then found[step.reset_to] = true end
    end
    local bases = sorted_keys(found)
    if #bases > 1 then
      reader:complain(lane, "lane \"%s\" has %d base branches: %s; it releases one", lane.name, #bases,
        table.concat(bases, ", "))
    elseif #bases == 0 then
      reader:complain(lane, "lane \"%s\" has no base branch; add base = \"BRANCH\" or when = pushed \"BRANCH\"",
        lane.name)
    end
    lane.base = bases[1]
  end
end

-- Where the steps stand: what is written, what is committed, the refs, and behind them what speaks with the forge.
local ORDER = { branch = 1, bump = 2, changelog = 3, write = 3, commit = 4, pull_request = 5, tag = 6, push = 7 }
local ON_FORGE = 8
local MANY = { write = true, status = true, dispatch = true, comment = true, reachable = true }

function checks.steps_make_sense(model, reader)
  for _, lane in ipairs(model.lanes) do
    local seen, last = {}, nil
    for _, step in ipairs(lane.steps or {}) do
      if seen[step.word] and not MANY[step.word] then
        reader:complain(step, "lane \"%s\": step '%s' stands twice", lane.name, step.word)
      end
      if last and (ORDER[step.word] or ON_FORGE) < (ORDER[last.word] or ON_FORGE) then
        reader:complain(step,
          "lane \"%s\": step '%s' comes after '%s'; the order is branch, bump, changelog and write, commit, pull_request, tag, push, then what is done on the forge",
          lane.name, step.word, last.word)
      end
      seen[step.word], last = step, step
    end
    lane.step = seen
    if lane.steps and not seen.bump then
      reader:complain(lane, "lane \"%s\" has no step bump {}, so there is no version to release", lane.name)
    elseif lane.steps and not seen.tag then
      reader:complain(lane, "lane \"%s\" has no step tag {}, and tags are how relrun knows what is released; add tag {}%s",
        lane.name, seen.push and " before push {}" or "")
    end
    if (seen.changelog or seen.write) and not seen.commit then
      reader:complain(seen.changelog or seen.write, "lane \"%s\" writes files and has no step commit {}", lane.name)
    end
    if seen.changelog and model.release and not model.release.changelog then
      local any = false
      for _, selector in ipairs(model.release.packages or {}) do any = any or selector.changelog ~= nil end
      if not any then
        reader:complain(seen.changelog,
          "lane \"%s\" has a changelog step, and the release says no changelog = keep_a_changelog {} or conventional {}", lane.name)
      end
    end
  end
end

--- The commits of single edits must be told from everybody else's.
function checks.edits_are_known(model, reader) version_places.check_messages(model, reader) end

--- A version line of a place's own goes on from what the base branch holds, so the release commits must come back there.
function checks.own_lines_come_back(model, reader) version_places.check_values(model, reader) end

--- S1.49, S0.16: no message forbids what must start.
function checks.messages_start_workflows(model, reader) skip_ci.check(model, reader) end

--- What a lane with two halves needs, and what only such a lane can say.
function checks.halves_are_whole(model, reader)
  for _, lane in ipairs(model.lanes) do
    local step = lane.step and lane.step.pull_request
    if step then
      for _, word in ipairs { "branch", "commit", "push" } do
        if not lane.step[word] then
          reader:complain(step, "lane \"%s\" has a pull_request step and no step %s; its head is a branch of its own that is pushed",
            lane.name, word)
        end
      end
    else
      if lane.approval then
        reader:complain(lane, "lane \"%s\" has an approval and no pull_request step, so there is nothing to approve; use gates",
          lane.name)
      end
      for _, trigger in ipairs(lane.when or {}) do
        if trigger.word == "approved" then
          reader:complain(trigger, "lane \"%s\" starts when it is approved and has no pull_request step", lane.name)
        end
      end
    end
  end
end

--- A status has one meaning: what a guard says under a name, no lock and no other guard says. It belongs to a commit, which
-- can be the head of pull requests into several branches.
function checks.guards_are_distinct(model, reader)
  local said = {}
  for _, lane in ipairs(model.lanes) do
    local step = lane.step and lane.step.pull_request
    if step and step.lock then said[step.lock] = { what = ("the lock of lane \"%s\""):format(lane.name), why = "" } end
  end
  for _, record in ipairs(model.source_guards) do
    local other = said[record.context]
    if other then
      reader:complain(record, "source_guard \"%s\": the status '%s' is %s already%s; say another context, such as context = \"source-%s\"",
        text.line(record.branch), text.line(record.context), other.what, other.why, text.line(record.branch))
    end
    said[record.context] = other or { what = ("source_guard \"%s\"'s"):format(text.line(record.branch)),
      why = ", and one commit can be in pull requests into both" }
    if not record.from and not record.except then
      reader:complain(record, "source_guard \"%s\" keeps nothing out; say from = { ... } or except = { ... }",
        text.line(record.branch))
    end
  end
end

--- The steps on the forge need what stands before them, and must not contradict themselves.
function checks.forge_steps_make_sense(model, reader)
  for _, lane in ipairs(model.lanes) do
    for _, step in ipairs(lane.steps or {}) do
      local check = forge_steps[step.word]
      if check then
        check(lane, lane.step or {}, step, function (...) reader:complain(step, ...) end)
      end
    end
  end
end

--- S1.99: `release` and `release/rc-1` cannot both be branches.
function checks.branches_can_coexist(model, reader)
  local names = {}
  for _, lane in ipairs(model.lanes) do
    if lane.base then names[lane.base] = names[lane.base] or lane end
    local step = lane.step and lane.step.branch
    if step and step.name then names[step.name] = names[step.name] or step end
  end
  for _, name in ipairs(sorted_keys(names)) do
    for prefix in name:gmatch("()/") do
      local outer = name:sub(1, prefix - 1)
      if names[outer] then
        reader:complain(names[name],
          "branches '%s' and '%s' cannot both exist in git: one would be a file and a directory at once; rename one",
          text.line(outer), text.line(name))
      end
    end
  end
  for _, lane in ipairs(model.lanes) do
    local step = lane.step and lane.step.branch
    if step and step.name == lane.base then
      reader:complain(step,
        "lane \"%s\": the release branch '%s' is the base branch; leave the branch step out to commit there",
        lane.name, text.line(step.name))
    end
  end
end

function checks.gates_exist(model, reader)
  local names = sorted_keys(model.gates)
  for _, lane in ipairs(model.lanes) do
    local stands = {}
    local asked = table.move(lane.approval or {}, 1, #(lane.approval or {}), #(lane.gates or {}) + 1,
      table.move(lane.gates or {}, 1, #(lane.gates or {}), 1, {}))
    for _, gate in ipairs(asked) do
      stands[gate.word] = true
      if gate.word == "custom" and not model.gates[gate.name] then
        local near = text.nearest(gate.name, names)
        reader:complain(gate, "lane \"%s\": there is no gate \"%s\"%s", lane.name, text.line(gate.name),
          near and ("; did you mean \"%s\"?"):format(near) or "; declare it: gate \"NAME\" (function (facts) ... end)")
      end
    end
    local gates = {}
    for _, word in ipairs(ALWAYS) do
      if not stands[word] then gates[#gates + 1] = { word = word, line = lane.line } end
    end
    -- S0.13: a lock that nothing requires locks nothing. Whoever knows better says so in a gate of his own.
    local lock = gate_rules.lock_of(lane)
    if lock and not gate_rules.is_required(asked, lock) then
      gates[#gates + 1] = { word = "required_check", name = lock, trust = false, always = true, line = lane.line }
    end
    for _, gate in ipairs(lane.gates or {}) do gates[#gates + 1] = gate end
    lane.gates = gates
  end
end

function checks.gates_make_sense(model, reader)
  if #reader.problems > 0 then return end
  for _, lane in ipairs(model.lanes) do
    for _, gate in ipairs(lane.gates) do gate_rules.check(lane, gate, model.gates[gate.name or false], false, reader) end
    for _, gate in ipairs(lane.approval or {}) do
      gate_rules.check(lane, gate, model.gates[gate.name or false], true, reader)
    end
  end
end

--- Two lanes that would release the same branch with the same kind of version would race for it.
function checks.lanes_do_not_collide(model, reader)
  for i, lane in ipairs(model.lanes) do
    for j = 1, i - 1 do
      local other = model.lanes[j]
      local a, b = lane.step and lane.step.bump, other.step and other.step.bump
      if a and b and lane.base == other.base and a.prerelease == b.prerelease then
        reader:complain(lane,
          "lanes \"%s\" and \"%s\" both release %s as %s; one push would release the same version twice",
          other.name, lane.name, tostring(lane.base), a.prerelease and a.prerelease .. " pre-releases" or "finals")
      end
    end
  end
end

local CHECKS = {
  "one_release", "some_lane", "schemes_are_buildable", "history_can_be_read", "message_names_version",
  "identity_is_one", "styles_are_buildable", "lanes_can_be_named", "lanes_have_one_base", "steps_make_sense",
  "edits_are_known", "own_lines_come_back", "messages_start_workflows", "halves_are_whole", "guards_are_distinct", "forge_steps_make_sense",
  "branches_can_coexist", "gates_exist", "gates_make_sense", "lanes_do_not_collide",
}

--- Validates the statements of an evaluated spec as a whole.
---@param statements table[] nodes in order
---@param marks table see schema.reader
---@param source string the text of release.lua
---@return spec.model|nil model
---@return table[]|nil problems { line =, text = }, by line
function spec.model(statements, marks, source)
  local lines = {}
  for line in (source .. "\n"):gmatch("(.-)\r?\n") do lines[#lines + 1] = line end
  local reader = schema.reader(marks, lines)
  local model = { lanes = {}, lane = {}, gates = {}, source_guards = {} }
  for _, node in ipairs(statements) do
    if node.word == "use" then
      reader:use(node)
    else
      local record = reader:read(node)
      if node.word == "release" then
        if model.release then reader:complain(node, "a second release; a spec has one (the first is at line %s)",
          tostring(model.release.line)) end
        model.release = model.release or record
      elseif node.word == "lane" and record.name then
        if model.lane[record.name] then reader:complain(node, "a second lane \"%s\" (the first is at line %s)",
          text.line(record.name), tostring(model.lane[record.name].line)) end
        model.lanes[#model.lanes + 1], model.lane[record.name] = record, record
      elseif node.word == "gate" and record.name then
        if model.gates[record.name] then reader:complain(node, "a second gate \"%s\"", text.line(record.name)) end
        model.gates[record.name] = record
      elseif node.word == "source_guard" and record.branch then
        model.source_guards[#model.source_guards + 1] = record
      end
    end
  end
  if model.release and not model.release.version then
    model.release.version = reader:read { word = "semver", line = model.release.line, args = {} }
  end
  for _, name in ipairs(CHECKS) do checks[name](model, reader) end
  if #reader.problems == 0 then return model end
  table.sort(reader.problems, function (a, b)
    if (a.line or 0) ~= (b.line or 0) then return (a.line or 0) < (b.line or 0) end
    return a.text < b.text
  end)
  return nil, reader.problems
end

return spec
