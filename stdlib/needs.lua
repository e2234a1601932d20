--- Which packages of a release need which others: as the spec says (`depends`), or as their version files say.

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

-- The siblings that a package's manifests require, added to `found`.
local function required(package, by_name, workspace, found)
  for _, place in ipairs(package.files) do
    local kind = requirements.kind(place.path)
    local manifest, trouble
    if kind then manifest, trouble = workspace:read(place.path) end
    if trouble then return nil, trouble end
    if manifest then
      local list, message = requirements.list(kind, manifest.bytes)
      if not list then return problem.refuse("error", ("%s: %s"):format(text.line(place.path), message)) end
      for _, one in ipairs(list) do
        if by_name[one.name] and one.name ~= package.name then add(found, one.name) end
      end
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

--- The needs of every package: { [name] = { names of packages that it needs } }.
---@param model spec.model
---@param list package[]
---@param workspace workspace
---@return table<string, string[]>|nil, problem
function needs.of(model, list, workspace)
  local by_name, names, all = {}, {}, {}
  for i, package in ipairs(list) do by_name[package.name], names[i] = package, package.name end
  for _, package in ipairs(list) do
    local found, trouble = declared(model, package, by_name, names)
    if found and wants_files(package) then found, trouble = required(package, by_name, workspace, found) end
    if not found then return nil, trouble end
    all[package.name] = found
  end
  return all
end

return needs
