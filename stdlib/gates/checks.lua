--- Gates on checks: what CI and others said of the very commit that is released.

local text = require "text"
local verdict = require "gates.verdict"

local checks = {}

-- May this entry speak for the gate?
local function counts(gate, check)
  return (not gate.source or check.source == gate.source) and (not gate.app or check.app == gate.app)
end

local function same_name(check, name)
  if check.source == "status" then return check.name:lower() == name:lower() end
  return check.name == name
end

local function place_of(check)
  return check.url and (" (%s)"):format(text.line(check.url)) or ""
end

-- What one name came to: "success", or a word of `states` and the entry that says so. The worst entry counts: a check and
-- a status of one name must both be green, as forges have it.
local function outcome(gate, list, name)
  local pending, found
  for _, check in ipairs(list) do
    if same_name(check, name) and counts(gate, check) then
      found = found or check
      if check.state == "pending" then
        pending = pending or check
      elseif check.state == "skipped" or check.state == "neutral" then
        if not gate.skipped then return "idle", check end
      elseif check.state ~= "success" then
        return "failed", check
      end
    end
  end
  if not found then return "missing" end
  if pending then return "pending", pending end
  return "success", found
end

local SOURCES = { check = "a check run", status = "a commit status" }

-- For a name under which something was reported that the gate does not count: why it does not.
local function uncounted(gate, all, name)
  for _, check in ipairs(all) do
    if same_name(check, name) and not counts(gate, check) then
      if gate.source and check.source ~= gate.source then
        return (" as %s; there is %s of that name, which source = \"%s\" leaves out"):format(SOURCES[gate.source],
          SOURCES[check.source], gate.source)
      end
      return ("; %s did, and app = %d leaves that out"):format(check.app and ("app %d"):format(check.app) or "somebody who is no app", gate.app)
    end
  end
end

-- For a name that nothing reported under: the names that are there. People write what the page shows, "CI / tests",
-- where the forge's own name is "tests".
local function hint(context, gate, name)
  local all = context.forge("checks", context.subject.oid)
  if not all then return "" end
  local why = uncounted(gate, all, name)
  if why then return why end
  local names, seen = {}, {}
  for _, check in ipairs(all) do
    if not seen[check.name] then names[#names + 1] = check.name end
    seen[check.name] = true
  end
  local last = name:match "^.* / (.+)$"
  if last and seen[last] then return (" (the page shows '%s' and the forge calls it '%s')"):format(text.line(name), text.line(last)) end
  return text.hint(name, names)
end

local function first_failure(gate, list, oid)
  for _, name in ipairs(gate.names) do
    local state, check = outcome(gate, list, name)
    if state == "failed" then
      return verdict.deny(("check '%s' of %s ended with %s%s"):format(text.line(name), oid:sub(1, 12), check.state,
        place_of(check)), "repair it, or run it again if it was not the commit's fault")
    elseif state == "idle" then
      return verdict.deny(("check '%s' of %s was %s%s, which proves nothing"):format(text.line(name), oid:sub(1, 12),
        check.state == "skipped" and "skipped" or "left neutral", place_of(check)),
        "have it run, or say skipped = true in the gate")
    end
  end
end

local function first_open(context, gate, list, oid)
  for _, name in ipairs(gate.names) do
    local state, check = outcome(gate, list, name)
    if state == "pending" then
      return verdict.wait(("check '%s' of %s is not finished%s"):format(text.line(name), oid:sub(1, 12), place_of(check)),
        "run the same command again when it is (relrun publish --wait does so by itself)")
    elseif state == "missing" then
      return verdict.wait(("nobody reported check '%s' for %s%s%s"):format(text.line(name), oid:sub(1, 12),
        gate.app and (" as app %d"):format(gate.app) or "", hint(context, gate, name)),
        "see that its workflow runs for this commit, and run the same command again")
    end
  end
end

--- S1.36: these checks are green on the exact commit, on both surfaces (check runs and commit statuses). What was not
-- reported or is not finished waits; what was skipped is no success unless the spec says so.
function checks.checks(context, gate)
  local oid = context.subject.oid
  local list, trouble = context.forge("checks", oid, context.list { table.unpack(gate.names) })
  if not list then return nil, trouble end
  local against = first_failure(gate, list, oid) or first_open(context, gate, list, oid)
  if against then return against end
  local evidence = context.list {}
  for _, check in ipairs(list) do
    if counts(gate, check) then
      evidence[#evidence + 1] = { name = text.line(check.name), source = check.source, state = check.state,
        url = check.url and text.line(check.url) or nil }
    end
  end
  return verdict.pass(("%s of %s %s green"):format(text.plural(#gate.names, "check"), oid:sub(1, 12),
    #gate.names == 1 and "is" or "are"), { commit = oid, checks = evidence })
end

return checks
