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
  self.git, self.repo, self.shallow = executable, objects, executable.shallow
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

--- { oid =|nil, ref =|nil, bare = boolean }: where HEAD stands.
function methods:head()
  return ask(self, { "head" }, function ()
    local head, message = self.repo:head()
    if not head then return problem.refuse("error", "HEAD: " .. tostring(message)) end
    return { oid = head.oid, ref = head.ref, bare = self.git.bare }
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

--- Says where a shallow clone's missing history is fetched from, before anything is asked that may need it.
---@param remote string
---@param ref string a ref of the remote whose history planning reads
function methods:comes_from(remote, ref) self.remote, self.remote_ref = remote, ref end

-- The whole history in place of a shallow clone's part: once, for whatever is asked next. Says what it does.
---@param lack string what of the history is missing
---@return true|nil, problem
local function deepen(self, lack)
  if self.options.offline or not self.remote_ref then
    return problem.refuse("error", "this clone is shallow: " .. lack,
      "run git fetch --unshallow, check out with fetch-depth: 0, or leave out --offline")
  end
  self.options.say(("this clone is shallow (%s): fetching the rest from %s"):format(lack, text.line(self.remote)))
  self.reader = nil -- it knows the packs that were there
  local ok, trouble = self.git:fetch(self.remote, { self.remote_ref }, { unshallow = true })
  if not ok then return nil, trouble end
  self.shallow = self.repo:is_shallow()
  if not self.shallow then return true end
  return problem.refuse("error", ("the history on '%s' is cut off, too"):format(text.line(self.remote)),
    "that repository is a shallow clone itself: name a whole one as the release's remote")
end

-- What `look` finds, looked for again in the whole history where a shallow clone's part lacks it.
---@param lack string
---@param look fun(): any, string|nil, string|nil value | nil, message, kind
---@return any|nil value, string|problem|nil message where the object lacks in a whole clone, too
local function found_or_fetched(self, lack, look)
  local value, message, kind = look()
  if value == nil and self.shallow and kind == "not_found" then
    local ok, trouble = deepen(self, lack)
    if not ok then return nil, trouble end
    value, message = look()
  end
  if value == nil then return problem.refuse("error", message) end
  return value
end

--- The full id of a commit that a person named by an id's beginning, a branch or a tag.
function methods:resolve(name)
  return ask(self, { "resolve", name }, function ()
    local oid, trouble = self.git:resolve(name)
    if oid or not self.shallow then return oid, trouble end
    local ok, refusal = deepen(self, ("there is no commit '%s' in its part of history"):format(text.line(name)))
    if not ok then return nil, refusal end
    return self.git:resolve(name)
  end)
end

--- A commit: { tree, parents, author, committer, time, message }.
function methods:commit(oid)
  return ask(self, { "commit", oid }, function ()
    return found_or_fetched(self, "it lacks commit " .. oid:sub(1, 12), function ()
      local commit, message, kind = self.repo:commit(oid)
      return commit, message and ("commit %s: %s"):format(oid, message), kind
    end)
  end)
end

--- The commit that a tag object (or a commit) stands for. A refusal does not know the tag's name: whoever asks adds it.
function methods:peel(oid)
  return ask(self, { "peel", oid }, function ()
    local is_none
    local commit, trouble = found_or_fetched(self, "it lacks object " .. oid:sub(1, 12), function ()
      local found, message, kind = self.repo:peel(oid)
      is_none = found == nil and kind ~= "not_found"
      return found, message, kind
    end)
    if trouble and is_none then trouble.todo = "take the tag away if it is no release" end
    return commit, trouble
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

-- What a shallow clone's part of history leaves open of an answer; nil where it leaves nothing open. What it does not
-- hold may be held by the whole history.
local function left_open(self, query, found, message, kind)
  if not self.shallow then return nil end
  if not found then return kind == "not_found" and message or nil end
  if found.shallow[1] then return ("history ends at %s, before the last release"):format(found.shallow[1]:sub(1, 12)) end
  for _, oid in ipairs(query.ask or {}) do
    if not found.contained[oid] then
      return ("whether %s is part of history is not known in it"):format(oid:sub(1, 12))
    end
  end
end

--- The unreleased commits of every range; see host.history's unreleased. A shallow clone is deepened first.
---@param query table { base, ranges, ask }
function methods:unreleased(query)
  return ask(self, { "unreleased", query }, function ()
    local found, message, kind = history.unreleased(self.repo, query, self.reader)
    local open = left_open(self, query, found, message, kind)
    if open then
      local done, trouble = deepen(self, open)
      if not done then return nil, trouble end
      found, message = history.unreleased(self.repo, query)
    end
    if not found then return problem.refuse("error", "history: " .. tostring(message)) end
    self.git:expect_filters() -- what is decided now is written soon
    return found
  end)
end

--- Does the history of `tip` hold this commit? A shallow clone that cannot tell is deepened first.
---@param tip string
---@param commit string
---@return boolean|nil, problem
function methods:holds(tip, commit)
  local found, trouble = self:unreleased { base = tip, ranges = {}, ask = { commit } }
  if not found then return nil, trouble end
  return found.contained[commit] == true
end

--- Streams the whole history to `visit(commit, stop_index)`; see host.history's log. Far too much for a tape, and no
-- plan rests on it. A shallow clone is deepened first.
---@return true|nil, problem
function methods:log(query, visit)
  if self.shallow then
    local done, trouble = deepen(self, "it lacks a part of the whole history")
    if not done then return nil, trouble end
  end
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
