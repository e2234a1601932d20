--- The requirements that a manifest states, with their places and the name that it gives its own package, and raising
-- one when a sibling package is released.
--
-- A kind is a manifest's file name: pyproject.toml, package.json, package-lock.json (the workspaces' own
-- entries), Cargo.toml, Chart.yaml.

local lazy = require "lazy"
local source = require "files.source"
local token = require "files.token"
local specifier = lazy "files.specifier"
local json_parser = lazy "files.json_parser"
local toml_parser = lazy "files.toml_parser"
local yaml_parser = lazy "files.yaml_parser"

local requirements = {}

local NPM_TABLES = { "dependencies", "devDependencies", "peerDependencies", "optionalDependencies" }
local CARGO_TABLES = {
  "dependencies", "dev-dependencies", "build-dependencies", "dev_dependencies", "build_dependencies",
}

--- A member of a table node, if it is there.
local function member(node, ...)
  for _, name in ipairs { ... } do
    if not node or node.kind ~= "table" then return nil end
    node = node.members[name]
  end
  return node
end

--- The members of a table node in the order of the file.
local function members(node)
  local keys, at = node and node.kind == "table" and node.keys or {}, 0
  return function ()
    at = at + 1
    if keys[at] then return keys[at], node.members[keys[at]] end
  end
end

local function items(node) return node and node.kind == "array" and node.items or {} end

--- PEP 503: runs of `-`, `_` and `.` are one `-`, letters are small.
local function normalised(name) return (name:gsub("[%-_%.]+", "-"):lower()) end

local Reader = {}
Reader.__index = Reader

--- Keeps a requirement that is the part from..to (1-based) of a string node's value.
function Reader:keep(name, node, language, from, to)
  if not node or node.kind ~= "string" or node.doubt then return end
  local value = node.value
  from, to = from or 1, to or #value
  self.list[#self.list + 1] = {
    name = name, requirement = value:sub(from, to), language = language,
    first = node.first + from - 1, last = node.first + to - 1,
    -- With an escape in the string, offsets in the value are not offsets in the file.
    escaped = self.text:sub(node.first, node.last) ~= value or nil,
  }
end

