--- The git executable: everything that crosses the network, and what only git itself knows (configuration,
-- attributes, the state of the work tree). Objects and refs of the local repository are host.repo's.
--
-- A child gets a clean environment, no prompt, a deadline; every ref is named in full with the object id on the
-- left; what git prints is read in its porcelain forms. Credentials stay in git's own hands, and URLs are redacted
-- before their text reaches Lua.

local proc = require "host.proc"
local env = require "host.env"
local file = require "host.file"
local git_words = require "git_words"
local idle = require "idle"
local problem = require "problem"
local text = require "text"
local work_trees = require "work_trees"

local complaint, refusal, remedy_for = git_words.complaint, git_words.refusal, git_words.remedy

local git = {}

local NETWORK_MS, QUICK_MS = 600000, 60000

-- Variables with which the surroundings could point git at other places than the ones that we name.
local UNSET = {
  "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES",
  "GIT_NAMESPACE", "GIT_PREFIX", "GIT_COMMON_DIR", "GIT_EXTERNAL_DIFF", "GIT_PAGER", "GIT_EDITOR",
  "GIT_QUARANTINE_PATH", "GIT_LITERAL_PATHSPECS",
  "GIT_DEFAULT_HASH", "GIT_PUSH_OPTION_COUNT",
}

-- And those with which git tells on stderr what it does: its complaints are read there, and with some of these the
-- credentials that it sent.
local CHATTER = {
  "GIT_CURL_VERBOSE", "GIT_TRACE", "GIT_TRACE2", "GIT_TRACE2_EVENT", "GIT_TRACE2_PERF", "GIT_TRACE_BARE",
  "GIT_TRACE_CURL", "GIT_TRACE_FSMONITOR", "GIT_TRACE_PACKET", "GIT_TRACE_PACKFILE", "GIT_TRACE_PACK_ACCESS",
  "GIT_TRACE_PERFORMANCE", "GIT_TRACE_REDACT", "GIT_TRACE_REFS", "GIT_TRACE_SETUP", "GIT_TRACE_SHALLOW",
}

local function environment(more)
  local changes = {
    LC_ALL = "C", GIT_TERMINAL_PROMPT = "0", GIT_OPTIONAL_LOCKS = "0",
    GIT_HTTP_LOW_SPEED_LIMIT = "1", GIT_HTTP_LOW_SPEED_TIME = tostring(idle.seconds(env.get) or 60),
  }
  for _, name in ipairs(UNSET) do changes[name] = false end
  for _, name in ipairs(CHATTER) do changes[name] = false end
  for name, value in pairs(more or {}) do changes[name] = value end
  return changes
end

---@class git.repository
---@field root string the work tree, or the git directory of a bare repository
---@field dir string the git directory, absolute
---@field common string the directory that work trees share, absolute
---@field bare boolean
---@field shallow boolean
---@field ahead git.ahead
local repository = {}
repository.__index = repository

