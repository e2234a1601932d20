--- Holds a spec against one commit: what a plan would refuse whatever is to be released. The order of the packages, the
-- names of their tags and the places of their versions are tried without history, tags or remote.

local bump = require "steps.bump"
local decisions = require "decisions"
local moment = require "moment"
local needs = require "needs"
local packages = require "packages"
local problem = require "problem"
local tag = require "steps.tag"
local text = require "text"
local workspace = require "workspace"

local preflight = {}

local MOST_TOLD = 20

local function has_step(lane, word) return lane.step[word] ~= nil end

-- Every lane that orders its packages orders them in the same way.
local function check_order(model, list, work)
  local needed, trouble = needs.of(model, list, work)
  if not needed then return nil, trouble end
  for _, lane in ipairs(model.lanes) do
    local sorted
    sorted, trouble = packages.sort(list, needed, lane.order)
    if not sorted then return nil, trouble end
  end
  return true
end

-- A version such as the lane could decide: the first one, as a pre-release where the lane makes those.
local function plausible_version(package, lane, date)
  local scheme = package.scheme.scheme
  local version = package.scheme.initial_version or scheme.first { date = date }
  local label = lane.step.bump.prerelease
  return version and label and scheme.prerelease(version, label, 1) or version
end

-- A package's tags in every lane; one refusal is enough.
local function check_tags(context, package)
  for _, lane in ipairs(context.model.lanes) do
    local version = has_step(lane, "tag") and plausible_version(package, lane, context.date)
    if version then
      local name, trouble = decisions.tag_name(context, package, version)
      if not name then return nil, trouble end
      local ok
      ok, trouble = tag.check(name)
      if not ok then return nil, trouble end
    end
  end
  return true
end

-- A lane of finals reads every place, one of candidates may leave some out.
local function lane_that_reads_most(model)
  local chosen
  for _, lane in ipairs(model.lanes) do
    if has_step(lane, "commit") and (not chosen or not lane.step.bump.prerelease) then chosen = lane end
  end
  return chosen
end

-- One problem in place of several: a mistake of the spec's counts before what the files hold.
local function sum(troubles)
  local list, seen, kind = {}, {}, nil
  for _, trouble in ipairs(troubles) do
    local line = tostring(trouble)
    if not seen[line] then list[#list + 1], seen[line] = line, true end
    if not kind or trouble.kind == "spec" then kind = trouble.kind end
  end
  if #list < 2 then return troubles[1] end
  local all = problem.new(kind, ("the spec cannot be planned: %s"):format(text.plural(#list, "problem")))
  all.more = table.move(list, 1, math.min(#list, MOST_TOLD), 1, {})
  if #list > MOST_TOLD then all.more[MOST_TOLD + 1] = ("... and %d more"):format(#list - MOST_TOLD) end
  return all
end

--- Tries the spec on a commit.
---@param context { model: spec.model, world: world, call: fun(callback: table, ...): any, problem|nil }
---@param list package[] the packages of this commit
---@param commit string
---@return true|nil, problem with all that was found; its kind is what a plan would end in
function preflight.check(context, list, commit)
  local model, troubles = context.model, {}
  local function note(ok, trouble)
    if not ok then troubles[#troubles + 1] = trouble end
  end
  local base, trouble = context.world:commit(commit)
  if not base then return nil, trouble end
  local date, work = moment.date(base.time), workspace.new(context.world, commit)
  note(check_order(model, list, work))
  local asked = { model = model, call = context.call, date = date }
  local lane = lane_that_reads_most(model)
  local reader = { workspace = work, base = { oid = commit }, lane = lane, date = date }
  for _, package in ipairs(list) do
    note(check_tags(asked, package))
    if lane then note(bump.check(reader, package)) end
  end
  if #troubles > 0 then return nil, sum(troubles) end
  return true
end

return preflight
