--- A scene: a bare remote and a clone, built from a recipe (tests/lib/recipe.lua) in a few milliseconds.
--
-- The history goes in through `git fast-import`, with fixed people and dates, so that one recipe has the same
-- object ids on every machine. What follows the statement `clone` happens after the clone was made: in the
-- remote (someone else was faster) or, after `in clone`, only in the clone (not pushed yet).

local file = require "host.file"
local repository = require "repository"
local recipe = require "recipe"

local scene = {}
local Scene = {}
Scene.__index = Scene

local PERSON = "Ann Steward <ann@example.org>"
local EPOCH, STEP = 1704067200, 60 -- 2024-01-01T00:00:00Z; one commit a minute

--- Hooks that real servers have, as texts for a recipe's `hook` or for `servers`.
scene.hooks = {
  --- An update hook that refuses one ref as a protected branch is refused.
  protect = function (ref)
    return ([[
#!/bin/sh
case $1 in
%s)
  echo "error: GH006: Protected branch update failed for $1." >&2
  echo "error: Changes must be made through a pull request." >&2
  exit 1 ;;
esac
]]):format(ref)
  end,
  --- A pre-receive hook that takes its time, so that two pushes overlap.
  slow = function (seconds) return ("#!/bin/sh\nsleep %s\n"):format(seconds) end,
}

-- Seconds since 1970 of "2024-05-01" or "2024-05-01T10:00:00Z" (days from civil, Howard Hinnant).
local function seconds_of(text)
  local y, m, d, rest = text:match "^(%d%d%d%d)%-(%d%d)%-(%d%d)(.*)$"
  local hour, minute, second = (rest or ""):match "^T(%d%d):(%d%d):(%d%d)Z$"
  if not y or (rest ~= "" and not hour) then error("not a date: " .. text, 0) end
  y, m, d = tonumber(y), tonumber(m), tonumber(d)
  if m <= 2 then y = y - 1 end
  local era, of_era = y // 400, y % 400
  local of_year = (153 * (m + (m > 2 and -3 or 9)) + 2) // 5 + d - 1
  local days = era * 146097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719468
  return days * 86400 + (tonumber(hour) or 0) * 3600 + (tonumber(minute) or 0) * 60 + (tonumber(second) or 0)
end

