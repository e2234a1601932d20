--- Words in a commit's message that keep a forge from starting workflows for it. In a loop guard they are welcome; in the
-- head of a release's pull request its required checks would be pending for ever, and a tag of such a commit would start
-- nothing, without a word (facts ACT.skip). Pure.

local problem = require "problem"
local text = require "text"
local version_places = require "version_places"

local skip_ci = {}

local WORDS = { "[skip ci]", "[ci skip]", "[no ci]", "[skip actions]", "[actions skip]" }

--- The first instruction of a message to start nothing; nil where it has none.
---@param message string
---@return string|nil
function skip_ci.find(message)
  local lower = message:lower()
  for _, word in ipairs(WORDS) do
    if lower:find(word, 1, true) then return word end
  end
  return ("\n" .. lower .. "\n"):match "\n(skip%-checks:%s*true)%s*\n"
end

-- What would be missing for the commits of a lane; nil where nothing has to start for them.
local function harm(lane)
  local step = lane.step or {}
  if step.pull_request then return "a pull_request step, whose checks would never run" end
  if step.push and (step.push.workflow or step.push.tags_start_workflows) then
    return "tags that start workflows, which would not start"
  end
end

local function objection(lane, message)
  local word = skip_ci.find(message)
  local why = word and harm(lane)
  return why and ("the message '%s' says %s, and lane \"%s\" has %s"):format(text.line(message), word, lane.name, why)
end

local TODO = "leave it out of the message; the gate not_released keeps relrun's own commits from starting a release"

--- Refuses the message of a commit that this lane is about to make.
---@param builder table its model and lane
---@param message string rendered
---@return true|nil, problem
function skip_ci.judge(builder, message)
  local why = objection(builder.lane, message)
  if not why then return true end
  return problem.refuse("spec", ("%s:%s: %s"):format(builder.model.source, tostring(builder.model.release.line), why), TODO)
end

--- Complains of the messages of a whole spec. Those that functions make are judged when they are made.
---@param model spec.model
---@param reader schema.reader takes the complaints
function skip_ci.check(model, reader)
  local function look(record, lanes)
    if type(record.message) ~= "string" then return end
    for _, lane in ipairs(lanes) do
      local why = lane.name and lane.step.commit and objection(lane, record.message)
      if why then return reader:complain(record, "%s: %s; %s", record.word, why, TODO) end
    end
  end
  if model.release then look(model.release, model.lanes) end
  for _, lane in ipairs(model.lanes) do
    for _, step in ipairs(lane.steps or {}) do
      if step.word == "write" or step.word == "changelog" then look(step, { lane }) end
    end
  end
  version_places.each(model, function (place) look(place, model.lanes) end)
end

return skip_ci
