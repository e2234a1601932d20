--- relrun guard SPEC: says on pull requests, as commit statuses, whether they may be merged: a release only by its own
-- lane, and into a guarded branch only what its source_guard lets in. It frees no lock.

local digest = require "host.digest"
local embedded = require "host.embedded"
local json = require "host.json"
local guard = require "guard"
local narrowed = require "forge".narrowed
local problem = require "problem"
local run = require "commands.run"
local session = require "session"
local tape = require "tape"
local text = require "text"
local world = require "world"

-- How often it looks at most whether what it judged by is still so.
local LOOKS = 3

local function digest_of(value) return digest.sha256(json.encode(value)) end

-- What guarding asks the world, and the pull requests that are open.
local function look(loaded, flags, out, forges)
  local recorder = tape.new(json.encode)
  local the_world, trouble = world.open(".", { warn = out.warn, say = out.say, forges = forges }, recorder)
  if not the_world then return nil, trouble end
  local release = loaded.model.release
  local context = {
    model = loaded.model, tool = "relrun " .. embedded.version(), spec_digest = loaded.digest, list = json.array,
    forge_record = session.forge_record(release.forge), flags = flags, digest_of = digest_of,
    forge = function (method, ...) return the_world:forge(release.forge, release.remote, method, ...) end,
    tape_digest = function () return { entries = #recorder.entries, sha256 = recorder:digest(digest.sha256) } end,
  }
  context.ci, trouble = the_world:ci()
  if not context.ci then return nil, trouble end
  context.pulls, trouble = context.forge("pulls", { state = "open" })
  if not context.pulls then return nil, trouble end
  return context
end

local function open(request)
  if request.options.all and request.options["pull-request"] then
    return problem.refuse("usage", "--all and --pull-request contradict each other: the guard looks at all open ones, or at "
      .. "the one that is named", "leave out one of them")
  end
  local loaded, trouble = session.load(request.spec)
  if not loaded then return nil, trouble end
  loaded.process:close()
  local number
  number, trouble = session.pull_number(request.options["pull-request"])
  if trouble then return nil, trouble end
  return loaded, { all = request.options.all, pull_request = number }
end

local function entry_of(subject, context, state, description)
  return { pull_request = subject.pull and subject.pull.number or nil, commit = subject.oid, context = context,
    state = state, description = description }
end

-- Judges one of them and says it. What was said, or stays, is told in `told`, once.
---@return "done"|nil, problem
---@return boolean|nil planned was there anything to say, which may have been said already?
local function say(context, subject, out, forges, told)
  local said, trouble = guard.judge(context, subject)
  if not said then return nil, trouble end
  for _, line in ipairs(guard.reasons(subject, said)) do
    if not told.lines[line] then out.line(("%s into %s\n%s"):format(subject.name, text.line(subject.base), line)) end
    told.lines[line] = true
  end
  local value
  value, trouble = guard.plan(context, subject, said)
  local done
  if value then
    out.line(("%s into %s"):format(subject.name, text.line(subject.base)))
    local bytes = json.encode(value)
    done, trouble = run.apply({ value = value, bytes = bytes, id = digest.sha256(bytes) }, out, forges)
  end
  for _, op in ipairs(value and value.ops or {}) do
    told:add(entry_of(subject, op.args.context, op.args.state, op.args.description))
  end
  for _, one in ipairs(said) do
    if one.kept then told:add(entry_of(subject, one.context, one.kept.state, one.kept.description)) end
  end
  return done, trouble, value ~= nil
end

-- What machines are told: of each status the last word.
local function telling()
  local told = { lines = {}, entries = json.array {}, at = {} }
  function told:add(entry)
    local key = ("%s %s %s"):format(tostring(entry.pull_request), entry.commit, entry.context)
    self.at[key] = self.at[key] or #self.entries + 1
    self.entries[self.at[key]] = entry
  end
  return told
end

return function (request, out)
  local loaded, flags = open(request)
  if not loaded then return nil, flags end
  -- All pull requests share one forge.
  local forges, told = {}, telling()
  local context, trouble = look(loaded, flags, out, forges)
  if not context then return nil, trouble end
  local subjects
  subjects, trouble = guard.subjects(context)
  if not subjects then return nil, trouble end
  if request.options.json then out.quiet = true end
  local written, last = false, nil
  for i = 1, LOOKS do
    local wrote, stale = false, nil
    for _, subject in ipairs(subjects) do
      local done, planned
      done, trouble, planned = say(context, subject, out, forges, told)
      if not done and trouble.kind == "stale" then
        stale = trouble
      elseif not done and trouble.kind ~= "nothing" then
        return nil, trouble
      end
      wrote, last = wrote or done ~= nil, not planned and trouble or nil
    end
    written = written or wrote
    if i == LOOKS and stale then return nil, stale end
    if i == LOOKS or not wrote and not stale then break end
    -- A release that somebody prepared, opened again or turned elsewhere meanwhile was not judged with.
    local before = digest_of(narrowed(context.pulls, guard.RESTS_ON))
    context, trouble = look(loaded, flags, out, forges)
    if not context then return nil, trouble end
    if not stale and digest_of(narrowed(context.pulls, guard.RESTS_ON)) == before then break end
    local left
    left, trouble = guard.subjects(context)
    -- What was judged may be closed by now; then what was said of it is the last word.
    if not left and trouble.kind ~= "nothing" then return nil, trouble end
    if not left then break end
    subjects = left
  end
  if request.options.json then out.json(json.encode(told.entries)) end
  if written then return "done" end
  if last and #subjects == 1 then return nil, last end
  return problem.refuse("nothing", "all of it is said already; nothing was written")
end
