--- The observing door: the only way in which planning learns anything. Every method asks one question and every
-- answer goes on the tape. Nothing here writes a ref, a file or a remote; a shallow clone or missing tag objects
-- are fetched (objects only) unless the run is offline.

local digest = require "host.digest"
local file = require "host.file"
local history = require "host.history"
local json = require "host.json"
local repo = require "host.repo"
local clock = require "host.clock"
local env = require "host.env"
local ci = require "ci"
local git = require "git"
local problem = require "problem"
local text = require "text"
local work_files = require "work_files"

local world = {}

---@class world
local methods = {}
methods.__index = methods

--- Begins what `open` will wait for: git's first answers, and libgit2.
---@param path string
---@param to_plan boolean|nil planning will ask for the work tree's status and filters, too
---@return git.ahead for the options of `open`
function world.begin(path, to_plan)
  repo.prepare()
  return git.begin(path, to_plan)
end

--- Opens the repository that holds `path`.
---@param options table { offline = boolean|nil, warn = fun(line), say = fun(line), ahead = git.ahead|nil, forges = table|nil }:
---  `forges` holds opened ones, to be shared (see forge/connect.lua)
---@param recorder tape
---@return world|nil, problem
function world.open(path, options, recorder)
  local self = setmetatable({ options = options, tape = recorder }, methods)
  if recorder.replayed then return self end
  local executable, trouble = git.open(path, options.ahead)
  if not executable then return nil, trouble end
  local objects, message = repo.open(executable.dir)
  if not objects then return problem.refuse("error", message) end
  self.git, self.repo = executable, objects
  -- What stands at HEAD is nearly always what is planned, and reading its history takes the longest.
  local head = options.ahead and objects:head()
  if head and head.oid then self.reader = history.expect(objects, head.oid) end
  return self
end

-- Turns a primitive's nil, message, kind into nil, problem.
local function checked(where, value, message)
  if value == nil then return problem.refuse("error", where .. ": " .. tostring(message)) end
  return value
end

local function ask(self, question, door) return self.tape:answer(question, door) end

--- One of git's settings that a release may read ("user.name", "remote.origin.url"), or false.
function methods:setting(key)
  return ask(self, { "setting", key }, function ()
    local settings, trouble = self.git:config()
    if not settings then return nil, trouble end
    return settings[key] or false
  end)
end

--- { oid =|nil, ref =|nil, bare = boolean, shallow = boolean }: where HEAD stands.
function methods:head()
  return ask(self, { "head" }, function ()
    local head, message = self.repo:head()
    if not head then return problem.refuse("error", "HEAD: " .. tostring(message)) end
    return { oid = head.oid, ref = head.ref, bare = self.git.bare, shallow = self.git.shallow }
  end)
end

--- Local refs below a prefix: { [name] = oid }.
function methods:local_refs(prefix)
  return ask(self, { "local_refs", prefix }, function ()
    local refs, message = self.repo:ref_oids(prefix)
    if not refs then return problem.refuse("error", message) end
    return refs
  end)
end

--- The folder of another work tree of this repository that stands on this branch, or false.
function methods:standing_on(ref)
  return ask(self, { "standing_on", ref }, function () return self.git:standing_on(ref) end)
end

--- The remote's refs: { [name] = oid }, or nil when the run is offline.
function methods:remote_refs(remote)
  if self.options.offline then return nil end
  return ask(self, { "remote_refs", remote }, function () return self.git:remote_refs(remote) end)
end

-- The whole history of what the remote's `ref` holds, in place of a shallow clone's part. Says what it does.
local function deepen(self, remote, ref, at)
  if self.options.offline or not ref then
    return problem.refuse("error",
      ("this clone is shallow: history ends at %s, before the last release"):format(at:sub(1, 12)),
      "run git fetch --unshallow, check out with fetch-depth: 0, or leave out --offline")
  end
  self.options.say(("this clone is shallow (history ends at %s): fetching the rest from %s"):format(at:sub(1, 12),
    text.line(remote)))
  return self.git:fetch(remote, { ref }, { unshallow = true })
end

