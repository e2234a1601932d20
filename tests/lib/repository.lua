--- A repository of a place, asked with the git executable. (Not named git: the program has a module of that name.)

local repository = {}
local Repository = {}
Repository.__index = Repository

--- The repository at `dir` of `place` (a place of tests/lib/place.lua); it need not exist yet.
---@param place table
---@param dir string
---@return table repository
function repository.at(place, dir)
  return setmetatable({ place = place, dir = dir }, Repository)
end

local function argv(self, ...)
  return { "git", "-C", self.place:path(self.dir), ... }
end

--- Runs git in the repository; the result says how it went.
---@return table result  code, signal, stdout, stderr
function Repository:try(...) return self.place:run(argv(self, ...)) end

--- Runs git in the repository; raises when it fails.
---@return string stdout  without the final newline
function Repository:run(...) return (self.place:must(argv(self, ...)):gsub("\n$", "")) end

--- Like `run`, with bytes for standard input.
---@param input string
---@return string stdout
function Repository:feed(input, ...) return self.place:must(argv(self, ...), { input = input }) end

--- Creates the repository.
---@param options table|nil  bare = true, format = "sha256"
---@return table self
function Repository:init(options)
  options = options or {}
  local words = { "git", "init", "--quiet", "--initial-branch=main", "--object-format=" .. (options.format or "sha1") }
  if options.bare then words[#words + 1] = "--bare" end
  words[#words + 1] = self.place:path(self.dir)
  self.place:must(words)
  return self
end

--- Every ref with what it points to, HEAD first.
---@return table[] refs  { name=, oid=, kind= "commit"|"tag"|..., to= the ref of a symbolic one }
function Repository:refs()
  local refs = {}
  local head = self:try("symbolic-ref", "-q", "HEAD")
  if head.code == 0 then
    refs[1] = { name = "HEAD", to = head.stdout:match "[^\n]+" }
  else
    local at = self:try("rev-parse", "-q", "--verify", "HEAD")
    if at.code == 0 then refs[1] = { name = "HEAD", oid = at.stdout:match "%x+", kind = "commit" } end
  end
  local lines = self:run("for-each-ref", "--format=%(refname)%09%(objectname)%09%(objecttype)%09%(symref)")
  for name, oid, kind, to in (lines .. "\n"):gmatch "(%S+)\t(%S+)\t(%S+)\t(%S*)\n" do
    refs[#refs + 1] = { name = name, oid = oid, kind = kind, to = to ~= "" and to or nil }
  end
  return refs
end

--- One text that is equal for two repositories exactly when all their refs are.
---@return string
function Repository:state()
  local lines = {}
  for _, ref in ipairs(self:refs()) do lines[#lines + 1] = ref.name .. " " .. (ref.to or ref.oid) .. "\n" end
  return table.concat(lines)
end

return repository
