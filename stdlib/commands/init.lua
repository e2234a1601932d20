--- relrun init [FILE]: writes a starter release.lua for the repository that it stands in. It looks at the work tree, the
-- tags and the branches, asks no remote, and never overwrites.

local file = require "host.file"
local repo = require "host.repo"
local files = require "files"
local git = require "git"
local problem = require "problem"
local starter = require "starter"
local text = require "text"

local GLOBS = { "packages/*", "libs/*", "crates/*", "charts/*" }
local CHANGELOGS = { "CHANGELOG.md", "CHANGES.md", "HISTORY.md" }
local FILE_MAX = 1 << 20
local LOCK_MAX = 64 << 20

-- Where a version may stand, the likeliest first; `at` where it is not the usual place. `beside`: locks that repeat it;
-- `above`: those of a workspace, at the repository's root.
local CANDIDATES = {
  { file = "pyproject.toml", scheme = "pep440" },
  { file = "pyproject.toml", scheme = "pep440", kind = "toml", at = "tool.poetry.version" },
  { file = "Cargo.toml", above = { "Cargo.lock" } },
  { file = "Cargo.toml", kind = "toml", at = "workspace.package.version" },
  { file = "package.json", beside = { "package-lock.json", "npm-shrinkwrap.json" },
    above = { "package-lock.json", "npm-shrinkwrap.json" } },
  { file = "Chart.yaml" }, { file = "pubspec.yaml" }, { file = "composer.json" }, { file = "deno.json" },
  { file = "jsr.json" }, { file = "VERSION" }, { file = "VERSION.txt" }, { file = "version.txt" },
}

local function version_in(path, kind, at)
  local bytes = file.read(path, { max = FILE_MAX })
  return bytes and files.kind(kind).read(bytes, at) or nil
end

