--- Which packages of a release need which others: as the spec says (`depends`), or as their version files say.
--
-- In a version file a package has the name that its own manifest states there (pyproject.toml, package.json, Cargo.toml,
-- Chart.yaml), compared as the registry compares names; relrun's name of a package, which may be its directory's, is
-- asked only where no manifest of that registry states one: a directory `serde` that holds `acme-serde` is not what
-- somebody means who requires `serde`.

local problem = require "problem"
local requirements = require "files.requirements"
local text = require "text"

local needs = {}

-- A package is needed once, however often it is named.
local function add(found, name)
  for _, known in ipairs(found) do
    if known == name then return end
  end
  found[#found + 1] = name
end

-- The names that the spec lists for a package, each of which must be a package of this release.
local function declared(model, package, by_name, names)
  local found = {}
  for _, name in ipairs(package.depends) do
    if name ~= "files" then
      if not by_name[name] then
        return problem.refuse("spec", ("%s:%s: package %s depends on '%s', which is no package of this release%s"):format(
          model.source, tostring(package.line), package.name, text.line(name), text.hint(name, names)))
      end
      add(found, name)
    end
  end
  return found
end

local function wants_files(package)
  if package.raise then return true end
  for _, name in ipairs(package.depends) do
    if name == "files" then return true end
  end
  return false
end

-- The manifests among a package's files: { { path, kind, name, list }, ... }. One that only its neighbours ask for a
-- name, and that cannot be read, states none: what it requires is not asked.
local function read_manifests(package, workspace)
  local list = {}
  for _, place in ipairs(package.files) do
    local kind = requirements.kind(place.path)
    local found, trouble
    if kind then found, trouble = workspace:read(place.path) end
    if trouble then return nil, trouble end
    if found then
      local manifest, message = requirements.read(kind, found.bytes)
      if manifest then
        list[#list + 1] = { path = place.path, kind = kind, name = manifest.name, list = manifest.list }
      elseif wants_files(package) then
        return problem.refuse("error", ("%s: %s"):format(text.line(place.path), message))
      end
    end
  end
  return list
end

---@class needs.names by which names the manifests of a release mean its packages
local methods = {}
methods.__index = methods

-- The packages of a registry by name: { stated = { [name] = package[] }, own = the same for those that state none }.
local function index_of(self, kind)
  local registry = requirements.registry(kind)
  local index = self.registries[registry]
  if index then return index end
  index = { stated = {}, own = {}, names = {} }
  local function put(map, name, package)
    map[name] = map[name] or {}
    add(map[name], package)
    index.names[package.name] = index.names[package.name] or {}
    add(index.names[package.name], name)
  end
  for _, package in ipairs(self.list) do
    for _, manifest in ipairs(self.manifests[package.name]) do
      if manifest.name and requirements.registry(manifest.kind) == registry then
        put(index.stated, manifest.name, package)
      end
    end
    if not index.names[package.name] then put(index.own, requirements.normalised(kind, package.name), package) end
  end
  self.registries[registry] = index
  return index
end

--- The package that a manifest means by a name. Of several that state it, it is the one that asks, or else the one that
--- relrun, too, calls so; with none such, or several, it is not clear, and refused.
---@param manifest table { path, kind }
---@param name string normalised
---@param asking package whose manifest it is
---@return package|nil, problem
function methods:package(manifest, name, asking)
  local index = index_of(self, manifest.kind)
  local found = index.stated[name] or index.own[name] or {}
  local called = {}
  for _, package in ipairs(found) do
    if package == asking then return package end
    if requirements.normalised(manifest.kind, package.name) == name then called[#called + 1] = package end
  end
  if #found < 2 then return found[1] end
  if #called == 1 then return called[1] end
  return problem.refuse("error", ("%s: it requires '%s', and packages '%s' and '%s' both have that name"):format(
    text.line(manifest.path), text.line(name), found[1].name, found[2].name),
    "give one of them another name in its manifest, or call the one that is meant so in the spec, too")
end

--- The names by which a package's manifests mean another one.
---@param kind string of the manifest that requires it
---@param name string relrun's name of the needed package
---@param asking package
---@return string[] normalised
function methods:of(kind, name, asking)
  local list = {}
  for _, one in ipairs(index_of(self, kind).names[name]) do
    local package = self:package({ kind = kind, path = "" }, one, asking)
    if package and package.name == name then list[#list + 1] = one end
  end
  return list
end

-- The siblings that a package's manifests require, added to `found`.
local function required(package, names, found)
  for _, manifest in ipairs(names.manifests[package.name]) do
    for _, one in ipairs(manifest.list) do
      local needed, trouble = names:package(manifest, one.name, package)
      if trouble then return nil, trouble end
      if needed and needed ~= package then add(found, needed.name) end
    end
  end
  return found
end

-- Where no package asks the files, none is read.
local function names_of(list, workspace)
  local names = setmetatable({ list = list, manifests = {}, registries = {} }, methods)
  local asked = false
  for _, package in ipairs(list) do asked = asked or wants_files(package) end
  for _, package in ipairs(asked and list or {}) do
    local manifests, trouble = read_manifests(package, workspace)
    if not manifests then return nil, trouble end
    names.manifests[package.name] = manifests
  end
  return names
end

--- The needs of every package: { [name] = { names of packages that it needs } }, and by which names their manifests mean
--- each other. Refused: a need that is no package of the release, a manifest that cannot be read, a name that two have.
---@param model spec.model
---@param list package[]
---@param workspace workspace
---@return table<string, string[]>|nil needs, problem, needs.names|nil
function needs.of(model, list, workspace)
  local by_name, own, all = {}, {}, {}
  for i, package in ipairs(list) do by_name[package.name], own[i] = package, package.name end
  local names, trouble = names_of(list, workspace)
  if not names then return nil, trouble end
  for _, package in ipairs(list) do
    local found
    found, trouble = declared(model, package, by_name, own)
    if found and wants_files(package) then found, trouble = required(package, names, found) end
    if not found then return nil, trouble end
    all[package.name] = found
  end
  return all, nil, names
end

return needs