local function data(bytes) return ("data %d\n%s\n"):format(#bytes, bytes) end
local function quote(path) return '"' .. path:gsub('[\\"]', "\\%0"):gsub("\n", "\\n") .. '"' end

local function modify(mode, path, bytes)
  return { path = path, text = ("M %s inline %s\n%s"):format(mode, quote(path), data(bytes)) }
end

local function copy(map)
  local new = {}
  for key, value in pairs(map) do new[key] = value end
  return new
end

local function person(options, now)
  return ("%s %d +0000\n"):format(options.by or PERSON, now)
end

-- What a commit is called in the stream: its mark while it is being written, its object id afterwards.
local function address(commit) return commit.oid or ":" .. commit.mark end

function Scene:side() return self.where == "clone" and self.work or self.remote end

-- The commit that a statement names: by a label, a branch or a tag of the recipe.
function Scene:commit_of(name)
  local found = self.labels[name] or self.branches[name] or self.tags[name]
  if not found then error("no commit, branch or tag '" .. name .. "' so far", 0) end
  return found
end

function Scene:emit(...)
  for _, text in ipairs { ... } do self.stream[#self.stream + 1] = text end
end

-- Writes what is pending into the repository and learns the object ids.
function Scene:flush()
  if #self.stream == 0 then return end
  local side = self:side()
  local marks = self.place:path "marks"
  side:feed(table.concat(self.stream), "fast-import", "--quiet", "--force", "--done",
    "--date-format=raw", "--export-marks=" .. marks)
  for mark, oid in assert(file.read(marks)):gmatch ":(%d+) (%x+)" do
    local commit = self.commits[tonumber(mark)]
    if commit then commit.oid = oid end
  end
  self.stream = {}
end

-- Messages may name commits: {oid:LABEL}.
function Scene:message_of(text)
  return (text:gsub("{oid:([^}]+)}", function (name)
    local commit = self:commit_of(name)
    if not commit.oid then
      self:emit "done\n"
      self:flush()
    end
    return commit.oid
  end))
end

function Scene:tick(options)
  self.now = options.at and seconds_of(options.at) or self.now + STEP
  return self.now
end

-- Adds a commit to the current branch. `changes` are stream commands with the paths that they touch.
function Scene:add_commit(options, message, changes, merged)
  message = self:message_of(message)
  local mark = #self.commits + 1
  local commit = { mark = mark, changes = changes, parents = {}, label = options.as or "c" .. mark,
    subject = message:match "^[^\n]*" }
  if self.labels[commit.label] then error("a second commit '" .. commit.label .. "'", 0) end
  local who = person(options, self:tick(options))
  self:emit("commit refs/heads/", self.current, "\n", "mark :", tostring(mark), "\n")
  self:emit("author ", who, "committer ", who, data(message))
  local tip = self.branches[self.current]
  if tip then
    self:emit("from ", address(tip), "\n")
    commit.parents[1] = tip
  end
  if merged then
    self:emit("merge ", address(merged), "\n")
    commit.parents[2] = merged
  end
  for _, change in ipairs(changes) do self:emit(change.text) end
  self:emit "\n"
  self.commits[mark], self.labels[commit.label], self.branches[self.current] = commit, commit, commit
end

-- The marks of the commits of `theirs` that `ours` lacks, oldest first.
local function commits_between(ours, theirs)
  local function collect(commit, into)
    local stack = { commit }
    while #stack > 0 do
      local top = table.remove(stack)
      if not into[top.mark] then
        into[top.mark] = top
        table.move(top.parents, 1, #top.parents, #stack + 1, stack)
      end
    end
    return into
  end
  local known, order = collect(ours, {}), {}
  for mark in pairs(collect(theirs, {})) do if not known[mark] then order[#order + 1] = mark end end
  table.sort(order)
  return order
end

function Scene:changes_of(branch)
  local changes = {}
  for _, mark in ipairs(commits_between(self.branches[self.current], self:commit_of(branch))) do
    local theirs = self.commits[mark].changes
    table.move(theirs, 1, #theirs, #changes + 1, changes)
  end
  return changes
end

-- The remote is complete: clone it, the way that the recipe asks for.
function Scene:clone(branch, options)
  self:settle()
  local words = { "git", "clone", "--quiet", "--branch", branch or self.current }
  if options.shallow then words[#words + 1] = "--depth=" .. options.shallow end
  if options["no-tags"] then words[#words + 1] = "--no-tags" end
  words[#words + 1] = options["single-branch"] and "--single-branch" or "--no-single-branch"
  words[#words + 1] = "file://" .. self.place:path(self.remote.dir)
  words[#words + 1] = self.place:path(self.work.dir)
  self.place:must(words)
  if options.detached then self.work:run("checkout", "--quiet", "--detach") end
  self.cloned = { branches = copy(self.branches), tags = copy(self.tags), current = branch or self.current }
end

-- Ends the pending stream and leaves the repository as its owner would find it.
function Scene:settle()
  if #self.stream > 0 then
    self:emit "done\n"
    self:flush()
    if self.where == "clone" then
      self.work:run("checkout", "--quiet", "--force", self.current)
    elseif not self.cloned then
      self.remote:run("symbolic-ref", "HEAD", "refs/heads/" .. self.first)
    end
  end
end

local perform = {}

function perform.file(self, s) self.staged[#self.staged + 1] = modify("100644", s[1], s[2]) end
function perform.script(self, s) self.staged[#self.staged + 1] = modify("100755", s[1], s[2]) end
function perform.link(self, s) self.staged[#self.staged + 1] = modify("120000", s[1], s[2]) end
function perform.remove(self, s)
  for _, path in ipairs(s) do self.staged[#self.staged + 1] = { path = path, text = "D " .. quote(path) .. "\n" } end
end
function perform.rename(self, s)
  self.staged[#self.staged + 1] = { path = s[2], text = ("R %s %s\n"):format(quote(s[1]), quote(s[2])) }
end

function perform.commit(self, s)
  local changes, staged = self.staged, {}
  self.staged = {}
  for _, change in ipairs(changes) do staged[change.path] = true end
  for i = 2, #s do
    if not staged[s[i]] then
      changes[#changes + 1] = modify("100644", s[i], ("%d: %s\n"):format(#self.commits + 1, s[1]:match "^[^\n]*"))
    end
  end
  self:add_commit(s.options, s[1], changes)
end

function perform.merge(self, s)
  self:add_commit(s.options, s[2] or ("Merge branch '%s'"):format(s[1]), self:changes_of(s[1]), self:commit_of(s[1]))
end

function perform.squash(self, s) self:add_commit(s.options, s[2], self:changes_of(s[1])) end

function perform.revert(self, s)
  local reverted, changes = self:commit_of(s[1]), {}
  for _, change in ipairs(reverted.changes) do
    changes[#changes + 1] = modify("100644", change.path, "reverted " .. reverted.label .. "\n")
  end
  local message = s[2] or ('Revert "%s"'):format(reverted.subject)
  self:add_commit(s.options, ("%s\n\nThis reverts commit {oid:%s}.\n"):format(message, s[1]), changes)
end

function perform.tag(self, s)
  local commit = s.options.on and self:commit_of(s.options.on) or self:commit_of(self.current)
  if s[2] then
    local tagger = person(s.options, self:tick(s.options))
    self:emit("tag ", s[1], "\nfrom ", address(commit), "\ntagger ", tagger, data(s[2]))
  else
    self:emit("reset refs/tags/", s[1], "\nfrom ", address(commit), "\n\n")
  end
  self.tags[s[1]] = commit
end

function perform.branch(self, s)
  local from = s.options.from and self:commit_of(s.options.from) or self.branches[self.current]
  if from then
    self:emit("reset refs/heads/", s[1], "\nfrom ", address(from), "\n\n")
    self.branches[s[1]] = from
  else
    self.first = s[1]
  end
  self.current = s[1]
end

function perform.switch(self, s)
  if not self.branches[s[1]] then error("no branch '" .. s[1] .. "' so far", 0) end
  self.current = s[1]
end

function perform.format(self, s)
  if #self.commits > 0 then error("format stands before the first commit", 0) end
  assert(file.remove(self.place:path(self.remote.dir), { recursive = true }))
  self.remote:init { bare = true, format = s[1] }
end

function perform.clone(self, s)
  if self.cloned then error("a second clone", 0) end
  self:clone(s[1], s.options)
end

perform["in"] = function (self, s)
  if s[1] ~= "clone" and s[1] ~= "remote" then error("in clone, or in remote", 0) end
  self:settle()
  if not self.cloned then self:clone(nil, {}) end
  if self.where == s[1] then return end
  -- Each side has its own branches from now on; labels of commits are common to both.
  local away = { branches = self.branches, tags = self.tags, current = self.current }
  self.branches, self.tags, self.current = self.cloned.branches, self.cloned.tags, self.cloned.current
  self.where, self.cloned = s[1], away
end

function perform.uncommitted(self, s)
  if not self.cloned then self:clone(nil, {}) end
  self.place:write(self.work.dir .. "/" .. s[1], s[2])
end

function perform.config(self, s) self:side():run("config", s[1], s[2]) end
function perform.hook(self, s) self.place:write(self.remote.dir .. "/hooks/" .. s[1], s[2], 493) end -- 0755
function perform.protect(self, s) perform.hook(self, { "update", scene.hooks.protect(s[1]) }) end

function perform.run(self, s)
  self:settle()
  self.place:must({ "sh", "-c", s[1] }, { cwd = self:side().dir })
end

--- Builds a scene in a place: `remote.git`, bare, and `work`, its clone.
---@param place table  of tests/lib/place.lua
---@param text string  the recipe
---@param files table<string, string>|nil  files that the first commit holds besides its own (the spec, mostly)
---@return table|nil scene  { place=, remote=, work= (of tests/lib/repository.lua), labels = {name = object id} }
---@return string|nil message  "line 3: ..."
function scene.build(place, text, files)
  local statements, message = recipe.parse(text)
  if not statements then return nil, message end
  local self = setmetatable({
    place = place, remote = repository.at(place, "remote.git"), work = repository.at(place, "work"), where = "remote",
    current = "main", first = "main", now = EPOCH, stream = {}, staged = {},
    commits = {}, labels = {}, branches = {}, tags = {},
  }, Scene)
  self.remote:init { bare = true }
  local names = {}
  for path in pairs(files or {}) do names[#names + 1] = path end
  table.sort(names)
  for _, path in ipairs(names) do self.staged[#self.staged + 1] = modify("100644", path, files[path]) end

  for _, statement in ipairs(statements) do
    local ok, problem = pcall(perform[statement.verb], self, statement)
    if not ok then return nil, ("line %d: %s"):format(statement.line, problem) end
  end
  if #self.staged > 0 and #statements > 0 then return nil, "the last line: files that no commit takes" end
  self:settle()
  if not self.cloned then self:clone(nil, {}) end

  local labels = {}
  for name, commit in pairs(self.labels) do labels[name] = commit.oid end
  return setmetatable({ place = place, remote = self.remote, work = self.work, labels = labels }, { __index = scene })
end

return scene
