--- The changelog of a whole history: a section for every release that the tags tell of, newest first, in one pass.
-- A commit belongs to the first release, in the order of versions, whose ancestors hold it; never by date.

local changelog = require "changelog"
local moment = require "moment"
local observe = require "observe"
local problem = require "problem"
local releases = require "releases"
local notes = require "notes"
local text = require "text"

local chronicle = {}

local function choose(context, name)
  local names = {}
  for i, package in ipairs(context.packages) do
    if package.name == name then return package end
    names[i] = package.name
  end
  if not name and #names == 1 then return context.packages[1] end
  if name then
    return problem.refuse("usage", ("there is no package '%s'%s"):format(text.line(name), text.hint(name, names)))
  end
  return problem.refuse("usage", "the release has several packages",
    "name one with --package: " .. table.concat(names, ", ", 1, math.min(#names, 10)))
end

-- The sections of one package, through a writer for each group of commits that the walk delivers.
local function sections(context, package, list)
  local record = package.style or { word = "conventional", options = {} }
  local style, links = changelog.style(notes.style(record)), context.repository
  local pieces, writer, current = {}, nil, nil
  local function finish()
    if not writer then return end
    local section = writer:finish()
    if section then pieces[#pieces + 1] = section end
  end
  local function begin(index, newest_time)
    finish()
    local released, before = list[index], list[index - 1] or index == 0 and list[#list]
    local entry = {
      package = package.name, version = released and released.version.text or "Unreleased",
        previous = before and before.version.text,
      date = moment.date(released and released.time or newest_time),
        tag = released and released.tag or context.lane.base, previous_tag = before and before.tag, commits = {},
      links = links and { commit = links .. "/commit/", issue = links .. "/issues/",
        compare = before and ("%s/compare/%s...%s"):format(links, before.tag,
          released and released.tag or context.lane.base) } or {},
    }
    writer, current = changelog.writer(style, entry), index
  end
  local parse, refusal = context.parse, nil
  -- Commits come and go by the hundred thousand beside bullets that stay: looking at young objects only spares a sixth.
  collectgarbage "generational"
  local ok, trouble = context.world:log({ reuse = true, head = context.base_oid, stops = list.commits, root = package.path,
    exclude = #package.exclude > 0 and package.exclude or nil }, function (commit, index)
    if index ~= current then begin(index, commit.time) end
    local message = commit.message
    local parsed = parse(message)
    local why, unclear = releases.no_change(context, commit, parsed)
    refusal = refusal or unclear
    if why == false then
      parsed.oid, parsed.time = commit.oid, commit.time
      writer:add(parsed)
    end
  end)
  collectgarbage "incremental"
  if not ok or refusal then return nil, trouble or refusal end
  finish()
  return pieces
end

--- The sections of a package's whole history, as pieces of text.
---@param context table as plan.decide takes it
---@param name string|nil the package; may be left out when there is one
---@return string[]|nil pieces, problem
function chronicle.write(context, name)
  local ok, trouble = observe.ground(context)
  if not ok then return nil, trouble end
  local package
  package, trouble = choose(context, name)
  if not package then return nil, trouble end
  local tags
  tags, trouble = releases.tags(context.world, context.remote_refs, false)
  if not tags then return nil, trouble end
  local found = releases.read({ package }, tags)[package.name]
  releases.sort(found, package.scheme.scheme)
  local list = { commits = {} }
  for i = #found, 1, -1 do
    local released = found[i]
    local commit
    commit, trouble = releases.commit(context.world, released)
    if not commit then return nil, trouble end
    released.time = (context.world:commit(commit) or {}).time
    list[#list + 1], list.commits[#list.commits + 1] = released, commit
  end
  return sections(context, package, list)
end

return chronicle
