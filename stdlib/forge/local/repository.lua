--- The bare repository that a local forge stands beside: what its refs hold, and the few things that a forge itself
-- does there: it makes the tag of a release and merges a pull request. Refs move by compare-and-swap.

local problem = require "problem"
local ref_move = require "ref_move"
local text = require "text"

local repository = {}

---@class local_repository
---@field path string
local methods = {}
methods.__index = methods

--- Opens the repository beside a forge: NAME.git, or NAME, for NAME.forge.
---@param root string the forge's directory, absolute
---@param parts table
---@return local_repository|nil, problem
function repository.open(root, parts)
  local name = root:gsub("%.forge$", "")
  for _, path in ipairs { name .. ".git", name } do
    if path ~= root and parts.file.stat(path) then
      local executable, trouble = parts.git.open(path)
      if not executable then return nil, trouble end
      if not executable.bare then
        return problem.refuse("error", ("%s: not bare, and the local forge would move branches below its work tree")
          :format(text.line(path)), "make a bare one with: git clone --bare")
      end
      local objects, words = parts.repo.open(executable.dir)
      if not objects then return problem.refuse("error", words) end
      return setmetatable({ path = path, git = executable, objects = objects, history = parts.history, file = parts.file,
        clock = parts.clock }, methods)
    end
  end
  return problem.refuse("error", ("%s: there is no bare repository %s.git beside it"):format(text.line(root),
    text.line(name)), "name the directory NAME.forge beside NAME.git")
end

--- The branch that HEAD names.
---@return string|nil, problem
function methods:default_branch()
  local head, words = self.objects:head()
  if not head then return problem.refuse("error", ("%s: HEAD: %s"):format(text.line(self.path), text.line(words))) end
  return (head.ref or "refs/heads/main"):gsub("^refs/heads/", ""), nil
end

--- What a full ref holds.
---@param ref string
---@return string|false|nil oid, problem
function methods:ref(ref)
  local oid, words, kind = self.objects:ref(ref)
  if oid then return oid end
  if kind == "not_found" then return false end
  return problem.refuse("error", ("%s: %s"):format(text.line(ref), text.line(words)))
end

--- The commit at a branch's tip.
---@param branch string
---@return string|false|nil oid, problem
function methods:branch(branch) return self:ref("refs/heads/" .. branch) end

--- Every branch: { [name] = oid }.
---@return table<string, string>|nil, problem
function methods:branches()
  local list, words = self.objects:refs "refs/heads/"
  if not list then return problem.refuse("error", text.line(words)) end
  local branches = {}
  for _, ref in ipairs(list) do branches[ref.name:sub(12)] = ref.oid end
  return branches
end

--- Is there such a commit?
---@param oid string
---@return boolean
function methods:has_commit(oid)
  return #oid == 40 and not oid:find "[^%x]" and self.objects:commit(oid) ~= nil
end

--- The commit that a branch, a tag or an object id stands for.
---@param name string
---@return string|false|nil oid, problem
function methods:commit_of(name)
  if self:has_commit(name) then return name end
  for _, prefix in ipairs { "refs/heads/", "refs/tags/", "" } do
    local ref = prefix .. name
    if ref:find "^refs/" and not ref:find "[%c ~^:?*%[\\]" and not ref:find("..", 1, true) then
      local oid, trouble = self:ref(ref)
      if oid == nil then return nil, trouble end
      if oid then return self.objects:peel(oid) or false end
    end
  end
  return false
end

--- Which of these commits does `tip` hold? { [oid] = boolean }
---@param tip string
---@param oids string[]
---@return table<string, boolean>|nil, problem
function methods:holds(tip, oids)
  local known = {}
  for _, oid in ipairs(oids) do
    if self.objects:commit(oid) then known[#known + 1] = oid end
  end
  local found, words = self.history.unreleased(self.objects, { base = tip, ask = known,
    ranges = { { root = "", since = { tip } } } })
  if not found then return problem.refuse("error", "history: " .. text.line(words)) end
  return found.contained
end

-- How many commits `tip` holds and `since` does not.
local function count(self, tip, since)
  local found, words = self.history.unreleased(self.objects, { base = tip, ranges = { { root = "", since = { since } } } })
  if not found then return problem.refuse("error", "history: " .. text.line(words)) end
  return #found.commits
end

--- How two commits stand to each other, seen from `head`.
---@param base string oid
---@param head string oid
---@return { status: string, ahead: integer, behind: integer }|nil, problem
function methods:compare(base, head)
  local ahead, trouble = count(self, head, base)
  if not ahead then return nil, trouble end
  local behind
  behind, trouble = count(self, base, head)
  if not behind then return nil, trouble end
  local status = ahead > 0 and (behind > 0 and "diverged" or "ahead") or behind > 0 and "behind" or "identical"
  return { status = status, ahead = ahead, behind = behind }
end

--- The tree that a merge of `head` into `base` has; false when they conflict.
---@param base string oid
---@param head string oid
---@param keep boolean whether the tree is to be stored
---@return string|false|nil tree, problem
function methods:merged_tree(base, head, keep)
  local standing, trouble = self:compare(base, head)
  if not standing then return nil, trouble end
  -- Without commits of its own the base has nothing to merge, and most releases are made that way.
  if standing.behind == 0 then return self.objects:commit(head).tree end
  return self.git:merge_tree(base, head, keep)
end

--- Stores a commit.
---@param tree string
---@param parents string[]
---@param who string "Name <mail>"
---@param time integer seconds since 1970
---@param message string
---@return string|nil oid, problem
function methods:commit(tree, parents, who, time, message)
  local lines = { "tree " .. tree }
  for _, parent in ipairs(parents) do lines[#lines + 1] = "parent " .. parent end
  lines[#lines + 1] = ("author %s %d +0000"):format(who, time)
  lines[#lines + 1] = ("committer %s %d +0000"):format(who, time)
  local body = message:gsub("%z", ""):gsub("%s+$", "")
  local oid, words = self.objects:write("commit", table.concat(lines, "\n") .. "\n\n" .. body .. "\n")
  if not oid then return problem.refuse("error", text.line(words)) end
  return oid
end

-- Where ref_move finds what it needs.
local function place(self)
  return { objects = self.objects, common = self.git.common, file = self.file, clock = self.clock }
end

--- Moves a ref; see ref_move.set.
---@param ref string
---@param new string
---@param old string|nil
---@param note string
---@param resuming boolean|nil
---@return true|nil, problem, string|nil kind
function methods:set_ref(ref, new, old, note, resuming)
  return ref_move.set(place(self), ref, new, old, note, resuming)
end

--- See ref_move.free.
---@param ref string
function methods:free_ref(ref) ref_move.free(place(self), ref) end

return repository
