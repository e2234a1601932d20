--- Which packages a release has: the spec's selectors, resolved against the tree of the base commit.

local files = require "files"
local problem = require "problem"
local template = require "template"
local text = require "text"

local packages = {}

---@class package
---@field name string
---@field path string its directory, "" for the whole repository
---@field files { kind: string, path: string, at: string|nil, line: integer, value: string|nil, own: string|nil,
--- message: string|nil, prereleases: boolean|nil }[] paths from the repository's root; the rest as the spec's file word
---@field tag table the template that reads and (unless the release's tag is a function) writes its tags
---@field scheme table the scheme record of the spec
---@field style table|nil the changelog record of the spec
---@field depends string[] | "files"
---@field exclude string[] directories from the repository's root

local function join(directory, path)
  if directory == "" then return path end
  return directory .. "/" .. path
end

local function clean_path(path)
  path = path:gsub("/+$", ""):gsub("^%./", "")
  if path == "." then return "" end
  for part in (path .. "/"):gmatch("(.-)/") do
    if part == ".." or part == "." or (part == "" and path ~= "") then return nil end
  end
  if path:sub(1, 1) == "/" then return nil end
  return path
end

-- The directories of a tree that a pattern names; `*` stands for any run of characters within one name.
local function expand(world, commit, glob)
  local found = { "" }
  for part in glob:gmatch("[^/]+") do
    local pattern = "^" .. part:gsub("[^%w*]", "%%%0"):gsub("%*", ".*") .. "$"
    local deeper = {}
    for _, directory in ipairs(found) do
      local entries, trouble = world:list(commit, directory)
      if trouble then return nil, trouble end
      for _, entry in ipairs(entries or {}) do
        if entry.type == "tree" and entry.name:find(pattern) then deeper[#deeper + 1] = join(directory, entry.name) end
      end
    end
    found = deeper
  end
  table.sort(found)
  return found
end

-- A workspace has one lockfile for all of its packages: "/FILE" names it from the repository's root. Nothing else of a
-- package's stands outside of its path.
local LOCKS = { cargo_lock = "Cargo.lock", npm_lock = "package-lock.json" }

local function resolve_files(model, selector, name, path)
  local list = {}
  local function add(record)
    local known = record.word == "infer" and files.infer(record.path)
    local kind, at = record.word, record.at
    local lock = LOCKS[known and known.kind or kind]
    local from_root = lock and record.path:match "^/(.*)$"
    local place = clean_path(from_root or record.path)
    if not place or place == "" then
      return problem.refuse("spec", ("%s:%d: '%s' is no path below the package"):format(model.source,
        record.line or 1, text.line(record.path)),
        lock and ("a lockfile of the whole workspace is named from the repository's root: \"/%s\""):format(lock) or nil)
    end
    if kind == "infer" then
      if not known then
        return problem.refuse("spec",
          ("%s:%d: relrun does not know where '%s' holds its version"):format(model.source, record.line or 1,
          text.line(record.path)),
          "say it: toml \"FILE\" \"dotted.path\", json, yaml, plain, marked or replace")
      end
      kind, at = known.kind, known.at
    end
    if kind == "cargo_lock" then at = at or name end
    if kind == "npm_lock" and from_root and path ~= "" then at = at or path end
    list[#list + 1] = { kind = kind, path = from_root and place or join(path, place), at = at, line = record.line, value = record.value,
      own = record.own, message = record.message, prereleases = record.prereleases }
    return true
  end
  if selector.version_file then
    local ok, trouble = add { word = "infer", path = selector.version_file, line = selector.line }
    if not ok then return nil, trouble end
  end
  for _, record in ipairs(selector.files or {}) do
    local ok, trouble = add(record)
    if not ok then return nil, trouble end
  end
  return list
end

-- A directory that is never met would have no effect, and nobody would see that it has none.
local function resolve_exclude(model, selector, path)
  local list = {}
  for i, directory in ipairs(selector.exclude or {}) do
    local clean = clean_path(directory)
    if not clean or clean == "" or clean:find("*", 1, true) then
      return problem.refuse("spec", ("%s:%d: exclude '%s' is no directory below the package"):format(model.source,
        selector.line or 1, text.line(directory)),
        "name it from the package's path on, such as exclude = \"docs\"; there are no patterns")
    end
    list[i] = join(path, clean)
  end
  return list
end

-- `formats` keeps what was compiled: a thousand packages have one or two formats between them.
local function make(model, selector, name, path, count, formats)
  local release = model.release
  -- One directory that `each` finds today may have a neighbour tomorrow, and the tags must stay what they were.
  local format = selector.tag or release.tag_history or (type(release.tag) == "string" and release.tag)
    or ((count > 1 or selector.word == "each") and "{package}-v{version}" or "v{version}")
  local tag, message = formats[format], nil
  if not tag then tag, message = template.compile(format, { "package", "version" }) end
  if not tag then
    return problem.refuse("spec",
      ("%s:%d: tag '%s': %s"):format(model.source, selector.line or 1, text.line(format), message))
  end
  formats[format] = tag
  local list, trouble = resolve_files(model, selector, name, path)
  if not list then return nil, trouble end
  local exclude
  exclude, trouble = resolve_exclude(model, selector, path)
  if not exclude then return nil, trouble end
  return {
    name = name, path = path, files = list, tag = tag, scheme = selector.version or release.version,
    style = selector.changelog or release.changelog, depends = selector.depends or {}, raise = selector.raise or false,
    cascade = selector.cascade or "none", exclude = exclude, line = selector.line,
  }
end

-- Does the commit have this directory (or submodule)? Asked of its parent, which many packages share.
local function is_directory(world, commit, path)
  local parent, name = path:match "^(.*)/([^/]*)$"
  local entries, trouble = world:list(commit, parent or "")
  if trouble then return nil, trouble end
  for _, entry in ipairs(entries or {}) do
    if entry.name == (name or path) then return entry.type ~= "blob" end
  end
  return false
end

-- A path that is not there would never change, and its package never be released: nobody would be told.
local function select_path(model, world, commit, selector)
  local path = clean_path(selector.path)
  if not path then
    return problem.refuse("spec", ("%s:%d: '%s' is no path inside the repository"):format(model.source, selector.line,
      text.line(selector.path)))
  end
  local found, trouble = path == "", nil
  if not found then found, trouble = is_directory(world, commit, path) end
  if trouble then return nil, trouble end
  if found then return { { selector.name, path } } end
  return problem.refuse("spec", ("%s:%d: package %s: there is no directory '%s' in commit %s"):format(model.source,
    selector.line, text.line(selector.name), text.line(path), commit:sub(1, 12)),
    "correct the path, or bring the directory to the branch that is released first")
end

-- What one selector names: { { name, path }, ... }.
local function select(model, world, commit, selector)
  if selector.word == "package" then return select_path(model, world, commit, selector) end
  local directories, trouble = expand(world, commit, selector.glob)
  if not directories then return nil, trouble end
  local by_name, names = {}, {}
  for _, directory in ipairs(directories) do
    local name = directory:match("[^/]+$")
    if by_name[name] then
      return problem.refuse("spec", ("%s:%d: '%s' and '%s' would be packages of one name"):format(model.source,
        selector.line, by_name[name], directory))
    end
    by_name[name], names[#names + 1] = directory, name
  end
  -- A mistyped name would release what was to be left out, or nothing.
  local function refuse(name)
    return problem.refuse("spec", ("%s:%d: there is no '%s' in %s%s"):format(model.source, selector.line, text.line(name),
      text.line(selector.glob), text.hint(name, names)))
  end
  local left_out, chosen = {}, {}
  for _, name in ipairs(selector.except or {}) do
    if not by_name[name] then return refuse(name) end
    left_out[name] = true
  end
  for _, name in ipairs(selector.only or names) do
    if not by_name[name] then return refuse(name) end
    if not left_out[name] then chosen[#chosen + 1] = { name, by_name[name] } end
  end
  if #chosen == 0 then
    return problem.refuse("spec", ("%s:%d: '%s' names no directory of commit %s"):format(model.source, selector.line,
      text.line(selector.glob), commit:sub(1, 12)))
  end
  return chosen
end

--- The packages of the release, in the order given by the spec.
---@param model spec.model
---@param world world
---@param commit string the base commit
---@return package[]|nil, problem
function packages.resolve(model, world, commit)
  local chosen = {}
  for _, selector in ipairs(model.release.packages or {}) do
    local some, trouble = select(model, world, commit, selector)
    if not some then return nil, trouble end
    for _, pair in ipairs(some) do chosen[#chosen + 1] = { selector, pair[1], pair[2] } end
  end
  if not model.release.packages then
    chosen[1] = { { line = model.release.line }, model.release.name, "" }
  end
  local list, seen, formats, sole = {}, {}, {}, {}
  for i, choice in ipairs(chosen) do
    local selector, name, path = table.unpack(choice)
    if seen[name] then
      return problem.refuse("spec", ("%s:%d: two packages are named '%s'"):format(model.source, selector.line or 1,
        text.line(name)))
    end
    if not name:find("^[%w@][%w@._/-]*$") then
      return problem.refuse("spec",
        ("%s:%d: '%s' is no package name: letters, digits and . _ - / @ only"):format(model.source,
        selector.line or 1, text.line(name)))
    end
    local one, trouble = make(model, selector, name, path, #chosen, formats)
    if not one then return nil, trouble end
    local twin = not one.tag:has "package" and sole[one.tag.text]
    if twin then
      return problem.refuse("spec",
        ("%s:%d: the tag format '%s' lacks {package}, and packages '%s' and '%s' share it"):format(model.source,
        selector.line or 1, text.line(one.tag.text), twin.name, name), "their tags could not be told apart")
    end
    list[i], seen[name], sole[one.tag.text] = one, one, one
  end
  -- A package inside another one owns its own paths: look every path's parents up, up to the root.
  -- Several packages may have one path.
  local by_path = {}
  for _, one in ipairs(list) do
    by_path[one.path] = by_path[one.path] or {}
    table.insert(by_path[one.path], one)
  end
  for _, inner in ipairs(list) do
    local path = inner.path
    while path ~= "" do
      path = path:match("^(.*)/[^/]*$") or ""
      for _, outer in ipairs(by_path[path] or {}) do outer.exclude[#outer.exclude + 1] = inner.path end
    end
  end
  return list
end

--- The same packages, needed ones first; `order` "given" leaves them alone. A cycle is refused by name.
---@param list package[]
---@param needs table<string, string[]> names that each package needs
---@return package[]|nil, problem
function packages.sort(list, needs, order)
  if order == "given" then return list end
  local by_name, state, sorted, trouble = {}, {}, {}, nil
  for _, package in ipairs(list) do by_name[package.name] = package end
  local function visit(package, path)
    if state[package.name] == "done" or trouble then return end
    if state[package.name] == "open" then
      trouble = problem.new("spec", ("packages need each other in a circle: %s -> %s"):format(table.concat(path,
        " -> "), package.name),
        "say order = \"given\" in the lane to release them as listed")
      return
    end
    state[package.name] = "open"
    path[#path + 1] = package.name
    for _, name in ipairs(needs[package.name] or {}) do
      if by_name[name] then visit(by_name[name], path) end
    end
    path[#path] = nil
    state[package.name] = "done"
    sorted[#sorted + 1] = package
  end
  for _, package in ipairs(list) do visit(package, {}) end
  if trouble then return nil, trouble end
  return sorted
end

return packages
