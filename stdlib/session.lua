--- What the commands share: reading and judging a spec, opening the world, choosing the lane, planning, and keeping
-- plans. Only here and in doors.lua do the trusted parts meet the primitives.

local digest = require "host.digest"
local embedded = require "host.embedded"
local file = require "host.file"
local json = require "host.json"
local message = require "host.message"
local sandbox = require "host.sandbox"
local clock = require "host.clock"
local lazy = require "lazy"
local problem = require "problem"
local tape = require "tape"
local text = require "text"
local world = require "world"

-- Loaded when they are needed: see session.open.
local plan, plan_shape, spec, words = lazy "plan", lazy "plan_shape", lazy "spec", lazy "words"
local prepared, futile = lazy "prepared", lazy "futile"

local session = {}

local SPEC_MAX = 1 << 20

-- Permission bits of what is kept: for its owner alone.
local PRIVATE = tonumber("600", 8)

local function marks() return { is_node = sandbox.is_node, is_callback = sandbox.is_callback } end

local function ready_made()
  local specs = {}
  for _, name in ipairs(embedded.names()) do
    local short = name:match("^specs/(.+)%.lua$")
    if short then specs[short] = embedded.read(name) end
  end
  return specs
end

local function vocabulary()
  local kinds = {}
  for _, row in ipairs(words.rows) do kinds[row.word] = { kind = row.kind == "statement" and "statement"
    or "value" } end
  return kinds
end

-- What messages and annotations call a spec: as it was named, where it may lie in the repository, else by its last part.
local function name_of(path)
  if path:find "^/" or path:find "%.%." or #path > 100 then return path:match "[^/]+$" end
  return (path:gsub("^%./+", ""))
end

