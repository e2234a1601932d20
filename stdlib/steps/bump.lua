--- Step `bump`: writes the decided versions into the version files, and raises what packages ask of each other.
-- It makes no operation of its own: its edits go into the release commits.
--
-- A place holds the version itself, or the version in a `value` ("v{version}"). It agrees with the other places of its
-- package, unless it stands aside in pre-releases (it may hold an older final then) or has a version line of its `own`.

local files = require "files"
local problem = require "problem"
local requirements = require "files.requirements"
local template = require "template"
local text = require "text"

local bump = { word = "bump", ops = {} }

local function refuse_at(place, format, ...)
  return problem.refuse("error", ("%s: %s"):format(text.line(place.path), format:format(...)))
end

local function as_it_is(part) return part end

-- The version inside a place's value.
local function version_in(place, value)
  if not place.value then return value end
  local found = template.compile(place.value, { "version" }):match(value, { version = as_it_is })
  if found then return found.version end
  return refuse_at(place, "it holds '%s', and its value is '%s'", text.line(value), text.line(place.value))
end

-- Every place of a package that this release changes: { place, old, version }, in the order of the spec.
local function read_places(builder, package)
  local list = {}
  for _, place in ipairs(package.files) do
    if place.prereleases ~= false or not builder.lane.step.bump.prerelease then
      local found, trouble = builder.workspace:read(place.path)
      if trouble then return nil, trouble end
      if not found then
        return problem.refuse("error", ("%s: no such file in commit %s"):format(text.line(place.path),
          builder.base.oid:sub(1, 12)),
          ("commit it, or correct the files of package %s"):format(package.name))
      end
      -- A marker or a text to replace holds whatever version it holds; the other places say which one that is.
      local value, message = files.kind(place.kind).read(found.bytes, place.at)
      if not value then return refuse_at(place, "%s", message) end
      local version
      version, trouble = version_in(place, value)
      if not version then return nil, trouble end
      list[#list + 1] = { place = place, old = value, version = version }
    end
  end
  return list
end

local function parsed(package, now)
  local version = package.scheme.scheme.parse(now)
  if version then return version end
  return problem.refuse("error", ("package %s: its files say '%s', which is no %s version"):format(package.name,
    text.line(now), package.scheme.word))
end

-- What helps a package without tags whose files are ahead. A final can begin with what the files say; a pre-release of that
-- would still be below it.
local function way_to_begin(decision, scheme, version, is_prerelease, date)
  local base = scheme.base(version)
  if not is_prerelease then
    return ("set the scheme's initial = \"%s\", or tag what is released"):format(base.text)
  end
  local ways = { ("if %s is out, tag it"):format(version.text) }
  local none, above = scheme.parse "0.0.0", scheme.bump(base, "minor", { date = date })
  if none and scheme.compare(none, decision.version) < 0 then ways[2] = "else set the files lower, such as to 0.0.0" end
  if above then ways[#ways + 1] = ("%s the scheme's initial = \"%s\""):format(ways[2] and "or" or "else set", above.text) end
  return table.concat(ways, ", ")
end

-- The files may run behind (release commits need not come back to the base), never ahead.
local function check_forward(builder, decision, package, now)
  local scheme = package.scheme.scheme
  local version, trouble = parsed(package, now)
  if not version then return nil, trouble end
  if scheme.compare(version, decision.version) > 0 then
    return problem.refuse("error",
      ("package %s: its files say %s and the next version would be %s; no version goes backwards"):format(
        package.name, now, decision.version.text),
      decision.previous and ("tag the release of %s, or set the files back"):format(now)
        or way_to_begin(decision, scheme, version, builder.lane.step.bump.prerelease, builder.date))
  end
  return true
end

-- What must hold of the versions that are there; `judge` is asked about each that is not of a line of its own.
local function check_versions(package, list, judge)
  local agreeing = {}
  for _, one in ipairs(list) do
    if not one.place.own then
      if one.place.prereleases ~= false then
        agreeing[#agreeing + 1] = { path = one.place.path, at = one.place.at, value = one.version }
      else
        local ok, trouble = judge(one.version)
        if not ok then return nil, trouble end
      end
    end
  end
  if #agreeing == 0 then return true end
  local version, message = files.agree(agreeing)
  if not version then
    return problem.refuse("error", ("package %s: %s"):format(package.name, message), "make them agree, then release")
  end
  return judge(version)
end

-- The version that follows in a line of its own.
local function next_of_line(builder, package, one)
  local scheme = package.scheme.scheme
  local version, message = scheme.parse(one.version)
  local after
  if version then after, message = scheme.bump(version, one.place.own, { date = builder.date }) end
  if not after then
    return refuse_at(one.place, "%s holds '%s', which has no next version: %s", one.place.at or "it",
      text.line(one.version), message)
  end
  return after.text
end

-- What each place is to hold.
local function decide_values(builder, decision, list)
  for _, one in ipairs(list) do
    local version, trouble = decision.version.text, nil
    if one.place.own then version, trouble = next_of_line(builder, decision.package, one) end
    if not version then return nil, trouble end
    one.own = one.place.own and version
    one.new = one.place.value and template.compile(one.place.value, { "version" }):render { version = version } or version
  end
  return true
end

-- Places of one file that hold the same and are to hold the same are changed together; files.apply reads them again and
-- compares every other byte.
local function write_places(builder, group)
  local batches, order = {}, {}
  for _, one in ipairs(group.places) do
    local key = table.concat({ one.place.path, one.old, one.new }, "\0")
    if not batches[key] then
      batches[key] = { path = one.place.path, old = one.old, new = one.new }
      order[#order + 1] = batches[key]
    end
    table.insert(batches[key], { kind = one.place.kind, at = one.place.at })
  end
  for _, batch in ipairs(order) do
    local found = builder.workspace:read(batch.path)
    local changed, splices = files.apply(found.bytes, batch, batch.old, batch.new)
    if not changed then return problem.refuse("error", ("%s: %s"):format(text.line(batch.path), splices)) end
    local ok, trouble = builder.workspace:edit(batch.path, splices)
    if not ok then return nil, trouble end
  end
  return true
end

-- Raises what one file requires of a package, under one of the names that the package has there.
local function raise_name(builder, path, name, version)
  local found = builder.workspace:read(path)
  local splices, message = requirements.raise(requirements.kind(path), found.bytes, name, version)
  if not splices then return problem.refuse("error", ("%s: %s"):format(text.line(path), message)) end
  return builder.workspace:edit(path, splices)
end

local function raise_requirements(builder, decision, group)
  for _, one in ipairs(group.places) do
    local path = one.place.path
    local kind = requirements.kind(path)
    for _, needed in ipairs(kind and decision.raised or {}) do
      for _, name in ipairs(builder.names:of(kind, needed.name, decision.package)) do
        local ok, trouble = raise_name(builder, path, name, needed.version)
        if not ok then return nil, trouble end
      end
    end
  end
  return true
end

--- What `edits` would refuse of a package's version places, whatever version comes next.
---@param builder table { workspace, base, lane, date }
---@param package package
---@return true|nil, problem
function bump.check(builder, package)
  local list, trouble = read_places(builder, package)
  if not list then return nil, trouble end
  for _, one in ipairs(list) do
    local after
    if one.place.own then after, trouble = next_of_line(builder, package, one) end
    if one.place.own and not after then return nil, trouble end
  end
  local ok
  ok, trouble = check_versions(package, list, function (now) return parsed(package, now) end)
  return ok and true, trouble
end

--- The edits of one package's files: the places that say the same message stand together.
---@param builder table
---@param decision decision
---@return { message: string|nil, own: string|nil, write: fun(): boolean|nil, table|nil }[]|nil, problem
function bump.edits(builder, decision)
  local package = decision.package
  local list, trouble = read_places(builder, package)
  local ok = list and true
  if ok then
    ok, trouble = check_versions(package, list, function (now) return check_forward(builder, decision, package, now) end)
  end
  if ok then ok, trouble = decide_values(builder, decision, list) end
  if not ok then return nil, trouble end
  local groups, by_message = {}, {}
  for _, one in ipairs(list) do
    local message = one.place.message
    local group = by_message[message or false]
    if not group then
      group = { message = message, places = {} }
      by_message[message or false], groups[#groups + 1] = group, group
      function group.write()
        local done, refusal = write_places(builder, group)
        if done and package.raise then done, refusal = raise_requirements(builder, decision, group) end
        return done, refusal
      end
    end
    group.own = group.own or one.own
    group.places[#group.places + 1] = one
  end
  return groups
end

return bump
