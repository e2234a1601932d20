--- Which packages are released, and as what: every package's history, the commits that are new to it, the level they
-- ask for and the version that follows. All packages share one walk over history.

local commits = require "commits"
local packages = require "packages"
local problem = require "problem"
local releases = require "releases"
local text = require "text"
local versions = require "versions"

local decisions = {}

---@class decision
---@field package package
---@field history history
---@field version table|nil the next version; nil: nothing to release
---@field previous table|nil the version that the notes start from
---@field level string the level that counted
---@field reason string[] sentences
---@field commits table[] the commits of the notes, newest first, cancelled ones left out
---@field counted table[] the commits since the last final that decided the level
---@field because table[] those of them that caused it
---@field cancelled table[] { commit =, by = }
---@field ignored table[] { commit =, why = }
---@field raised { name: string, version: string }[] needed packages that are released together with this one

--- The levels of a scheme record, as commits.level takes them.
function decisions.policy(scheme)
  local types = { feat = scheme.feat, fix = scheme.fix, perf = scheme.perf, revert = scheme.revert }
  for name, level in pairs(scheme.types or {}) do types[name] = level end
  return { breaking = scheme.breaking, types = types, otherwise = scheme.otherwise, unparsed = scheme.otherwise }
end

-- The commits that stop a package's range: the last final, and for `fresh` ranges the pre-release it goes on from.
local function stops(history, candidate)
  local since = {}
  if history.last then since[#since + 1] = history.last.commit end
  if candidate then since[#since + 1] = candidate.commit end
  return since
end

-- Two ranges a package: since the last final, which decides the level, and since the pre-release that a new one would
-- follow, which decides whether there is anything new.
local function query_of(context, base, histories, contained)
  local query, places, asked = { base = base, ranges = {}, ask = {} }, {}, {}
  local function add(package, since)
    query.ranges[#query.ranges + 1] = { root = package.path,
      exclude = #package.exclude > 0 and package.exclude or nil, since = since }
    return #query.ranges
  end
  for _, package in ipairs(context.packages) do
    local history, place, candidate = histories[package.name], {}, nil
    place.all = add(package, stops(history))
    for _, released in ipairs(history.prereleases) do
      if not asked[released.anchor] then
        asked[released.anchor], query.ask[#query.ask + 1] = true, released.anchor
      end
      if not candidate and contained[released.anchor] ~= false then candidate = released end
    end
    place.candidate = context.label and candidate or nil
    place.new = place.candidate and add(package, stops(history, candidate)) or place.all
    places[package.name] = place
  end
  return query, places
end

-- Walks until every pre-release that a range stops at is known to be part of this history.
local function walk(context, base, histories)
  local contained = {}
  while true do
    local query, places = query_of(context, base, histories, contained)
    local found, trouble = context.world:unreleased(query)
    if not found then return nil, trouble end
    local settled = true
    for _, place in pairs(places) do
      if place.candidate and found.contained[place.candidate.anchor] == false then settled = false end
    end
    contained = found.contained
    if settled then return found, nil, places end
  end
end

-- Reads every commit once, however many packages it belongs to. What was found is on the tape and stays as it is.
local function parse_all(context, found)
  local all = {}
  for i, commit in ipairs(found.commits) do
    local parsed = context.parse(commit.message)
    parsed.oid, parsed.time = commit.oid, commit.time
    all[i] = parsed
  end
  return all
end

-- The commits of each range that may count, newest first; what may not is noted with the reason.
local function sort_into_ranges(context, found, parsed_commits, count)
  local ranges, ignored = {}, {}
  for i = 1, count do ranges[i], ignored[i] = {}, {} end
  for i, commit in ipairs(found.commits) do
    local parsed = parsed_commits[i]
    local why, trouble = releases.no_change(context, commit, parsed)
    if trouble then return nil, trouble end
    for _, range in ipairs(commit.ranges) do
      local list = why and ignored[range] or ranges[range]
      list[#list + 1] = why and { commit = parsed, why = why } or parsed
    end
  end
  return ranges, ignored
end

local function unparsed_problem(package, list)
  local first = list[1]
  return problem.new("denied", ("%s: %s not a Conventional Commit: %s %s%s"):format(package.name,
    #list == 1 and "1 commit is" or ("%d commits are"):format(#list), first.oid:sub(1, 12),
      text.shorten(text.line(first.subject), 60),
    #list > 1 and " and others" or ""), "reword them, or say unparsed = \"warn\" in the release")
end

local function decide_one(context, package, history, place, ranges, ignored, contained)
  local scheme = package.scheme.scheme
  local kept, cancelled = commits.cancel(ranges[place.all])
  local fresh = place.new == place.all and kept or commits.cancel(ranges[place.new])
  local level, because = commits.level(kept, decisions.policy(package.scheme))
  local order, order_commit = commits.release_as(kept, package.name)
  local unparsed = commits.unparsed(kept)
  local release_as
  if order then
    local message
    release_as, message = scheme.parse(order)
    if not release_as then
      return problem.refuse("error", ("commit %s: Release-As: %s: %s"):format(order_commit.oid:sub(1, 12),
        text.line(order), message), "correct it with a later Release-As footer")
    end
  end
  local prereleases = {}
  for i, released in ipairs(history.prereleases) do
    prereleases[i] = { version = released.version, contained = contained[released.anchor] ~= false }
  end
  local request = {
    package = package.name, last = history.last and history.last.version, prereleases = prereleases,
      label = context.label,
    level = level, fresh = #fresh > 0, initial = package.scheme.initial_version, zero = package.scheme.zero,
    release_as = release_as, date = context.date, start = package.scheme.start,
  }
  local decided, message = versions.decide(scheme, request)
  if not decided then return problem.refuse("error", message) end
  if decided.version and #unparsed > 0 and context.model.release.unparsed == "error" then
    return nil, unparsed_problem(package, unparsed)
  end
  local from_pre = decided.previous and scheme.is_prerelease(decided.previous)
  return {
    package = package, history = history, request = request, version = decided.version, previous = decided.previous,
      level = decided.level,
    reason = decided.reason, commits = from_pre and fresh or kept, counted = kept, because = because,
      cancelled = cancelled,
    ignored = ignored[place.all], unparsed = unparsed, raised = {},
  }
end

-- A package that needs a released one is released, too, where its spec says so; either way it learns the new versions.
local function cascade(list, needs)
  local by_name = {}
  for _, decision in ipairs(list) do by_name[decision.package.name] = decision end
  for _, decision in ipairs(list) do
    local package = decision.package
    for _, name in ipairs(needs[package.name] or {}) do
      local needed = by_name[name]
      if needed and needed.version then
        decision.raised[#decision.raised + 1] = { name = name, version = needed.version.text }
      end
    end
    if not decision.version and #decision.raised > 0 and package.cascade == "patch" then
      local request = decision.request
      request.level, request.fresh = "patch", true
      local decided, message = versions.decide(package.scheme.scheme, request)
      if not decided then return problem.refuse("error", message) end
      decision.version, decision.previous, decision.level = decided.version, decided.previous, decided.level
      decision.reason = { ("it needs %s %s, which is released now"):format(decision.raised[1].name,
        decision.raised[1].version), table.unpack(decided.reason) }
    end
  end
  return true
end

--- Decides for every package, in the order in which they are to be released.
---@param context table see plan.lua
---@param base string the commit that is released
---@param histories table<string, history>
---@param needs table<string, string[]> packages that each package needs
---@return decision[]|nil, problem
function decisions.make(context, base, histories, needs)
  local found, trouble, places = walk(context, base, histories)
  if not found then return nil, trouble end
  local parsed = parse_all(context, found)
  local count = 0
  for _, place in pairs(places) do count = math.max(count, place.all, place.new) end
  local ranges, ignored = sort_into_ranges(context, found, parsed, count)
  if not ranges then return nil, ignored end
  local by_name = {}
  for _, package in ipairs(context.packages) do
    local decision, refusal = decide_one(context, package, histories[package.name], places[package.name], ranges,
      ignored, found.contained)
    if not decision then return nil, refusal end
    by_name[package.name] = decision
  end
  local order, refusal = packages.sort(context.packages, needs, context.lane.order)
  if not order then return nil, refusal end
  local sorted = {}
  for i, package in ipairs(order) do sorted[i] = by_name[package.name] end
  local ok
  ok, refusal = cascade(sorted, needs)
  if not ok then return nil, refusal end
  return sorted, nil, found
end

--- The name of a package's tag for a version.
---@return string|nil, problem
function decisions.tag_name(context, package, version)
  local format = context.model.release.tag
  if type(format) == "table" and format ~= package.tag then
    local name, trouble = context.call(format, { package = package.name, version = version.text,
      release = context.model.release.name })
    if type(name) ~= "string" then return nil, trouble or problem.new("spec", "the tag function gave no string") end
    return name
  end
  return package.tag:render { package = package.name, version = version.text }
end

return decisions
