--- Moving a ref that another git may be at for a moment, or whose lock file a killed run of ours left behind. Pure: the
-- repository, its files and the clock are arguments.

local problem = require "problem"
local text = require "text"

local ref_move = {}

-- How long another git may be at a ref, and how often we look.
local PATIENCE_MS, PAUSE_MS = 1000, 20

---@class ref_move.place
---@field objects table the repository (host.repo)
---@field common string its directory that work trees share
---@field file table host.file
---@field clock table host.clock

local function lock_file(place, ref) return ("%s/%s.lock"):format(place.common, ref) end

--- Moves a ref from `old` (nil: it must not exist) to `new`.
---@param place ref_move.place
---@param ref string
---@param new string
---@param old string|nil
---@param note string for the ref's log
---@param resuming boolean|nil an earlier try of ours was killed at this very ref, and nobody else of ours is at it: a lock
---  file that stays is its own
---@return true|nil, problem, string|nil kind of the repository's refusal: "conflict" when the ref has another value
function ref_move.set(place, ref, new, old, note, resuming)
  local deadline = place.clock.monotonic_ms() + PATIENCE_MS
  while true do
    local ok, words, kind = place.objects:set_ref(ref, new, old, note)
    if ok then return true end
    local told = ("%s: %s"):format(text.line(ref), text.line(words))
    if kind == "conflict" then return nil, problem.new("locked", told, "run the same command again"), kind end
    if kind ~= "locked" then
      -- libgit2 leaves its lock file where it cannot rename it. Somebody else's would have been told as locked.
      place.file.remove(lock_file(place, ref))
      return nil, problem.new("error", told), kind
    end
    if place.clock.monotonic_ms() <= deadline then
      local slept, refusal = place.clock.sleep(PAUSE_MS)
      if not slept then return nil, problem.new("interrupted", refusal), kind end
    elseif resuming then
      place.file.remove(lock_file(place, ref))
      resuming = false
    else
      return nil, problem.new("locked", told, "another git is at it; if none is, remove the .lock file"), kind
    end
  end
end

--- Takes away the lock file of a ref that a killed try of ours has set, when nobody who lives does.
---@param place ref_move.place
---@param ref string
function ref_move.free(place, ref)
  local deadline = place.clock.monotonic_ms() + PATIENCE_MS
  while place.file.stat(lock_file(place, ref)) and place.clock.monotonic_ms() < deadline do
    if not place.clock.sleep(PAUSE_MS) then return end
  end
  place.file.remove(lock_file(place, ref))
end

return ref_move
