--- Gates that ask a person: for this very run, or for these very versions.

local builder = require "builder"
local text = require "text"
local verdict = require "gates.verdict"

local approval = {}

local function same(a, b) return a:lower() == b:lower() end

--- S3.9: somebody approved this CI run for the environment. An environment that asks nobody approves by itself, and is
-- therefore refused; so is a run that never asked for it.
function approval.environment(context, gate)
  local name, run = text.line(gate.name), context.ci.run
  local environment, trouble = context.forge("environment", gate.name)
  if environment == nil then return nil, trouble end
  if not environment then
    return verdict.deny(("there is no environment %s"):format(name), "make it, with the people who must approve")
  elseif not environment.reviewers or #environment.reviewers == 0 then
    return verdict.deny(("environment %s has no reviewers, so it approves every run by itself"):format(name),
      "name in its settings the people who must approve")
  elseif not run then
    return verdict.deny(("this is no CI run that could be approved for %s"):format(name),
      "start it on CI, in a job with this environment (RELRUN_RUN_ID names a run of a local forge)")
  end
  local list
  list, trouble = context.forge("approvals", run)
  if not list then return nil, trouble end
  local approved, pending
  for _, one in ipairs(list) do
    if same(one.environment, gate.name) then
      if one.state == "rejected" then
        return verdict.deny(("%s rejected run %d for %s%s"):format(text.line(one.user or "somebody"), run, name,
          one.comment ~= "" and ": " .. text.shorten(text.line(one.comment), 120) or ""), "start a new run when that is settled")
      end
      if one.state == "approved" then approved = one else pending = pending or one end
    end
  end
  if pending then
    return verdict.wait(("run %d waits to be approved for %s"):format(run, name),
      ("have it approved by %s"):format(text.line(table.concat(environment.reviewers, ", "))))
  elseif not approved then
    return verdict.deny(("nobody was asked to approve run %d for %s"):format(run, name),
      ("the job that runs relrun must say: environment: %s"):format(name))
  end
  return verdict.pass(("%s approved run %d for %s"):format(text.line(approved.user or "somebody"), run, name),
    { environment = name, run = run, user = approved.user and text.line(approved.user) or nil, comment = approved.comment ~= ""
      and text.shorten(text.line(approved.comment), 200) or nil })
end

--- S3.113: somebody typed what is released: --confirm equals the gate's text, filled in for every package.
function approval.confirmed(context, gate)
  local texts, seen = {}, {}
  for _, decision in ipairs(context.released) do
    local words, trouble = builder.render(context, gate.text, builder.places(context, decision))
    if not words then return nil, trouble end
    if not seen[words] then texts[#texts + 1] = words end
    seen[words] = true
  end
  local wanted = table.concat(texts, ", ")
  local typed = context.options.confirm
  -- What is to be typed is told in single quotes of the shell.
  local todo = ("say --confirm '%s'"):format(text.line(wanted):gsub("'", "'\\''"))
  if typed == nil then
    return verdict.deny(("'%s' is not confirmed"):format(text.line(wanted)), todo)
  elseif typed ~= wanted then
    return verdict.deny(("--confirm says '%s', and what would be released is '%s'"):format(text.line(typed),
      text.line(wanted)), todo)
  end
  return verdict.pass(("'%s' was confirmed"):format(text.line(wanted)), { text = text.line(wanted) })
end

return approval