-- The places of the version in a directory and what stands there; nil when there is no version.
local function look_into(directory)
  for _, candidate in ipairs(CANDIDATES) do
    local known = candidate.kind and candidate or files.infer(candidate.file)
    local version = version_in(directory .. "/" .. candidate.file, known.kind, known.at)
    if version then
      local place = ("%q"):format(candidate.file)
      local places = { candidate.kind and ("%s %s %q"):format(candidate.kind, place, candidate.at) or place }
      for _, name in ipairs(candidate.beside or {}) do
        local lock = files.infer(name)
        local locked = version_in(directory .. "/" .. name, lock.kind, lock.at)
        if locked == version then places[#places + 1] = ("%q"):format(name) end
      end
      return { files = places, scheme = candidate.scheme or "semver", version = version, above = candidate.above }
    end
  end
end

-- Adds the lockfiles at the root that hold a package's version. `locks` keeps their texts: all packages ask for them.
local function look_above(package, root, locks)
  for _, name in ipairs(package.above or {}) do
    if locks[name] == nil then locks[name] = file.read(root .. "/" .. name, { max = LOCK_MAX }) or false end
    local kind, at, own = files.infer(name).kind, package.path, ""
    if kind == "cargo_lock" then
      -- Cargo knows a crate by its own name, which the directory need not have.
      at = version_in(root .. "/" .. package.path .. "/Cargo.toml", "toml", "package.name") or package.name
      if at ~= package.name then own = at end
    end
    if locks[name] and files.kind(kind).read(locks[name], at) == package.version then
      local place = ("%q"):format("/" .. name)
      table.insert(package.files, own == "" and place or ("%s %s %q"):format(kind, place, own))
    end
  end
end

-- The directories that a spec's pattern will find: those of the last commit, or of the work tree before the first one.
local function directories(root, parent, objects, commit)
  local found = {}
  if commit then
    for _, entry in ipairs(objects:list(commit, parent) or {}) do
      if entry.type == "tree" then found[#found + 1] = entry.name end
    end
  else
    for _, name in ipairs(file.list(root .. "/" .. parent) or {}) do
      local stat = file.stat(root .. "/" .. parent .. "/" .. name)
      if stat and stat.type == "directory" then found[#found + 1] = name end
    end
  end
  table.sort(found)
  return found
end

local function find_packages(facts, root, objects, commit)
  local locks = {}
  for _, glob in ipairs(GLOBS) do
    local parent = glob:match "^[^/]+"
    facts.directories[glob] = directories(root, parent, objects, commit)
    for _, name in ipairs(facts.directories[glob]) do
      local package = look_into(root .. "/" .. parent .. "/" .. name)
      if package and name:find "^[%w@][%w@._-]*$" then
        package.name, package.path, package.glob = name, parent .. "/" .. name, glob
        look_above(package, root, locks)
        facts.packages[#facts.packages + 1] = package
      end
    end
  end
  if #facts.packages > 0 then return end
  local package = look_into(root)
  if package then
    package.name, package.path = facts.name, ""
    facts.packages[1] = package
  end
end

local function find_changelog(facts, root)
  local places = { root }
  for _, package in ipairs(facts.packages) do places[#places + 1] = root .. "/" .. package.path end
  for _, place in ipairs(places) do
    for _, name in ipairs(CHANGELOGS) do
      local bytes = file.read(place .. "/" .. name, { max = FILE_MAX })
      if bytes then
        facts.changelog = { name = name, text = bytes }
        return
      end
    end
  end
end

-- origin, or else the first remote by name.
local function remote_of(settings)
  local names = {}
  for key in pairs(settings) do names[#names + 1] = key:match "^remote%.(.+)%.url$" end
  table.sort(names)
  return settings["remote.origin.url"] and "origin" or names[1]
end

local function name_of(url, root)
  local name = (url or ""):gsub("/+$", ""):gsub("%.git$", ""):match "[^/:]+$" or root:match "[^/]+$" or ""
  name = name:gsub("[^%w@._-]", "-"):gsub("^[^%w@]+", "")
  return name ~= "" and name or "project"
end

-- Everything that the starter needs to know of the repository that holds `path`.
local function survey(path)
  local executable, trouble = git.open(path)
  if not executable then return nil, trouble end
  if executable.bare then
    return problem.refuse("error", "a bare repository has no place for a release.lua", "run relrun init in a clone")
  end
  local settings
  settings, trouble = executable:config()
  if not settings then return nil, trouble end
  local objects, message = repo.open(executable.dir)
  if not objects then return problem.refuse("error", message) end
  local head
  head, message = objects:head()
  if not head then return problem.refuse("error", "HEAD: " .. message) end
  local refs
  refs, message = objects:refs "refs/tags/"
  if not refs then return problem.refuse("error", message) end
  local root, remote = executable.root, remote_of(settings)
  local url = remote and settings["remote." .. remote .. ".url"]
  local branch = remote and executable:default_branch(remote) or head.ref and head.ref:gsub("^refs/heads/", "")
  local facts = {
    name = name_of(url, root), packages = {}, directories = {}, tags = {}, remote = remote, branch = branch or "main",
  }
  for i, ref in ipairs(refs) do facts.tags[i] = ref.name:sub(11) end
  find_packages(facts, root, objects, head.oid)
  find_changelog(facts, root)
  objects:close()
  return facts
end

return function (request, out)
  local path = request.file or "release.lua"
  local stat, message, kind = file.stat(path)
  if stat then
    return problem.refuse("error", ("%s is there already"):format(text.line(path)),
      "remove it first, or name another file: relrun init FILE")
  end
  if kind ~= "not_found" then return problem.refuse("error", message) end
  local directory = path:match "^(.*)/[^/]*$" or "."
  local facts, trouble = survey(directory == "" and "/" or directory)
  if not facts then return nil, trouble end
  local ok
  ok, message = file.write(path, starter.text(facts, text.line(path)), { mode = 420 }) -- 0644
  if not ok then return problem.refuse("error", message) end
  local names = {}
  for i, package in ipairs(facts.packages) do names[i] = text.line(package.name) end
  local found = #names > 0 and table.concat(names, ", ") or "one package, without a version file"
  out.line(("%s written: %s"):format(text.line(path), found))
  out.line(("next: look it over, commit%s it, and run: relrun plan %s%s"):format(facts.remote and " and push" or "",
    text.line(path), facts.remote and "" or " --offline"))
  return "done"
end
