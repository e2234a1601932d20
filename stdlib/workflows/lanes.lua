--- What the lanes of a spec would push, as names that a workflow's filters can be asked about: branches, and a few tags
-- for every package, made by the spec's own templates and version schemes from versions that stand for all.

local template = require "template"

local lanes = {}

-- Any day will do: it only has to be the same in every run.
local CONTEXT = { date = "2024-01-02" }
-- A package whose name brings nothing along that a filter could be misled by.
local NEUTRAL = "x"

---@class workflows.tag
---@field text string
---@field package string
---@field neutral boolean|nil made for a name that no package has

---@class workflows.lane
---@field name string
---@field file string the spec that says it: release.lua, or a ready-made one
---@field line integer
---@field base string
---@field candidate boolean its versions are pre-releases
---@field triggers table[] { word = "pushed"|"completed"|"manual", branch =, workflow = }
---@field judged boolean every way in which it starts is a `completed` that relrun judges itself
---@field pushes boolean
---@field push table|nil the step
---@field branch string|nil a branch that it pushes
---@field tags workflows.tag[]
---@field message string|nil a release commit's message
---@field publishes boolean steps of its own publish, so that no workflow need start from its tags
---@field lock string|nil the status that it holds on its pull requests

local function versions_of(record, label)
  local scheme = record.scheme
  local first = record.initial_version or scheme.first(CONTEXT)
  local finals = { first }
  for _, level in ipairs { "patch", "major" } do
    local version = scheme.bump(finals[#finals], level, CONTEXT)
    finals[#finals + 1] = version -- calver answers nil when nothing can count that day
  end
  if not label then return finals end
  local candidates = {}
  for i, version in ipairs(finals) do candidates[i] = scheme.prerelease(version, label, i * i) end
  return candidates
end

local function tags_of(list, label)
  local tags, seen = {}, {}
  local function add(package, name, neutral)
    for _, version in ipairs(versions_of(package.scheme, label)) do
      local text = package.tag:render { package = name, version = version.text }
      if not seen[text] then
        seen[text] = true
        tags[#tags + 1] = { text = text, package = name, neutral = neutral }
      end
    end
  end
  for _, package in ipairs(list) do add(package, package.name) end
  if list[1] and list[1].tag:has "package" then add(list[1], NEUTRAL, true) end
  return tags
end

local PLACES = { "package", "version", "previous", "tag", "previous_tag", "date", "release" }

-- The message of a release commit, when the spec's is no function.
local function message_of(release, list)
  local compiled = type(release.message) == "string" and template.compile(release.message, PLACES)
  if not compiled then return nil end
  local name = list[1] and list[1].name or release.name
  return compiled:render { package = name, version = "1.0.0", previous = "0.9.0", tag = name .. "-v1.0.0",
    previous_tag = name .. "-v0.9.0", date = CONTEXT.date, release = release.name }
end

local function branch_of(lane)
  local step = lane.step.branch
  if not step then return lane.base end
  local compiled = template.compile(step.name, { "date", "sha", "lane", "version" })
  return compiled and compiled:render { date = "20240102", sha = "0123456789ab", lane = lane.name, version = "1.0.0" }
    or step.name
end

--- The lanes as the workflow checks see them.
---@param model spec.model
---@param list package[] the packages of the release
---@return workflows.lane[]
function lanes.of(model, list)
  local made = {}
  for i, lane in ipairs(model.lanes) do
    local judged = #(lane.when or {}) > 0
    for _, trigger in ipairs(lane.when or {}) do judged = judged and trigger.word == "completed" end
    local label = lane.step.bump and lane.step.bump.prerelease
    made[i] = {
      name = lane.name, line = lane.line, file = model.source,
      base = lane.base, candidate = label ~= nil, triggers = lane.when or {}, judged = judged,
      pushes = lane.step.push ~= nil, push = lane.step.push, branch = branch_of(lane),
      tags = lane.step.tag and tags_of(list, label) or {}, message = message_of(model.release, list),
      publishes = (lane.step.forge_release or lane.step.dispatch) ~= nil,
      lock = lane.step.pull_request and lane.step.pull_request.lock or nil,
    }
  end
  return made
end

return lanes
