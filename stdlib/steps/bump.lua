--- Step `bump`: writes the decided versions into the version files, and raises what packages ask of each other.
-- It makes no operation of its own: its edits go into the release commit.

local files = require "files"
local problem = require "problem"
local requirements = require "files.requirements"
local text = require "text"

local bump = { word = "bump", ops = {} }

-- The version that a package's files hold now, once all of them agree.
local function present(builder, package)
  local places = {}
  for i, place in ipairs(package.files) do
    local found, trouble = builder.workspace:read(place.path)
    if trouble then return nil, trouble end
    if not found then
      return problem.refuse("error", ("%s: no such file in commit %s"):format(text.line(place.path),
        builder.base.oid:sub(1, 12)),
        ("correct the files of package %s"):format(package.name))
    end
    -- A marker or a text to replace holds whatever version it holds; the other places say which one that is.
    local value, message = files.kind(place.kind).read(found.bytes, place.at)
    if not value then return problem.refuse("error", ("%s: %s"):format(text.line(place.path), message)) end
    places[i] = { path = place.path, at = place.at, value = value }
  end
  local version, message = files.agree(places)
  if not version then
    return problem.refuse("error", ("package %s: %s"):format(package.name, message), "make them agree, then release")
  end
  return version
end

-- The file may run behind (release commits need not come back to the base), never ahead.
local function check_forward(decision, package, now)
  local scheme = package.scheme.scheme
  local version = scheme.parse(now)
  if not version then
    return problem.refuse("error", ("package %s: its files say '%s', which is no %s version"):format(package.name,
      text.line(now), package.scheme.word))
  end
  if scheme.compare(version, decision.version) > 0 then
    return problem.refuse("error",
      ("package %s: its files say %s and the next version would be %s; no version goes backwards"):format(
        package.name, now, decision.version.text),
      decision.previous and ("tag the release of %s, or set the files back"):format(now)
        or ("set the scheme's initial = \"%s\", or tag what is released"):format(now))
  end
  return true
end

-- All places of one file are changed together; files.apply reads them again and compares every other byte.
local function write_version(builder, package, now, new)
  local entries, paths = {}, {}
  for _, place in ipairs(package.files) do
    if not entries[place.path] then entries[place.path], paths[#paths + 1] = {}, place.path end
    table.insert(entries[place.path], { kind = place.kind, at = place.at })
  end
  for _, path in ipairs(paths) do
    local found = builder.workspace:read(path)
    local changed, splices = files.apply(found.bytes, entries[path], now, new)
    if not changed then return problem.refuse("error", ("%s: %s"):format(text.line(path), splices)) end
    local ok, trouble = builder.workspace:edit(path, splices)
    if not ok then return nil, trouble end
  end
  return true
end

local function raise_requirements(builder, decision)
  for _, place in ipairs(decision.package.files) do
    local kind = requirements.kind(place.path)
    for _, needed in ipairs(kind and decision.raised or {}) do
      local found = builder.workspace:read(place.path)
      local splices, message = requirements.raise(kind, found.bytes, needed.name, needed.version)
      if not splices then return problem.refuse("error", ("%s: %s"):format(text.line(place.path), message)) end
      local ok, trouble = builder.workspace:edit(place.path, splices)
      if not ok then return nil, trouble end
    end
  end
  return true
end

--- Edits the files of one package.
function bump.plan(builder, decision)
  local package = decision.package
  if #package.files == 0 then return true end
  local now, trouble = present(builder, package)
  if not now then return nil, trouble end
  local ok
  ok, trouble = check_forward(decision, package, now)
  if not ok then return nil, trouble end
  ok, trouble = write_version(builder, package, now, decision.version.text)
  if not ok then return nil, trouble end
  if package.raise then return raise_requirements(builder, decision) end
  return true
end

return bump
