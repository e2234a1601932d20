--- relrun init [FILE]: writes a starter release.lua for the repository that it stands in, or a ready-made spec written out
-- (--from). It looks at the work tree, the tags and the branches, asks no remote, and never overwrites.

local embedded = require "host.embedded"
local file = require "host.file"
local repo = require "host.repo"
local git = require "git"
local problem = require "problem"
local specs = require "specs"
local starter = require "starter"
local survey = require "survey"
local text = require "text"

local GLOBS = { "packages/*", "libs/*", "crates/*", "charts/*" }
local CHANGELOGS = { "CHANGELOG.md", "CHANGES.md", "HISTORY.md" }
local FILE_MAX = 1 << 20
local LOCK_MAX = 64 << 20

-- How the survey sees the work tree. The texts are kept: all packages ask for the lockfiles at the root.
local function eyes_of(root)
  local known = {}
  return {
    read = function (path)
      if known[path] == nil then
        local is_lock = path:find "%.lock$" or path:find "package%-lock%.json$" or path:find "npm%-shrinkwrap%.json$"
        known[path] = file.read(root .. "/" .. path, { max = is_lock and LOCK_MAX or FILE_MAX }) or false
      end
      return known[path] or nil
    end,
    list = function (path)
      local found = {}
      for _, name in ipairs(file.list(root .. "/" .. path) or {}) do
        local stat = file.stat(root .. "/" .. path .. "/" .. name)
        if stat and stat.type == "directory" then found[#found + 1] = name end
      end
      table.sort(found)
      return found
    end,
  }
end

-- The directories that a spec's pattern will find: those of the last commit, or of the work tree before the first one,
-- without those that hardly come into a commit.
local function directories(eyes, root, parent, objects, commit)
  local found = {}
  if not commit then
    for _, name in ipairs(eyes.list(parent)) do
      if name:sub(1, 1) ~= "." and #(file.list(root .. "/" .. parent .. "/" .. name) or {}) > 0 then found[#found + 1] = name end
    end
    return found
  end
  for _, entry in ipairs(objects:list(commit, parent) or {}) do
    if entry.type == "tree" then found[#found + 1] = entry.name end
  end
  table.sort(found)
  return found
end

-- The root first; what is private there is only the frame of the packages below it.
local function find_packages(facts, root, objects, commit)
  local eyes, below = eyes_of(root), {}
  for _, glob in ipairs(GLOBS) do
    local parent = glob:match "^[^/]+"
    facts.directories[glob] = directories(eyes, root, parent, objects, commit)
    for _, name in ipairs(facts.directories[glob]) do
      local package = survey.directory(eyes, parent .. "/" .. name .. "/")
      if package and name:find "^[%w@][%w@._-]*$" then
        package.name, package.path, package.glob = name, parent .. "/" .. name, glob
        survey.above(eyes, package)
        below[#below + 1] = package
      end
    end
  end
  local package = survey.directory(eyes, "")
  if package and package.private and #below > 0 then
    facts.private = true
  elseif package then
    package.name, package.path = facts.name, ""
    facts.packages[1] = package
  end
  table.move(below, 1, #below, #facts.packages + 1, facts.packages)
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
local function facts_of(path)
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
    identity = settings["user.name"] and settings["user.email"]
      and ("%s <%s>"):format(settings["user.name"], settings["user.email"]) or nil,
    name = name_of(url, root), packages = {}, directories = {}, tags = {}, remote = remote, branch = branch or "main",
  }
  for i, ref in ipairs(refs) do facts.tags[i] = ref.name:sub(11) end
  find_packages(facts, root, objects, head.oid)
  find_changelog(facts, root)
  objects:close()
  return facts
end

-- Who writes the spec, from the facts and its file's name: the starter, or the ready-made spec of this name.
local function writer(from)
  if not from then return starter.text end
  local names = {}
  for _, path in ipairs(embedded.names()) do names[#names + 1] = path:match "^specs/(.+)%.lua$" end
  for _, name in ipairs(names) do
    if name == from then
      local source = embedded.read("specs/" .. name .. ".lua")
      local rows = specs.read(source, name).options
      return function (facts, path) return starter.written_out(facts, path, name, source, rows) end
    end
  end
  return problem.refuse("usage", ("there is no ready-made spec '%s'%s"):format(text.line(from), text.hint(from, names)),
    "they are " .. table.concat(names, ", "))
end

return function (request, out)
  local path, from = request.file or "release.lua", request.options.from
  local write, unknown = writer(from)
  if not write then return nil, unknown end
  local stat, message, kind = file.stat(path)
  if stat then
    return problem.refuse("error", ("%s is there already"):format(text.line(path)),
      "remove it first, or name another file: relrun init FILE")
  end
  if kind ~= "not_found" then return problem.refuse("error", message) end
  local directory = path:match "^(.*)/[^/]*$" or "."
  local facts, trouble = facts_of(directory == "" and "/" or directory)
  if not facts then return nil, trouble end
  local ok
  ok, message = file.write(path, write(facts, text.line(path)), { mode = 420 }) -- 0644
  if not ok then return problem.refuse("error", message) end
  local names = {}
  for i, package in ipairs(facts.packages) do names[i] = text.line(package.name) end
  local found = #names > 0 and table.concat(names, ", ") or "one package, without a version file"
  out.line(("%s written: %s"):format(text.line(path), found))
  -- Which branches a ready-made spec speaks of is to be looked over first.
  local offline = facts.remote and "" or " --offline"
  out.line(("next: look it over, commit%s it, and run: relrun %s"):format(facts.remote and " and push" or "",
    from and "check " .. text.line(path) or "plan " .. text.line(path) .. offline))
  return "done"
end