-- What is to be run: git with these arguments, in the repository or, without one, wherever they say.
local function process(self, arguments, options)
  local argv = { "git" }
  if self then argv[#argv + 1], argv[#argv + 2] = "-C", self.root end
  if self and self.ssh_batch and options.network then
    argv[#argv + 1], argv[#argv + 2] = "-c", "core.sshCommand=ssh -oBatchMode=yes"
  end
  for _, argument in ipairs(arguments) do argv[#argv + 1] = argument end
  return { argv = argv, env = environment(options.env), input = options.input, redact = true,
    timeout_ms = options.network and NETWORK_MS or QUICK_MS }
end

-- With `begun` it runs already.
local function run(self, arguments, options)
  options = options or {}
  if self and options.network then
    local known, trouble = self:config()
    if not known then return nil, trouble end
  end
  local result, message, kind
  if options.begun then
    result, message, kind = options.begun:finish(options.input)
  else
    result, message, kind = proc.run(process(self, arguments, options))
  end
  if not result then
    if kind == "not_found" then
      return problem.refuse("error", "git is not installed", "install git 2.31 or newer")
    end
    return problem.refuse("error", message)
  end
  return result
end

local OPEN = { "rev-parse", "--is-bare-repository", "--is-shallow-repository", "--absolute-git-dir",
  "--path-format=absolute", "--git-common-dir", "--show-object-format", "--show-toplevel" }
local CONFIG = { "config", "-z", "--get-regexp",
  "^(user\\.(name|email)|remote\\..*\\.(url|pushurl)|core\\.sshcommand)$" }
local STATUS = { "status", "--porcelain=v2", "-z", "--untracked-files=normal", "--ignore-submodules=none" }
local FILTERS = { "check-attr", "-z", "--stdin", "filter" }

local function at(path, arguments) return { "-C", path, table.unpack(arguments) } end

---@class git.ahead what git was asked already, for git.open
---@field open table|nil begun processes; nil where none could be begun, and then it is asked in its turn
---@field config table|nil
---@field status table|nil
---@field filters table|nil it waits for its paths
---@field to_plan boolean|nil

--- Asks git what `git.open` and a plan after it will ask, so that it answers while its caller does something else.
---@param path string
---@param to_plan boolean|nil `dirty` and `filters` will be asked, too
---@return git.ahead
function git.begin(path, to_plan)
  local function begin(arguments) return (proc.begin(process(nil, at(path, arguments), {}))) end
  return { open = begin(OPEN), config = begin(CONFIG), status = to_plan and begin(STATUS) or nil, to_plan = to_plan }
end

-- An answer from ahead is taken once: who asks again wants to know what is now.
local function take(self, question)
  local begun = self.ahead[question]
  self.ahead[question] = nil
  return begun
end

--- The repository that holds `path`. Its refusals: no repository there, an owner that git does not trust, an object
-- format or a version of git that cannot serve.
---@param path string
---@param ahead git.ahead|nil
---@return git.repository|nil, problem
function git.open(path, ahead)
  ahead = ahead or {}
  local result, trouble = run(nil, at(path, OPEN), { begun = ahead.open })
  if not result then return nil, trouble end
  -- The work tree is asked for last: where there is none, git says all the rest and then fails.
  local bare, shallow, dir, common, format, root =
    result.stdout:match("^(%a+)\n(%a+)\n([^\n]+)\n([^\n]+)\n(%w+)\n([^\n]*)")
  if not bare and result.code ~= 0 then
    local theirs = result.stderr:match "detected dubious ownership in repository at '([^\n]*)'"
    if theirs then
      return problem.refuse("error", ("%s: the repository belongs to another user, and git does not trust it"):format(
        text.line(path)), "if you do: git config --global --add safe.directory " .. text.word(theirs))
    end
    return problem.refuse("error", ("%s: %s"):format(text.line(path), complaint(result)),
      "run relrun inside a git repository")
  end
  if not bare then
    return problem.refuse("error", "git answered in an unknown form", "relrun needs git 2.31 or newer")
  end
  if format ~= "sha1" then
    return problem.refuse("error",
      ("%s: the repository uses %s object ids, and relrun reads sha1 only"):format(text.line(path), format))
  end
  return setmetatable({ dir = dir, common = common, bare = bare == "true", shallow = shallow == "true",
    root = root ~= "" and root or dir, ahead = ahead }, repository)
end

--- The settings that a release reads: identity, remotes' URLs (redacted). Keys in git's lower case.
---@return table<string, string>|nil, problem
function repository:config()
  if self.settings then return self.settings end
  local result, trouble = run(self, CONFIG, { begun = take(self, "config") })
  if not result then return nil, trouble end
  if result.code > 1 then return refusal("error", "git config", result) end
  local values = {}
  for key, value in result.stdout:gmatch("([^\n%z]+)\n([^%z]*)%z") do values[key] = value end
  -- Without a word of the user's own on ssh, ssh must not wait for a password that nobody types.
  self.ssh_batch = not values["core.sshcommand"] and not env.has "GIT_SSH_COMMAND" and not env.has "GIT_SSH"
  self.settings = values
  return values
end

--- The branch that the remote's HEAD names, as this clone knows it from its last clone or `git remote set-head`; nil when
-- it does not know.
---@param remote string
---@return string|nil branch
function repository:default_branch(remote)
  local prefix = ("refs/remotes/%s/"):format(remote)
  local result = run(self, { "symbolic-ref", "--quiet", prefix .. "HEAD" })
  local ref = result and result.code == 0 and result.stdout:gsub("\n$", "") or ""
  return ref:sub(1, #prefix) == prefix and ref:sub(#prefix + 1) or nil
end

--- Every ref of the remote: { [name] = oid }, and peeled tags as { ["refs/tags/x^{}"] = oid }.
---@param remote string
---@return table<string, string>|nil, problem
function repository:remote_refs(remote)
  local result, trouble = run(self, { "ls-remote", "--quiet", "--", remote }, { network = true })
  if not result then return nil, trouble end
  if result.code ~= 0 then
    -- git takes a remote that it does not know for a path.
    if not self.settings["remote." .. remote .. ".url"] and not remote:find "[/:]" then
      return problem.refuse("error", ("this clone has no remote '%s'"):format(text.line(remote)),
        ("name it: git remote add %s URL; or say --offline, to plan and try in this clone"):format(text.word(remote)))
    end
    return refusal("error", ("remote '%s'"):format(text.line(remote)), result)
  end
  local refs = {}
  for oid, name in result.stdout:gmatch("(%x+)\t([^\n]+)\n") do refs[name] = oid end
  return refs
end

--- Fetches these refs' objects (or, with `unshallow`, the whole history) without touching any local ref.
---@param remote string
---@param names string[] full ref names on the remote
---@param options { unshallow: boolean|nil }
---@return true|nil, problem
function repository:fetch(remote, names, options)
  local arguments = { "fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules",
    "--no-auto-maintenance", "--refmap=" } -- the empty refmap: remote-tracking branches stay as they are
  if options.unshallow then arguments[#arguments + 1] = "--unshallow" end
  arguments[#arguments + 1] = "--stdin"
  arguments[#arguments + 1] = "--"
  arguments[#arguments + 1] = remote
  local result, trouble = run(self, arguments, { network = true, input = table.concat(names, "\n") .. "\n" })
  if not result then return nil, trouble end
  if result.code ~= 0 then return refusal("error", ("fetch from '%s'"):format(text.line(remote)), result) end
  return true
end

--- The full id of the commit that `name` (an id's beginning, a branch, a tag) stands for.
---@return string|nil, problem
function repository:resolve(name)
  local result, trouble = run(self, { "rev-parse", "--verify", "--quiet", "--end-of-options", name .. "^{commit}" })
  if not result then return nil, trouble end
  local oid = result.stdout:match("^(%x+)\n$")
  if result.code ~= 0 or not oid then return problem.refuse("error",
    ("there is no commit '%s' in this clone"):format(text.line(name))) end
  return oid
end

--- What is uncommitted in the work tree: paths, untracked ones too, sorted.
---@return string[]|nil, problem
function repository:dirty()
  local result, trouble = run(self, STATUS, { begun = take(self, "status") })
  if not result then return nil, trouble end
  if result.code ~= 0 then return refusal("error", "git status", result) end
  local paths, skip = {}, false
  for entry in result.stdout:gmatch("([^%z]*)%z") do
    local kind = entry:sub(1, 1)
    if skip then
      skip = false -- the old name of a rename
    elseif kind == "1" then
      paths[#paths + 1] = entry:match("^1 %S+ %S+ %S+ %S+ %S+ %S+ %S+ (.*)$")
    elseif kind == "2" then
      paths[#paths + 1], skip = entry:match("^2 %S+ %S+ %S+ %S+ %S+ %S+ %S+ %S+ (.*)$"), true
    elseif kind == "u" then
      paths[#paths + 1] = entry:match("^u %S+ %S+ %S+ %S+ %S+ %S+ %S+ %S+ %S+ (.*)$")
    elseif kind == "?" then
      paths[#paths + 1] = entry:sub(3)
    end
  end
  table.sort(paths)
  return paths
end

--- Begins what `filters` will ask, where that was announced to git.begin; its paths may still be unknown.
function repository:expect_filters()
  local ahead = self.ahead
  if ahead.to_plan and not self.bare then
    ahead.to_plan = nil
    ahead.filters = proc.begin(process(self, FILTERS, { input = "" }))
  end
end

--- The paths that a `filter` attribute (LFS, git-crypt ...) transforms: { [path] = filter }.
---@param paths string[]
---@return table<string, string>|nil, problem
function repository:filters(paths)
  if #paths == 0 or self.bare then return {} end
  local result, trouble = run(self, FILTERS, { input = table.concat(paths, "\0") .. "\0", begun = take(self, "filters") })
  if not result then return nil, trouble end
  if result.code ~= 0 then return refusal("error", "git check-attr", result) end
  local filters = {}
  for path, value in result.stdout:gmatch("([^%z]+)%zfilter%z([^%z]*)%z") do
    if value ~= "unspecified" and value ~= "unset" then filters[path] = value end
  end
  return filters
end

--- Brings the index and the work tree from one commit to another, keeping everything else as it is; git refuses
-- where that would lose a change.
---@return true|nil, problem
function repository:read_tree(from, to)
  local function move() return run(self, { "read-tree", "-m", "-u", from, to }) end
  local result, trouble = move()
  if result and result.code ~= 0 then
    -- What was only touched or copied looks changed to read-tree, as long as nobody has looked into it.
    result, trouble = run(self, { "update-index", "-q", "--refresh" })
    if result then result, trouble = move() end
  end
  if not result then return nil, trouble end
  if result.code ~= 0 then return refusal("error", "work tree", result) end
  return true
end

--- The folder of another work tree of this repository that stands on a branch; false where none does, which costs no
-- question in a repository that never had a second one. One whose folder is gone does not count.
---@param ref string in full
---@return string|false|nil folder, problem
function repository:standing_on(ref)
  local linked, words, kind = file.stat(self.common .. "/worktrees")
  if not linked then
    if kind == "not_found" then return false end
    return problem.refuse("error", text.line(words))
  end
  local result, trouble = run(self, { "worktree", "list", "--porcelain" })
  if not result then return nil, trouble end
  if result.code ~= 0 then return refusal("error", "git worktree", result) end
  local own = file.resolve(self.root)
  return work_trees.standing_on(work_trees.parse(result.stdout), ref, function (path, place)
    if place == 1 or self.dir == self.common then return place == 1 and self.dir == self.common end
    return path == self.root or own ~= nil and file.resolve(path) == own
  end)
end

-- What git makes in here goes into a directory of its own, which is gone with the call.
local function without_storing(self, arguments)
  local directory, words = file.temporary_directory()
  if not directory then return problem.refuse("error", text.line(words)) end
  local result, trouble = run(self, arguments, { env = { GIT_OBJECT_DIRECTORY = directory,
    GIT_ALTERNATE_OBJECT_DIRECTORIES = self.common .. "/objects" } })
  file.remove(directory, { recursive = true })
  return result, trouble
end

--- The tree of a merge of `theirs` into `ours`, as git makes it without a work tree; false when they conflict.
---@param ours string oid
---@param theirs string oid
---@param keep boolean whether the tree is stored; without it nothing is written
---@return string|false|nil tree, problem
function repository:merge_tree(ours, theirs, keep)
  local arguments = { "merge-tree", "--write-tree", "--no-messages", "--allow-unrelated-histories", ours, theirs }
  local result, trouble
  if keep then result, trouble = run(self, arguments) else result, trouble = without_storing(self, arguments) end
  if not result then return nil, trouble end
  if result.code == 1 then return false end
  local tree = result.code == 0 and result.stdout:match "^(%x+)\n"
  if tree then return tree end
  trouble = select(2, refusal("error", "git merge-tree", result))
  trouble.todo = trouble.todo or "merging on a local forge needs git 2.38 or newer"
  return nil, trouble
end

--- Does the index hold exactly the tree of this commit?
---@return boolean|nil, problem
function repository:index_is(commit)
  local result, trouble = run(self, { "diff-index", "--cached", "--quiet", commit, "--" })
  if not result then return nil, trouble end
  if result.code > 1 then return refusal("error", "git diff-index", result) end
  return result.code == 0
end

---@class git.push_result
---@field done boolean every ref is at its new value
---@field refs table<string, { flag: string, reason: string|nil }> what the server said of each ref
---@field words string git's complaint in one line
---@field remedy string|nil
---@field conclusive boolean the server answered for every ref; without it the outcome is not known

-- P23, held at the last moment: what goes to git names one object and one whole ref, so that no plan and no mistake of
-- ours forces an update, sends a ref that was not named, or deletes anything but a lock of relrun's.
local function check_updates(updates)
  for _, update in ipairs(updates) do
    local ref, new, old = update.ref, update.new, update.old
    local lock = ref:find("^refs/relrun/lock/.")
    if not (lock or ref:find("^refs/heads/.") or ref:find("^refs/tags/.")) or ref:find("[%c ~^:?*%[\\]") then
      error("a push of no branch, tag or lock: " .. text.line(ref), 3)
    end
    for _, oid in ipairs { new or old or "", old or new or "" } do
      if #oid ~= 40 or oid:find("%X") then error(ref .. ": a push of no object id: " .. text.line(oid), 3) end
    end
    if not new and not lock then error("a push that deletes " .. ref, 3) end
    if old and new ~= old and ref:find("^refs/tags/") then error("a push that moves " .. ref, 3) end
  end
end

--- Pushes these updates: { ref =, new = oid|nil (nil deletes), old = oid|nil (nil: must not exist) }.
-- Every ref carries an explicit lease; no refspec is ever forced by itself. Raises for what is no full ref or object
-- id, for a tag that exists, and for a deletion of anything but a lock.
---@param remote string
---@param updates table[]
---@param options { atomic: boolean }
---@return git.push_result|nil, problem
function repository:push(remote, updates, options)
  check_updates(updates)
  local arguments = { "push", "--porcelain", "--no-verify", "--no-follow-tags", "--recurse-submodules=no",
    "--no-progress" }
  if options.atomic then arguments[#arguments + 1] = "--atomic" end
  for _, update in ipairs(updates) do
    arguments[#arguments + 1] = ("--force-with-lease=%s:%s"):format(update.ref, update.old or "")
  end
  arguments[#arguments + 1] = "--"
  arguments[#arguments + 1] = remote
  for _, update in ipairs(updates) do
    arguments[#arguments + 1] = ("%s:%s"):format(update.new or "", update.ref)
  end
  local result, trouble = run(self, arguments, { network = true })
  -- git may have been at work already when we lost it: only the remote knows what came of it.
  if not result then return problem.refuse("unknown", trouble.text, trouble.todo) end
  local refs, conclusive = {}, not result.timed_out
  for flag, name, summary in result.stdout:gmatch("([ +%-*!=])\t[^\t\n]*:([^\t\n]+)\t([^\n]*)\n") do
    refs[name] = { flag = flag, reason = summary:match("%((.*)%)%s*$") or summary }
  end
  local done = result.code == 0
  for _, update in ipairs(updates) do
    local told = refs[update.ref]
    conclusive = conclusive and told ~= nil
    done = done and told ~= nil and told.flag ~= "!"
  end
  local words = complaint(result)
  return { done = done, refs = refs, conclusive = conclusive, words = words, remedy = remedy_for(words) }
end

return git
