--- A snapshot of a place: everything in it, to go back to before every try of a sweep.
--
-- Paths stay the same, so remotes, keys and recorded paths stay valid; copies keep their times, so git's index
-- does too.

local file = require "host.file"

local snapshot = {}
local Snapshot = {}
Snapshot.__index = Snapshot

local KEPT = ".snapshot"

--- Takes the snapshot. Servers' folders are left as they are, then and later.
---@param here table  a place
---@return table snapshot
function snapshot.take(here)
  local self = setmetatable({ here = here, names = {} }, Snapshot)
  assert(file.mkdir(here:path(KEPT)))
  for _, name in ipairs(assert(file.list(here.dir))) do
    if name ~= KEPT and not name:find "^server%-" then
      self.names[#self.names + 1] = name
      here:must { "cp", "-a", here:path(name), here:path(KEPT) }
    end
  end
  return self
end

--- Makes the place what it was: nothing more, nothing less.
function Snapshot:restore()
  local here = self.here
  for _, name in ipairs(assert(file.list(here.dir))) do
    if name ~= KEPT and not name:find "^server%-" then assert(file.remove(here:path(name), { recursive = true })) end
  end
  local words = { "cp", "-a", "--reflink=auto" }
  for _, name in ipairs(self.names) do words[#words + 1] = here:path(KEPT .. "/" .. name) end
  words[#words + 1] = here.dir
  here:must(words)
end

return snapshot