--- A PEP 508 string: name, extras, specifiers, marker. One with a URL states no version.
function Reader:keep_pep508(node)
  if node.kind ~= "string" then return end
  local value = node.value
  local _, after, name = value:find("^%s*(%w[%w%._%-]*)%s*")
  if not name then return end
  local _, extras = value:find("^%b[]%s*", after + 1)
  local from = (extras or after) + 1
  if value:sub(from, from) == "@" then return end
  local to = (value:find(";", from, true) or #value + 1) - 1
  local open = value:match("^%((.-)%)%s*$", from) or value:sub(from, to):match("^%(.-%)%s*$")
  if open then from, to = from + 1, (value:find(")", from, true)) - 1 end
  to = from - 1 + #value:sub(from, to):gsub("%s+$", "")
  self:keep(normalised(name:gsub("[%-_%.]+$", "")), node, "pep508", from, to)
end

local function read_pyproject(reader, root)
  local function keep_all(array)
    for _, item in ipairs(items(array)) do reader:keep_pep508(item) end
  end
  keep_all(member(root, "project", "dependencies"))
  for _, group in members(member(root, "project", "optional-dependencies")) do keep_all(group) end
  for _, group in members(member(root, "dependency-groups")) do keep_all(group) end
  keep_all(member(root, "build-system", "requires"))
  local function keep_poetry(dependencies)
    for name, node in members(dependencies) do
      reader:keep(normalised(name), node.kind == "table" and node.members.version or node, "poetry")
    end
  end
  keep_poetry(member(root, "tool", "poetry", "dependencies"))
  for _, group in members(member(root, "tool", "poetry", "group")) do
    keep_poetry(member(group, "dependencies"))
  end
end

local function read_package(reader, root)
  for _, title in ipairs(NPM_TABLES) do
    for name, node in members(member(root, title)) do reader:keep(name, node, "npm") end
  end
end

local function read_package_lock(reader, root)
  for folder, package in members(member(root, "packages")) do
    -- Entries under node_modules copy what others published; the rest mirrors the workspaces' package.json
    -- files.
    if not ("/" .. folder):find("/node_modules/", 1, true) then read_package(reader, package) end
  end
end

local function read_cargo(reader, root)
  local function keep_tables(owner)
    for _, title in ipairs(CARGO_TABLES) do
      for name, node in members(member(owner, title)) do
        local renamed = member(node, "package")
        reader:keep(renamed and renamed.kind == "string" and renamed.value or name,
          node.kind == "table" and node.members.version or node, "cargo")
      end
    end
  end
  keep_tables(root)
  keep_tables(member(root, "workspace"))
  for _, target in members(member(root, "target")) do keep_tables(target) end
end

local function read_chart(reader, root)
  for _, item in ipairs(items(member(root, "dependencies"))) do
    local name = member(item, "name")
    if name and name.kind == "string" and not item.doubt then
      reader:keep(name.value, member(item, "version"), "helm")
    end
  end
end

-- `names`: where a manifest states its own package's name, the first that there is. A lock file speaks for others.
local KINDS = {
  ["Cargo.toml"] = { registry = "crates", names = { { "package", "name" } }, parse = toml_parser.parse,
    read = read_cargo },
  ["Chart.yaml"] = { registry = "helm", names = { { "name" } }, parse = yaml_parser.parse, read = read_chart },
  ["package-lock.json"] = { registry = "npm", names = {}, parse = json_parser.parse, read = read_package_lock },
  ["package.json"] = { registry = "npm", names = { { "name" } }, parse = json_parser.parse, read = read_package },
  ["pyproject.toml"] = { registry = "pypi", names = { { "project", "name" }, { "tool", "poetry", "name" } },
    parse = toml_parser.parse, read = read_pyproject, normalise = normalised },
}

local function kind_of(kind) return KINDS[kind] or error("unknown kind of manifest " .. tostring(kind), 3) end

--- The kind of a manifest, from its path.
---@param path string
---@return string|nil kind
function requirements.kind(path)
  local name = path:match("[^/]*$")
  return KINDS[name] and name or nil
end

--- Where the names in a manifest live: two kinds of manifest with one registry mean the same packages.
---@param kind string
---@return string registry "crates", "helm", "npm" or "pypi"
function requirements.registry(kind) return kind_of(kind).registry end

--- A package's name as the manifest's registry compares it: PEP 503 for Python, every byte elsewhere.
---@param kind string
---@param name string
---@return string
function requirements.normalised(kind, name)
  local normalise = kind_of(kind).normalise
  return normalise and normalise(name) or name
end

--- What a manifest says: the name that it gives its own package (nil where it states none), and the requirements that
--- state a version, in the order of the file. `first..last` are the bytes of the version requirement alone, without
--- name, extras and marker; names are normalised where the registry does so.
---@param kind string
---@param text string
---@return { name: string|nil, list: { name: string, requirement: string, language: string, first: integer, last: integer }[] }|nil
---@return string|nil message
function requirements.read(kind, text)
  local rules = kind_of(kind)
  local root, message = rules.parse(text)
  if not root then return nil, message end
  local reader = setmetatable({ text = text, list = {} }, Reader)
  rules.read(reader, root)
  table.sort(reader.list, function (a, b)
    if a.first ~= b.first then return a.first < b.first end
    return a.last < b.last
  end)
  for _, path in ipairs(rules.names) do
    local node = member(root, table.unpack(path))
    if node and node.kind == "string" and not node.doubt and node.value ~= "" then
      return { name = requirements.normalised(kind, node.value), list = reader.list }
    end
  end
  return { list = reader.list }
end

--- The requirements of a manifest, as in `requirements.read`.
---@param kind string
---@param text string
---@return table[]|nil
---@return string|nil message
function requirements.list(kind, text)
  local manifest, message = requirements.read(kind, text)
  if not manifest then return nil, message end
  return manifest.list
end

--- The splices that raise every requirement on a package to its new version: none where nothing is to be
--- raised.
---@param kind string
---@param text string
---@param name string
---@param new_version string
---@return table[]|nil splices
---@return string|nil message names the line; an upper bound that excludes the version is refused
function requirements.raise(kind, text, name, new_version)
  local valid, invalid = token.valid(new_version)
  if not valid then return nil, invalid end
  local list, problem = requirements.list(kind, text)
  if not list then return nil, problem end
  local wanted = requirements.normalised(kind, name)
  local splices = {}
  for _, item in ipairs(list) do
    if item.name == wanted then
      local function refused(message)
        return nil, source.message(text, item.first, ("%s %s: %s"):format(
          source.shown(name), source.shown(item.requirement), message))
      end
      local raised, message = specifier.raise(item.language, item.requirement, new_version)
      if not raised then return refused(message) end
      if raised ~= item.requirement then
        if item.escaped then return refused("an escape in the string: not edited") end
        splices[#splices + 1] = { at = item.first - 1, remove = #item.requirement, insert = raised }
      end
    end
  end
  return splices
end

return requirements
