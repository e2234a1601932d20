--- Gates on labels and issues.

local text = require "text"
local verdict = require "gates.verdict"

local issues = {}

local MOST_NAMED = 3

local function has(labels, wanted)
  for _, label in ipairs(labels) do
    if label:lower() == wanted:lower() then return true end
  end
  return false
end

--- The pull request has these labels, and none of those.
function issues.labels(context, gate)
  local pull = context.subject.pull
  if not pull then
    return verdict.deny("there is no pull request that could have labels", "put this gate into the lane's approval")
  end
  local found, trouble = context.forge_fields({ "labels" }, "pull", pull.number)
  if found == nil then return nil, trouble end
  if not found then
    return verdict.deny(("pull request #%d is gone"):format(pull.number), "prepare anew: relrun prepare")
  end
  for _, name in ipairs(gate.without or {}) do
    if has(found.labels, name) then
      return verdict.deny(("pull request #%d has the label '%s'"):format(pull.number, text.line(name)),
        ("take it off when its reason is gone: %s"):format(text.line(pull.url)))
    end
  end
  for _, name in ipairs(gate.names or {}) do
    if not has(found.labels, name) then
      return verdict.wait(("pull request #%d lacks the label '%s'"):format(pull.number, text.line(name)),
        ("label it when it is: %s"):format(text.line(pull.url)))
    end
  end
  local names = context.list {}
  for i, name in ipairs(found.labels) do names[i] = text.line(name) end
  return verdict.pass(#names > 0 and "labels: " .. table.concat(names, ", ") or "no label", { pull = pull.number, labels = names })
end

local function name_issues(list)
  local named = {}
  for i = 1, math.min(#list, MOST_NAMED) do
    named[i] = ("#%d (%s)"):format(list[i].number, text.shorten(text.line(list[i].title), 60))
  end
  return table.concat(named, ", ") .. (#list > MOST_NAMED and (" and %d more"):format(#list - MOST_NAMED) or "")
end

--- S2.26: no issue is open that carries one of these labels (`any`), or that carries all of them. Forges ask for all of a
-- list at once, so "one of them" is a question for each.
function issues.no_open_issues(context, gate)
  local questions = { gate.labels }
  if gate.any then
    for i, label in ipairs(gate.labels) do questions[i] = { label } end
  end
  for _, labels in ipairs(questions) do
    local open, trouble = context.forge("issues", { labels = context.list { table.unpack(labels) } })
    if not open then return nil, trouble end
    if #open > 0 then
      local said = {}
      for i, label in ipairs(labels) do said[i] = "'" .. text.line(label) .. "'" end
      return verdict.deny(("%s with %s: %s"):format(#open == 1 and "1 issue is open" or #open .. " issues are open",
        table.concat(said, " and "), name_issues(open)),
        ("close it, or defer it by taking the label off: %s"):format(text.line(open[1].url)))
    end
  end
  return verdict.pass("no such issue is open", { labels = context.list { table.unpack(gate.labels) } })
end

return issues
