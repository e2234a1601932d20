--- Throw-away git repositories for tests: made with git itself, so that git is the judge.
local proc, file = require "host.proc", require "host.file"

local gitrepo = {}
gitrepo.__index = gitrepo

--- Makes an empty repository in a new temporary directory; `remove` it at the end.
---@param options? string[] more arguments of `git init`
---@return table
function gitrepo.new(options)
  local self = setmetatable({ dir = assert(file.temporary_directory()), time = 1600000000 }, gitrepo)
  self:git("init", "-q", "-b", "main", table.unpack(options or {}))
  return self
end

--- Runs git in the repository and returns its output without the last newline; raises when git fails.
function gitrepo:git(...)
  local result = assert(proc.run { argv = { "git", "-C", self.dir, ... }, input = self.input, env = {
    GIT_CONFIG_GLOBAL = "/dev/null", GIT_CONFIG_NOSYSTEM = "1",
    GIT_AUTHOR_NAME = "A U Thor", GIT_AUTHOR_EMAIL = "author@example.invalid",
    GIT_COMMITTER_NAME = "C O Mitter", GIT_COMMITTER_EMAIL = "committer@example.invalid",
    GIT_AUTHOR_DATE = self.time .. " +0000", GIT_COMMITTER_DATE = self.time .. " +0000",
  } })
  if result.code ~= 0 then error(table.concat({ ... }, " ") .. ": " .. result.stderr, 2) end
  return (result.stdout:gsub("\n$", ""))
end

--- Writes files ({ [path] = bytes | false to remove }), commits them and returns the commit's name.
-- Each commit is a minute younger than the last one, or has the time that is given.
function gitrepo:commit(message, files, time)
  self.time = time or self.time + 60
  local paths = {}
  for path in pairs(files or {}) do paths[#paths + 1] = path end
  table.sort(paths)
  for _, path in ipairs(paths) do
    local full = self.dir .. "/" .. path
    if files[path] then
      assert(file.mkdir(full:match("^(.*)/")))
      assert(file.write(full, files[path]))
    else
      assert(file.remove(full, { recursive = true }))
    end
  end
  self:git("add", "-A")
  self:git("commit", "-q", "--allow-empty", "-m", message)
  return self:git("rev-parse", "HEAD")
end

--- Merges a branch into the current one, always with a merge commit, and returns its name.
function gitrepo:merge(branch, message)
  self.time = self.time + 60
  self:git("merge", "-q", "--no-ff", "-m", message or ("Merge " .. branch), branch)
  return self:git("rev-parse", "HEAD")
end

--- Stores a commit object with any parents and time, without touching the work tree.
function gitrepo:commit_tree(message, parents, time, tree)
  local arguments = { "commit-tree", "-m", message }
  for _, parent in ipairs(parents) do
    arguments[#arguments + 1] = "-p"
    arguments[#arguments + 1] = parent
  end
  arguments[#arguments + 1] = tree or self:git("write-tree")
  self.time = time
  return self:git(table.unpack(arguments))
end

function gitrepo:remove() assert(file.remove(self.dir, { recursive = true })) end

return gitrepo
