--- relrun check SPEC: reads, evaluates and validates the spec, says what its lanes are, what no plan could be made of at
-- HEAD, and what in the repository's CI workflows stands against the lanes. The repository is the one that relrun stands in.

local file = require "host.file"
local packages = require "packages"
local preflight = require "preflight"
local problem = require "problem"
local session = require "session"
local tape = require "tape"
local text = require "text"
local workflows = require "workflows"
local world = require "world"
local json = require "host.json"

-- GitHub's own limit is lower.
local WORKFLOW_MAX = 1 << 20

local function workflow_files(root)
  local folder = root .. "/" .. workflows.FOLDER
  local names, trouble, kind = file.list(folder)
  if not names then
    if kind == "not_found" then return {} end
    return problem.refuse("error", text.line(trouble))
  end
  local files = {}
  for _, name in ipairs(names) do
    if name:find "%.ya?ml$" then
      local path = workflows.FOLDER .. "/" .. name
      local bytes, refusal = file.read(folder .. "/" .. name, { max = WORKFLOW_MAX })
      files[#files + 1] = { path = path, text = bytes, trouble = refusal }
    end
  end
  return files
end

-- Does the spec lie in this work tree? A link counts by where it stands.
local function is_within(spec, root)
  local folder = file.resolve(spec:match "^(.*/)" or ".")
  return folder ~= nil and (folder .. "/"):sub(1, #root + 1) == root .. "/"
end

-- Whose files are read is said wherever one could be mistaken.
local function note(out, format, ...) out.line("note: " .. format:format(...)) end

-- The findings, or nil where there is no repository, no work tree or no commit to ask: a spec can be checked before all.
local function findings(loaded, spec, out)
  local model = loaded.model
  local the_world = world.open(".", { offline = true, warn = out.warn, say = out.say },
    tape.new(json.encode))
  local head = the_world and not the_world.git.bare and the_world:head()
  if not head or not head.oid then
    note(out, "%s: the spec was read alone, and no workflows", head and "this repository has no commit"
      or "relrun stands in no work tree")
    return nil
  end
  local root = the_world.git.root
  if not is_within(spec, root) then
    note(out, "the spec lies outside of the repository that relrun stands in; it is held against the commit and the workflows of %s",
      text.line(root))
  end
  local list, trouble = packages.resolve(model, the_world, head.oid)
  if not list then return nil, trouble end
  local ok
  ok, trouble = preflight.check({ model = model, world = the_world, call = session.caller(loaded.process) }, list, head.oid)
  if not ok then return nil, trouble end
  local files
  files, trouble = workflow_files(root)
  if not files then return nil, trouble end
  return workflows.check(files, model, list)
end

return function (request, out)
  local loaded, trouble = session.load(request.spec)
  if not loaded then return nil, trouble end
  for _, lane in ipairs(loaded.model.lanes) do
    local steps = {}
    for i, step in ipairs(lane.steps) do steps[i] = step.word end
    out.line(("%s: lane %s releases %s: %s"):format(text.line(loaded.name), text.line(lane.name),
      text.line(lane.base), table.concat(steps, ", ")))
  end
  local found
  found, trouble = findings(loaded, request.spec, out)
  if trouble then return nil, trouble end
  local count = { error = 0, warning = 0, note = 0 }
  for _, finding in ipairs(found or {}) do
    count[finding.severity] = count[finding.severity] + 1
    out.line(workflows.line(finding))
  end
  local counted = count.error + (request.options.strict and count.warning or 0)
  if counted == 0 then return "done" end
  return problem.refuse("denied", ("the workflows do not fit the spec: %s%s"):format(text.plural(count.error, "error"),
    request.options.strict and ", " .. text.plural(count.warning, "warning") or ""))
end
