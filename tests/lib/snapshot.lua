--- A snapshot of a place: everything in it, to go back to before every try of a sweep.
--
-- Paths stay the same, so remotes, keys and recorded paths stay valid; copies keep their times, so git's index
-- does too.

local digest = require "host.digest"
local file = require "host.file"

local snapshot = {}
local Snapshot = {}
Snapshot.__index = Snapshot

local KEPT = ".snapshot"

local function kept_names(here)
  local names = {}
  for _, name in ipairs(assert(file.list(here.dir))) do
    if name ~= KEPT and not name:find "^server%-" then names[#names + 1] = name end
  end
  return names
end

--- Takes the snapshot. Servers' folders are left as they are, then and later.
---@param here table  a place
---@return table snapshot
function snapshot.take(here)
  local self = setmetatable({ here = here, names = kept_names(here) }, Snapshot)
  assert(file.mkdir(here:path(KEPT)))
  for _, name in ipairs(self.names) do here:must { "cp", "-a", here:path(name), here:path(KEPT) } end
  return self
end

local function add_file(lines, path, name)
  local about = assert(file.stat(path))
  local what = about.type == "file" and digest.sha256(assert(file.read(path))) or about.type == "link" and file.resolve(path) or ""
  lines[#lines + 1] = ("%s %o %s %s"):format(about.type, about.mode & 4095, what, name)
  if about.type ~= "directory" then return end
  for _, below in ipairs(assert(file.list(path))) do add_file(lines, path .. "/" .. below, name .. "/" .. below) end
end

--- The digest of everything in these folders of a place: names, kinds, permissions, bytes. Times are left out: git looks at
--- them only to save itself the reading, and relrun not at all.
---@param here table
---@param names string[]|nil a folder that is not there counts, too; nil: all that a snapshot takes
---@return string
function snapshot.digest(here, names)
  local lines = {}
  for _, name in ipairs(names or kept_names(here)) do
    if file.stat(here:path(name)) then add_file(lines, here:path(name), name) end
  end
  return digest.sha256(table.concat(lines, "\n"))
end

--- Makes the place what it was: nothing more, nothing less.
function Snapshot:restore()
  local here = self.here
  for _, name in ipairs(kept_names(here)) do assert(file.remove(here:path(name), { recursive = true })) end
  local words = { "cp", "-a", "--reflink=auto" }
  for _, name in ipairs(self.names) do words[#words + 1] = here:path(KEPT .. "/" .. name) end
  words[#words + 1] = here.dir
  here:must(words)
end

return snapshot
