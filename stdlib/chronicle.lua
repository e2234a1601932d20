--- The changelog of a whole history: a section for every release of the lane that the tags tell of, newest first, in
-- one pass. A commit belongs to the first release, in the order of versions, whose ancestors hold it; never by date.

local changelog = require "changelog"
local commits = require "commits"
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

-- What a section's heading and links tell of its release, or of what is not released (released nil).
local function entry_of(context, package, released, before)
  local links, tag = context.repository, released and released.tag or context.lane.base
  return {
    package = package.name, version = released and released.version.text or "Unreleased",
      previous = before and before.version.text,
    date = released and moment.date(released.time), tag = tag, previous_tag = before and before.tag,
    links = links and { commit = links .. "/commit/", issue = links .. "/issues/",
      compare = before and ("%s/compare/%s...%s"):format(links, before.tag, tag) } or {},
  }
end

-- The sections of one package, one for each group of commits that the walk delivers, and the links of their headings.
-- A revert comes before what it takes back, so from a section's first one on its commits are held until the last of them
-- is known. In most sections there is none, and the reader's one table serves all commits.
local function sections(context, package, list)
  local style = changelog.style(notes.style(package.style or { word = "conventional", options = {} }))
  local pieces, definitions, section, current = {}, {}, nil, nil
  local function finish()
    if not section then return end
    for _, parsed in ipairs(section.held and commits.cancel(section.held) or {}) do section.writer:add(parsed) end
    pieces[#pieces + 1] = section.writer:finish()
  end
  local function begin(index)
    finish()
    local entry = entry_of(context, package, list[index], list[index - 1] or index == 0 and list[#list] or nil)
    section, current = { writer = changelog.writer(style, entry) }, index
    for _, definition in ipairs(changelog.definitions(style, entry)) do
      definitions[#definitions + 1] = ("[%s]: %s\n"):format(definition.label, definition.url)
    end
  end
  local read, refusal = context.reader(), nil
  -- Commits come and go by the hundred thousand beside bullets that stay: looking at young objects only spares a sixth.
  collectgarbage "generational"
  local ok, trouble = context.world:log({ reuse = true, head = context.base_oid, stops = list.commits, root = package.path,
    exclude = #package.exclude > 0 and package.exclude or nil }, function (commit, index)
    if index ~= current then begin(index) end
    local parsed = read(commit.message)
    local why, unclear = releases.no_change(context, commit, parsed)
    refusal = refusal or unclear
    if why ~= false then return end
    if not section.held and (parsed.reverts or parsed.reverted) then section.held = {} end
    if section.held then parsed = context.parse(commit.message) end
    parsed.oid = commit.oid
    if section.held then section.held[#section.held + 1] = parsed else section.writer:add(parsed) end
  end)
  collectgarbage "incremental"
  if not ok or refusal then return nil, trouble or refusal end
  finish()
  if #definitions > 0 then pieces[#pieces + 1] = table.concat(definitions) end
  return pieces
end

--- The sections of a package's whole history, as pieces of text.
-- A lane of finals has sections of finals only: what their candidates held is theirs. A lane of pre-releases has those
-- of its label, too.
---@param context table as plan.decide takes it, with `reader` (host.message's)
---@param name string|nil the package; may be left out when there is one
---@return string[]|nil pieces, problem
function chronicle.write(context, name)
  local ok, trouble = observe.ground(context)
  if not ok then return nil, trouble end
  local package
  package, trouble = choose(context, name)
  if not package then return nil, trouble end
  local tags, remote
  tags, trouble, remote = releases.tags(context.world, context.remote_refs, false)
  if not tags then return nil, trouble end
  local scheme, found = package.scheme.scheme, {}
  for _, released in ipairs(releases.read({ package }, tags)[package.name]) do
    if not scheme.is_prerelease(released.version) or releases.is_own_kind(scheme, released, context.label) then
      found[#found + 1] = released
    end
  end
  releases.sort(found, scheme)
  ok, trouble = releases.need(context, remote, { found })
  if not ok then return nil, trouble end
  local list = { commits = {} }
  for i = #found, 1, -1 do
    local released = found[i]
    local commit
    commit, trouble = releases.commit(context.world, released)
    if not commit then return nil, trouble end
    local told
    told, trouble = context.world:commit(commit)
    if not told then return nil, trouble end
    released.time = told.time
    list[#list + 1], list.commits[#list.commits + 1] = released, commit
  end
  return sections(context, package, list)
end

return chronicle
