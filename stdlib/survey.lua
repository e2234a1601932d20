--- Where the versions of a repository stand: the known files of a directory that hold one version, the lockfiles that
-- repeat it, and what a Cargo workspace says of its members. For `relrun init`; pure: who calls brings the reading.

local files = require "files"
local json_parser = require "files.json_parser"
local toml_parser = require "files.toml_parser"

local survey = {}

---@class survey.eyes
---@field read fun(path: string): string|nil the bytes of a file
---@field list fun(path: string): string[] the names of the directories in a directory, sorted

---@class survey.places
---@field files string[] as they are written in a spec: '"package.json"', 'toml "a.toml" "b.c"'
---@field scheme "pep440"|"semver"
---@field version string what all of them hold
---@field above string[] lockfiles of a workspace that may repeat it, at the repository's root
---@field left_out string[] what holds another version, or repeats it in a way that relrun does not write
---@field private boolean its own manifest says that it is never published

-- Where a version may stand, the likeliest first; `at` where it is not the usual place. `beside`: locks that repeat it;
-- `above`: those of a workspace, at the repository's root.
local CANDIDATES = {
  { file = "pyproject.toml", scheme = "pep440" },
  { file = "pyproject.toml", scheme = "pep440", kind = "toml", at = "tool.poetry.version" },
  { file = "Cargo.toml", beside = { "Cargo.lock" }, above = { "Cargo.lock" } },
  { file = "Cargo.toml", kind = "toml", at = "workspace.package.version", workspace = true },
  { file = "package.json", beside = { "package-lock.json", "npm-shrinkwrap.json" },
    above = { "package-lock.json", "npm-shrinkwrap.json" } },
  { file = "Chart.yaml" }, { file = "pubspec.yaml" }, { file = "composer.json" }, { file = "deno.json" },
  { file = "jsr.json" }, { file = "galaxy.yml" }, { file = "VERSION" }, { file = "VERSION.txt" }, { file = "version.txt" },
}

local DEPENDENCIES = { "dependencies", "dev-dependencies", "build-dependencies" }

local function value_in(bytes, kind, at) return bytes and files.kind(kind).read(bytes, at) or nil end

local function parsed(bytes, parser) return bytes and parser.parse(bytes) or nil end

-- The node at these names below a table, or nil.
local function member(node, ...)
  for _, name in ipairs { ... } do node = node and node.members and node.members[name] end
  return node
end

local function string_at(node, ...)
  local found = member(node, ...)
  return found and found.kind == "string" and found.value or nil
end

-- A place as a spec has it.
local function spell(kind, path, at) return ("%s %q %q"):format(kind, path, at) end

-- The place in a lockfile that repeats the version of what stands beside it; nil where there is none, and then perhaps why.
local function beside(eyes, directory, name, version, crate)
  local lock = files.infer(name)
  local locked = value_in(eyes.read(directory .. name), lock.kind, lock.kind == "cargo_lock" and (crate or "") or lock.at)
  if not locked then return nil end
  if locked ~= version then return nil, ("%s says %s"):format(name, locked) end
  return lock.kind == "cargo_lock" and spell("cargo_lock", name, crate) or ("%q"):format(name)
end