--- Reads, evaluates and validates a spec.
---@param path string
---@param begun userdata|nil the process to evaluate it in, from sandbox.begin
---@return { model: spec.model, process: table, digest: string, name: string }|nil, problem
function session.load(path, begun)
  local bytes, words_of_refusal, kind = file.read(path, { max = SPEC_MAX })
  if not bytes then
    local no_spec = kind == "format" or kind == "limit"
    return problem.refuse(no_spec and "spec" or "error", text.line(words_of_refusal),
      no_spec and "a spec is a regular file of at most 1 MiB" or kind == "not_found" and "make one with: relrun init" or nil)
  end
  local name = name_of(path)
  local process, refusal, refused_as = sandbox.open { name = name, text = bytes, words = vocabulary(),
    specs = ready_made(), begun = begun }
  if not process then
    -- What the system refuses (no process, no memory) is no mistake of the spec's.
    return problem.refuse((refused_as == "format" or refused_as == "limit" or refused_as == "timeout") and "spec" or "error",
      text.visible(refusal))
  end
  local model, problems = spec.model(process:statements(), marks(), bytes)
  if not model then
    process:close()
    local trouble = problem.new("spec", ("%s is not a valid spec"):format(text.line(name)))
    trouble.more = {}
    for i = 1, math.min(#problems, 20) do
      local one = problems[i]
      trouble.more[i] = ("%s:%s: %s"):format(text.line(name), tostring(one.line or 1), text.visible(one.text))
    end
    if #problems > 20 then trouble.more[21] = ("... and %d more"):format(#problems - 20) end
    return nil, trouble
  end
  model.source = name
  return { model = model, process = process, digest = digest.sha256(bytes), name = name }
end

--- Calls a function of the spec, in the spec's own process.
---@param process table from session.load
---@return fun(callback: table, ...): any, problem|nil
function session.caller(process)
  return function (callback, ...)
    local results, refusal = process:call(callback, ...)
    if not results then return problem.refuse("spec", text.visible(refusal)) end
    return table.unpack(results, 1, results.n or #results)
  end
end

-- Which branch and event a run without a lane's name is about.
local function matching_lanes(model, event, branch)
  local found = {}
  for _, lane in ipairs(model.lanes) do
    for _, trigger in ipairs(lane.when or {}) do
      local fits = trigger.word == "approved" and event.review and event.review.state == "approved"
          and event.pull_request and event.pull_request.base_branch == lane.base
          and prepared.fits(lane, event.pull_request.head_branch)
        or trigger.word == "dispatched" and event.event == "workflow_dispatch" and lane.base == branch
        or trigger.word == "pushed" and trigger.branch == branch
        and (event.event == nil or event.event == "push")
        or trigger.word == "completed" and event.workflow_run and trigger.branch == branch
          and trigger.workflow == event.workflow_run.name
      if fits then
        found[#found + 1] = lane
        break
      end
    end
  end
  return found
end

local function lane_names(lanes)
  local names = {}
  for i, lane in ipairs(lanes) do names[i] = lane.name end
  return names
end

-- The lanes that have the halves that prepare and publish ask for.
local function lanes_with_halves(model)
  local found = {}
  for _, lane in ipairs(model.lanes) do
    if lane.step.pull_request then found[#found + 1] = lane end
  end
  return found
end

--- The lane that was named, or the one that this context is for.
---@param half "prepare"|"publish"|nil the half that was asked for: where one lane alone has halves, it is meant
---@return table|nil lane, problem
function session.choose_lane(model, name, the_world, half)
  if name then
    if model.lane[name] then return model.lane[name] end
    local names = lane_names(model.lanes)
    return problem.refuse("usage", ("there is no lane '%s'%s"):format(text.line(name), text.hint(name, names)),
      "the lanes are " .. table.concat(names, ", "))
  end
  local halved = half and lanes_with_halves(model) or {}
  if #halved == 1 then return halved[1] end
  local event, trouble = the_world:ci()
  if not event then return nil, trouble end
  local branch = event.branch
  if not branch then
    local head
    head, trouble = the_world:head()
    if not head then return nil, trouble end
    branch = head.ref and head.ref:gsub("^refs/heads/", "")
  end
  local found = matching_lanes(model, event, branch)
  if #found == 1 then return found[1] end
  local names = table.concat(lane_names(#found > 1 and found or model.lanes), ", ")
  if #found > 1 then
    return problem.refuse("usage", ("several lanes are for branch %s: %s"):format(text.line(branch), names), "name one")
  end
  if event.event then
    return problem.refuse("nothing", ("no lane is for a %s of %s"):format(text.line(event.event),
      text.line(branch or "a detached HEAD")))
  end
  if #model.lanes == 1 and not model.lanes[1].when then return model.lanes[1] end
  return problem.refuse("usage", ("no lane is for %s"):format(branch and "branch " .. text.line(branch)
    or "a detached HEAD"), "name one: " .. names)
end

local function tape_of(path)
  if not path then return tape.new(json.encode) end
  local bytes, words_of_refusal = file.read(path, { follow = true, special = true })
  if not bytes then return problem.refuse("error", text.line(words_of_refusal)) end
  local entries
  entries, words_of_refusal = json.decode(bytes)
  if type(entries) ~= "table" or not json.is_array(entries) then
    return problem.refuse("error", ("%s: no tape%s"):format(text.line(path),
      words_of_refusal and ": " .. words_of_refusal or ""))
  end
  for i, entry in ipairs(entries) do
    if type(entry) ~= "table" or type(entry.question) ~= "table" or type(entry.answer) ~= "table" then
      return problem.refuse("error", ("%s: entry %d is no question with its answer"):format(text.line(path), i))
    end
  end
  return tape.new(json.encode, entries)
end

--- The number that --pull-request names; nil, and no problem, where it is not given.
---@return integer|nil, problem
function session.pull_number(value)
  if value == nil then return nil end
  local number = value:find "^#?%d+$" and math.tointeger(tonumber((value:gsub("^#", ""))))
  if number and number > 0 then return number end
  return problem.refuse("usage", ("--pull-request takes a number, not '%s'"):format(text.line(value)))
end

-- S1.105: what goes to the remote is what a push step sends; without one nothing ever would, and a CI be green.
local function check_push(lane, name)
  if lane.step.push then return true end
  return problem.refuse("usage", ("%s:%s: lane \"%s\" has no step push {}, so --push has nothing to send"):format(
    text.line(name), tostring(lane.line or 1), lane.name), "add push {} behind tag {}, or leave out --push")
end

-- Which half of a lane with a pull request is meant: the one that the command names, or what the event is about.
---@return "prepare"|"publish"|nil half, problem
local function choose_half(lane, wanted, event)
  if not lane.step.pull_request then
    if not wanted then return nil end
    return problem.refuse("usage", ("lane %s has no pull_request step, so it has no halves"):format(lane.name),
      "run it whole: relrun release.lua " .. lane.name)
  end
  return wanted or event.review and "publish" or "prepare"
end

--- What a plan says of where its forge is: the spec's own words, for apply never reads the spec.
function session.forge_record(record)
  return record and { word = record.word, host = record.host, repository = record.repository, path = record.path }
end

---@class session
---@field model spec.model
---@field world world
---@field lane table
---@field context table what plan.decide takes
local methods = {}
methods.__index = methods

--- Everything that planning needs, for a request of the command line.
---@param request table
---@param out { warn: fun(line: string), say: fun(line: string) }
---@param read_only boolean|nil gates are not asked (explain, versions, changelog)
---@return session|nil, problem
function session.open(request, out, read_only)
  local options = request.options
  -- The spec's process, git and libgit2 start side by side, while the planner is loaded here.
  local begun = sandbox.begin()
  local ahead = not options.replay and world.begin(".", not read_only and not options["allow-dirty"]) or nil
  require "spec"
  require "plan"
  local recorder, unread = tape_of(options.replay)
  -- The world before the spec: it reads history ahead while the spec is evaluated. What is wrong with the spec is told first.
  local the_world, unopened
  if recorder then
    the_world, unopened = world.open(".", { offline = options.offline or false, warn = out.warn, say = out.say,
      ahead = ahead, forges = request.forges }, recorder)
  end
  local loaded, trouble = session.load(request.spec, begun)
  if not loaded then return nil, trouble end
  if not the_world then return nil, unread or unopened end
  local lane
  lane, trouble = session.choose_lane(loaded.model, request.lane, the_world, request.half)
  if not lane then return nil, trouble end
  local event
  event, trouble = the_world:ci()
  if not event then return nil, trouble end
  local half
  half, trouble = choose_half(lane, request.half, event)
  if trouble then return nil, trouble end
  local pushes = options.push or request.half ~= nil
  if pushes and options.offline then
    return problem.refuse("usage", ("%s and --offline contradict each other"):format(request.half and "--publish" or "--push"))
  end
  if pushes then
    local ok
    ok, trouble = check_push(lane, loaded.name)
    if not ok then return nil, trouble end
  end
  if half == "publish" and not pushes and not read_only then
    return problem.refuse("usage", "publishing goes to the remote", "say --push, or relrun publish")
  end
  local number
  number, trouble = session.pull_number(options["pull-request"])
  if trouble then return nil, trouble end
  local useful
  useful, trouble = futile.check(options, lane, half, request.half)
  if not useful then return nil, trouble end
  local warnings = {}
  local context = {
    model = loaded.model, lane = lane, world = the_world, parse = message.parse, reader = message.reader,
    tool = "relrun " .. embedded.version(), spec_digest = loaded.digest, warnings = warnings, half = half, options = options,
    forge_record = session.forge_record(loaded.model.release.forge),
    flags = { push = pushes, pull_request = number, allow_dirty = options["allow-dirty"],
      skip_base_sync_check = options["skip-base-sync-check"], unprotected = options.unprotected,
      offline = options.offline, read_only = read_only },
    warn = function (line) warnings[#warnings + 1] = line end, list = json.array, sha256 = digest.sha256,
    digest_of = function (value) return digest.sha256(json.encode(value)) end,
    forge = function (method, ...)
      return the_world:forge(loaded.model.release.forge, loaded.model.release.remote, method, ...)
    end,
    call = session.caller(loaded.process),
    tape_digest = function () return { entries = #recorder.entries,
      sha256 = recorder:digest(digest.sha256) } end,
  }
  return setmetatable({ model = loaded.model, world = the_world, lane = lane, context = context, recorder = recorder,
    loaded = loaded }, methods)
end

--- The plan of this session: the value, its bytes and its id.
---@return { value: table, bytes: string, id: string }|nil, problem
function methods:plan()
  local value, trouble = plan.make(self.context)
  if not value then return nil, trouble end
  local bytes = json.encode(value)
  return { value = value, bytes = bytes, id = digest.sha256(bytes) }
end

--- Judges the bytes of a saved plan; `wanted_id` (or a beginning of at least 8 digits) must be its id when given.
---@param bytes string
---@param name string what the messages call it
---@param wanted_id string|nil
---@return { value: table, bytes: string, id: string }|nil, problem
function session.parse_plan(bytes, name, wanted_id)
  name = text.line(name)
  -- On GitHub Actions `plan --json` is written so that the log finds no command in it.
  bytes = text.canonical_json((bytes:gsub("\n$", "")))
  local value, words_of_refusal = json.decode(bytes)
  if type(value) ~= "table" then return problem.refuse("error",
    ("%s: no plan: %s"):format(name, words_of_refusal or "it is no object")) end
  if value.schema ~= plan.SCHEMA then
    return problem.refuse("error", ("%s: the schema is %s, and this relrun reads %s"):format(name,
      text.line(tostring(value.schema)), plan.SCHEMA), "use the relrun that made the plan")
  end
  if json.encode(value) ~= bytes then
    return problem.refuse("error",
      ("%s: the bytes are not in the canonical form that relrun writes"):format(name),
      "the plan was edited; plan again")
  end
  local id = digest.sha256(bytes)
  if wanted_id and (#wanted_id < 8 or id:sub(1, #wanted_id) ~= wanted_id:lower()) then
    return problem.refuse("stale", ("%s has the id %s, not %s"):format(name, id:sub(1, 12),
      text.line(wanted_id)), "this is not the plan that was approved")
  end
  local ok
  ok, words_of_refusal = plan_shape.check(value)
  if not ok then
    return problem.refuse("error", ("%s: no plan of relrun's: %s"):format(name, words_of_refusal), "plan again")
  end
  return { value = value, bytes = bytes, id = id }
end

--- Reads a saved plan; see session.parse_plan.
---@return { value: table, bytes: string, id: string }|nil, problem
function session.read_plan(path, wanted_id)
  local bytes, words_of_refusal = file.read(path, { follow = true, special = true })
  if not bytes then return problem.refuse("error", text.line(words_of_refusal)) end
  return session.parse_plan(bytes, path, wanted_id)
end

-- A plan of the guard's is never gone on with: the next run of the guard judges anew, and finds done what is done. So it
-- leaves alone what a release in this clone left unfinished.
local function is_gone_on_with(value) return value.half ~= "guard" end

--- Keeps a plan in this clone before its first write: the plan itself, the place of its journal, and its id as the one
-- that is under way, so that a killed run is found again.
---@return string|nil journal, problem
function session.keep(effects, saved)
  local kept = effects.git.common .. "/relrun/"
  local directory = kept .. saved.id
  local ok, words_of_refusal = file.mkdir(directory)
  if ok then ok, words_of_refusal = file.write(directory .. "/plan.json", saved.bytes .. "\n", { mode = PRIVATE }) end
  if ok and is_gone_on_with(saved.value) then
    ok, words_of_refusal = file.write(kept .. "current", saved.id .. "\n", { mode = PRIVATE })
  end
  if not ok then return problem.refuse("error", words_of_refusal) end
  return directory .. "/journal.jsonl"
end

-- The id of the plan that is under way in this clone, or nil.
local function current(common) return (file.read(common .. "/relrun/current") or ""):match "^(%x+)\n$" end

--- Notes that this plan is not under way any more. Another one that is, stays so.
function session.forget(effects, saved)
  if current(effects.git.common) == saved.id then file.remove(effects.git.common .. "/relrun/current") end
end

--- The plan that an earlier run in this clone began and did not end, if it is this lane's, of this spec and for the
-- same destination; nil when there is none.
---@return { value: table, bytes: string, id: string }|nil
function methods:unfinished()
  if not self.world.git then return nil end
  local common = self.world.git.common
  local id = current(common)
  local saved = id and session.read_plan(("%s/relrun/%s/plan.json"):format(common, id), id)
  local value = saved and saved.value
  if value and value.lane == self.lane.name and value.half == self.context.half and value.spec.sha256 == self.loaded.digest
    and value.push == (self.context.flags.push or false) then
    return saved
  end
end

--- What the journal needs of the host.
session.codec = {
  encode = json.encode, decode = function (line) return (json.decode(line)) end, sha256 = digest.sha256,
  read = function (path) return file.read(path) end, write = function (path, bytes) return file.write(path, bytes) end,
  append = file.append, now = clock.now,
}

return session
