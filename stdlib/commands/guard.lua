--- relrun guard SPEC: says on pull requests, as commit statuses, whether they may be merged: a release only by its own
-- lane, and into a guarded branch only what its source_guard lets in. It frees no lock.

local digest = require "host.digest"
local embedded = require "host.embedded"
local json = require "host.json"
local guard = require "guard"
local problem = require "problem"
local run = require "commands.run"
local session = require "session"
local tape = require "tape"
local text = require "text"
local world = require "world"

-- What guarding asks the world, and the pull requests that are open.
local function open(request, out, forges)
  if request.options.all and request.options["pull-request"] then
    return problem.refuse("usage", "--all and --pull-request contradict each other: the guard looks at all open ones, or at "
      .. "the one that is named", "leave out one of them")
  end
  local loaded, trouble = session.load(request.spec)
  if not loaded then return nil, trouble end
  loaded.process:close()
  local recorder = tape.new(json.encode)
  local the_world
  the_world, trouble = world.open(".", { warn = out.warn, say = out.say, forges = forges }, recorder)
  if not the_world then return nil, trouble end
  local number
  number, trouble = session.pull_number(request.options["pull-request"])
  if trouble then return nil, trouble end
  local release = loaded.model.release
  local context = {
    model = loaded.model, tool = "relrun " .. embedded.version(), spec_digest = loaded.digest, list = json.array,
    forge_record = session.forge_record(release.forge), flags = { all = request.options.all, pull_request = number },
    forge = function (method, ...) return the_world:forge(release.forge, release.remote, method, ...) end,
    tape_digest = function () return { entries = #recorder.entries, sha256 = recorder:digest(digest.sha256) } end,
  }
  context.ci, trouble = the_world:ci()
  if not context.ci then return nil, trouble end
  context.pulls, trouble = context.forge("pulls", { state = "open" })
  if not context.pulls then return nil, trouble end
  return context
end

return function (request, out)
  -- All pull requests share one forge.
  local forges = {}
  local context, trouble = open(request, out, forges)
  if not context then return nil, trouble end
  local subjects
  subjects, trouble = guard.subjects(context)
  if not subjects then return nil, trouble end
  if request.options.json then out.quiet = true end
  local written, last, told = false, nil, json.array {}
  for _, subject in ipairs(subjects) do
    local value, done
    value, trouble = guard.plan(context, subject)
    if value then
      out.line(("%s into %s"):format(subject.name, text.line(subject.base)))
      local bytes = json.encode(value)
      done, trouble = run.apply({ value = value, bytes = bytes, id = digest.sha256(bytes) }, out, forges)
    end
    if trouble and trouble.kind ~= "nothing" then return nil, trouble end
    written, last = written or done ~= nil, not value and trouble or last
    for _, op in ipairs(value and value.ops or {}) do
      told[#told + 1] = { pull_request = subject.pull and subject.pull.number or nil, commit = op.args.oid,
        context = op.args.context, state = op.args.state, description = op.args.description }
    end
  end
  if request.options.json then out.json(json.encode(told)) end
  if written then return "done" end
  if last and #subjects == 1 then return nil, last end
  return problem.refuse("nothing", "all of it is said already; nothing was written")
end