-- The directories of a workspace's members, with the root itself where it is a crate, too.
local function members_of(eyes, directory, root)
  local found = member(root, "package") and { "" } or {}
  for _, item in ipairs((member(root, "workspace", "members") or {}).items or {}) do
    local parent, rest = tostring(item.value):match "^(.-)%*(.*)$"
    if not parent then
      found[#found + 1] = tostring(item.value):gsub("/+$", "") .. "/"
    elseif rest == "" and (parent == "" or parent:sub(-1) == "/") then
      for _, name in ipairs(eyes.list(directory .. parent)) do found[#found + 1] = parent .. name .. "/" end
    end
  end
  return found
end

-- What a member asks of another one that it has at a path, and so at this very version: as a place, or why it is none.
local function requirement(path, at, node, crates, name, version)
  local crate = string_at(node, "package") or name
  local wanted = crates[crate] and member(node, "path") and string_at(node, "version")
  if not wanted then return nil end
  if wanted ~= version then return nil, ("%s asks for %s %s"):format(path, crate, wanted) end
  return spell("toml", path, at .. ".version")
end

-- A workspace's version is that of every member that inherits it: in the lockfile, and in what members ask of each other.
local function add_workspace(eyes, directory, places, root, version)
  local crates, order, manifests = {}, {}, { { path = "Cargo.toml", root = root } }
  for _, folder in ipairs(members_of(eyes, directory, root)) do
    local path = folder .. "Cargo.toml"
    local manifest = folder == "" and root or parsed(eyes.read(directory .. path), toml_parser)
    local name = string_at(manifest, "package", "name")
    if name and member(manifest, "package", "version", "workspace") then
      crates[name], order[#order + 1] = true, name
    end
    if manifest and folder ~= "" then manifests[#manifests + 1] = { path = path, root = manifest } end
  end
  local function note(place, why)
    if place then places.files[#places.files + 1] = place end
    if why then places.left_out[#places.left_out + 1] = why end
  end
  for _, name in ipairs(order) do note(beside(eyes, directory, "Cargo.lock", version, name)) end
  for i, manifest in ipairs(manifests) do
    local function look(section, ...)
      local node = member(manifest.root, ...)
      for _, name in ipairs(node and node.keys or {}) do
        local key = name:find "^[%w_-]+$" and name or ("'%s'"):format(name)
        note(requirement(manifest.path, section .. "." .. key, node.members[name], crates, name, version))
      end
    end
    if i == 1 then look("workspace.dependencies", "workspace", "dependencies") end
    for _, section in ipairs(DEPENDENCIES) do look(section, section) end
  end
end

local function is_private(eyes, directory)
  local npm = member(parsed(eyes.read(directory .. "package.json"), json_parser), "private")
  local uv = member(parsed(eyes.read(directory .. "pyproject.toml"), toml_parser), "tool", "uv", "package")
  return npm ~= nil and npm.value == "true" or uv ~= nil and uv.value == "false"
end

--- The places of the version in a directory; nil when there is no version. All known files that agree with the first are
-- places; those that do not are told of.
---@param eyes survey.eyes
---@param directory string "" for the root, else with a slash at its end
---@return survey.places|nil
function survey.directory(eyes, directory)
  local places
  for _, candidate in ipairs(CANDIDATES) do
    local known = candidate.kind and candidate or files.infer(candidate.file)
    local bytes = eyes.read(directory .. candidate.file)
    local version = value_in(bytes, known.kind, known.at)
    if version and places and version ~= places.version then
      places.left_out[#places.left_out + 1] = ("%s says %s"):format(candidate.file, version)
    elseif version then
      places = places or { files = {}, scheme = candidate.scheme or "semver", version = version, above = {}, left_out = {},
        private = is_private(eyes, directory) }
      places.files[#places.files + 1] = candidate.kind and spell(candidate.kind, candidate.file, candidate.at)
        or ("%q"):format(candidate.file)
      local manifest = candidate.file == "Cargo.toml" and parsed(bytes, toml_parser)
      for _, name in ipairs(candidate.beside or {}) do
        local place, why = beside(eyes, directory, name, version, manifest and string_at(manifest, "package", "name"))
        places.files[#places.files + 1] = place
        places.left_out[#places.left_out + 1] = why
      end
      if candidate.workspace then add_workspace(eyes, directory, places, manifest, version) end
      table.move(candidate.above or {}, 1, #(candidate.above or {}), #places.above + 1, places.above)
    end
  end
  if places and eyes.read(directory .. "uv.lock") and places.scheme == "pep440" then
    places.left_out[#places.left_out + 1] = "uv.lock repeats the version, and relrun does not write it: uv lock does"
  end
  return places
end

--- Adds the lockfiles at the root that hold a package's version.
---@param eyes survey.eyes
---@param package starter.package with `above`, as survey.directory gives it
function survey.above(eyes, package)
  for _, name in ipairs(package.above) do
    local kind, at, own = files.infer(name).kind, package.path, ""
    if kind == "cargo_lock" then
      -- Cargo knows a crate by its own name, which the directory need not have.
      at = value_in(eyes.read(package.path .. "/Cargo.toml"), "toml", "package.name") or package.name
      if at ~= package.name then own = at end
    end
    if value_in(eyes.read(name), kind, at) == package.version then
      package.files[#package.files + 1] = own == "" and ("%q"):format("/" .. name) or spell(kind, "/" .. name, own)
    end
  end
end

return survey
