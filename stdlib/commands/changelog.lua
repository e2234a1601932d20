--- relrun changelog SPEC [LANE]: prints the notes of the next release, or with --all of every release that the tags
-- tell of. Writes nothing but its output.

local file = require "host.file"
local chronicle = require "chronicle"
local notes = require "notes"
local plan = require "plan"
local problem = require "problem"
local session = require "session"
local text = require "text"

local function wanted(decisions, name)
  local list, names = {}, {}
  for _, decision in ipairs(decisions) do
    names[#names + 1] = decision.package.name
    if not name or name == decision.package.name then list[#list + 1] = decision end
  end
  if #list > 0 then return list end
  return problem.refuse("usage", ("there is no package '%s'%s"):format(text.line(name), text.hint(name, names)))
end

return function (request, out)
  local options = request.options
  local opened, trouble = session.open(request, out, true)
  if not opened then return nil, trouble end
  local pieces = {}
  if options.all then
    pieces, trouble = chronicle.write(opened.context, options.package)
    if not pieces then return nil, trouble end
  else
    opened.context.decide_only = true
    local decided
    decided, trouble = plan.decide(opened.context)
    if not decided then return nil, trouble end
    local list
    list, trouble = wanted(decided.decisions, options.package)
    if not list then return nil, trouble end
    for _, decision in ipairs(list) do
      if decision.version then
        local section, refusal = notes.of(decided, decision)
        if not section then return nil, refusal end
        pieces[#pieces + 1] = section
      end
    end
    if #pieces == 0 then return problem.refuse("nothing", "nothing to release, so there are no notes") end
  end
  local bytes = table.concat(pieces, "\n")
  if options.output then
    local ok, message = file.write(options.output, bytes)
    if not ok then return problem.refuse("error", message) end
  else
    out.write(bytes)
  end
  return "done"
end