--- The full id of a commit that a person named by an id's beginning, a branch or a tag.
function methods:resolve(name)
  return ask(self, { "resolve", name }, function () return self.git:resolve(name) end)
end

--- Does the history of `tip` hold this commit, as far as this clone has it?
function methods:holds(tip, commit)
  return ask(self, { "holds", tip, commit }, function () return self.git:holds(tip, commit) end)
end

--- A commit: { tree, parents, author, committer, time, message }.
function methods:commit(oid)
  return ask(self, { "commit", oid }, function ()
    return checked("commit " .. oid, self.repo:commit(oid))
  end)
end

--- The commit that a tag object (or a commit) stands for. A refusal does not know the tag's name: whoever asks adds it.
function methods:peel(oid)
  return ask(self, { "peel", oid }, function ()
    local commit, message = self.repo:peel(oid)
    if not commit then return problem.refuse("error", message) end
    return commit
  end)
end

--- Is the object here, without asking the remote? Not recorded as a fact of its own: it only decides on a fetch.
local function has(self, oid) return self.repo:read(oid) ~= nil end

--- Makes the objects of these remote refs present: { [ref name] = oid }. One fetch for all that lack.
---@return true|nil, problem
function methods:need(remote, refs)
  if self.tape.replayed then return true end
  local missing = {}
  for name, oid in pairs(refs) do
    if not has(self, oid) then missing[#missing + 1] = name end
  end
  if #missing == 0 then return true end
  table.sort(missing)
  if self.options.offline then
    return problem.refuse("error", ("the objects of %s are not in this clone"):format(text.line(missing[1])),
      "fetch them, or leave out --offline")
  end
  self.options.say(("fetching %s from %s"):format(text.plural(#missing, "ref"), text.line(remote)))
  return self.git:fetch(remote, missing, {})
end

--- The directory at `path` of a commit's tree: { { name, mode, type, oid }, ... }; nil without a problem when absent.
function methods:list(commit, path)
  local entries, trouble = ask(self, { "list", commit, path }, function ()
    local list, message, kind = self.repo:list(commit, path)
    if not list and kind ~= "not_found" then return problem.refuse("error", ("%s: %s"):format(path, message)) end
    return list or false
  end)
  if trouble then return nil, trouble end
  return entries or nil
end

--- A file of a commit's tree: { bytes, mode, oid }; nil without a problem when absent.
function methods:blob(commit, path)
  local found, trouble = ask(self, { "blob", commit, path }, function ()
    local entry, message, kind = self.repo:lookup(commit, path)
    if not entry then
      if kind == "not_found" then return false end
      return problem.refuse("error", ("%s: %s"):format(text.line(path), message))
    end
    if entry.mode == "120000" then return problem.refuse("error",
      ("%s: is a symbolic link in the repository"):format(text.line(path)), "name the file that it points to") end
    if entry.type ~= "blob" then return problem.refuse("error",
      ("%s: is no file in the repository"):format(text.line(path))) end
    local _, bytes = self.repo:read(entry.oid)
    if not bytes then return problem.refuse("error", ("%s: its object %s cannot be read"):format(text.line(path),
      entry.oid)) end
    return { bytes = bytes, mode = entry.mode, oid = entry.oid }
  end)
  if trouble then return nil, trouble end
  return found or nil
end

--- Uncommitted paths of the work tree; an empty list for a bare repository.
function methods:dirty()
  return ask(self, { "dirty" }, function ()
    if self.git.bare then return {} end
    return self.git:dirty()
  end)
end

-- Where the files of a build are.
local function work_tree(self)
  if not self.git.bare then return self.git.root end
  return problem.refuse("error", "a bare repository has no work tree to take files from", "run in a clone with its files")
end

--- The regular files of the work tree that a pattern names, committed or not, sorted.
function methods:work_files(pattern)
  return ask(self, { "work_files", pattern }, function ()
    local root, trouble = work_tree(self)
    if not root then return nil, trouble end
    local paths, refusal = work_files.list(file, root, pattern)
    return paths and json.array(paths), refusal
  end)
end

--- { size, sha256 } of a file of the work tree.
function methods:file_digest(path)
  return ask(self, { "file_digest", path }, function ()
    local root, trouble = work_tree(self)
    if not root then return nil, trouble end
    return work_files.digest(file, root, path)
  end)
end

--- Which of these paths a git filter transforms.
function methods:filters(paths)
  return ask(self, { "filters", paths }, function () return self.git:filters(paths) end)
end

--- The unreleased commits of every range; see host.history's unreleased. A shallow clone is deepened first.
---@param query table { base, ranges, ask }
---@param remote string where to deepen from
---@param ref string|nil the base's ref on the remote
function methods:unreleased(query, remote, ref)
  return ask(self, { "unreleased", query }, function ()
    local found, message = history.unreleased(self.repo, query, self.reader)
    if found and #found.shallow > 0 then
      local done, trouble = deepen(self, remote, ref, found.shallow[1])
      if not done then return nil, trouble end
      self.reader = nil -- it knows the packs that were there
      found, message = history.unreleased(self.repo, query)
    end
    if not found then return problem.refuse("error", "history: " .. tostring(message)) end
    self.git:expect_filters() -- what is decided now is written soon
    return found
  end)
end

--- Streams the whole history to `visit(commit, stop_index)`; see host.history's log. Far too much for a tape, and no
-- plan rests on it.
---@return true|nil, problem
function methods:log(query, visit)
  local ok, message = history.log(self.repo, query, visit, self.reader)
  if ok == nil then return problem.refuse("error", "history: " .. tostring(message)) end
  return true
end

--- Hashes an object without storing it: a pure function of its bytes, so it needs no tape. A replay has no repository,
-- and its bytes passed the repository's checks when the tape was made.
function methods:hash(type, bytes)
  if not self.repo then return digest.sha1(("%s %d\0%s"):format(type, #bytes, bytes)) end
  return self.repo:hash(type, bytes)
end

--- The tree that `changes` ({ path, mode, oid }) make of a tree; nothing is stored.
function methods:edited_tree(tree, changes)
  return ask(self, { "edited_tree", tree, changes }, function ()
    return checked("tree", self.repo:edit_tree(tree, changes, { write = false }))
  end)
end

--- The CI event of this run; see ci.lua.
function methods:ci()
  return ask(self, { "ci" }, function ()
    return ci.facts(env.get, function (path)
      local bytes = path and file.read(path, { follow = true, max = 32 << 20 })
      return bytes and json.decode(bytes) or nil
    end)
  end)
end

-- The forge, opened at the first question.
local function forge_of(self, record, remote)
  if self.opened_forge then return self.opened_forge end
  local url, trouble = self:setting("remote." .. remote .. ".url")
  if trouble then return nil, trouble end
  self.opened_forge, trouble = require("forge.connect")(record, remote, url,
    { say = self.options.say, forges = self.options.forges })
  return self.opened_forge, trouble
end

--- Asks the forge; see forge.reads. The forge is opened at the first question.
---@param record table|nil the spec's `forge`
---@param remote string whose URL names the forge where the spec does not
---@param method string one of forge.reads
function methods:forge(record, remote, method, ...)
  if not require("forge").is_read(method) then error(("the observing door has no '%s'"):format(tostring(method)), 2) end
  local arguments = table.pack(...)
  return ask(self, { "forge", method, json.array { table.unpack(arguments, 1, arguments.n) } }, function ()
    local opened, trouble = forge_of(self, record, remote)
    if not opened then return nil, trouble end
    return opened[method](opened, table.unpack(arguments, 1, arguments.n))
  end)
end

--- The time of this run, seconds since 1970. Only gates may ask; nothing that a plan writes depends on it.
function methods:now()
  return ask(self, { "now" }, function () return clock.now() end)
end

--- SOURCE_DATE_EPOCH, where it is set: the date of what is made, in place of the base commit's.
function methods:source_date()
  return ask(self, { "source_date" }, function ()
    local value = env.get "SOURCE_DATE_EPOCH"
    if not value then return false end
    local seconds = value:match("^%d+$") and math.tointeger(tonumber(value))
    if not seconds then
      return problem.refuse("error", ("SOURCE_DATE_EPOCH is '%s'"):format(text.line(value)),
        "set it to seconds since 1970, or unset it")
    end
    return seconds
  end)
end

return world
