--- As much of some notes as a forge takes: cut behind a line, with a word on where the rest stands. Pure.

local excerpt = {}

-- Between what is kept and the last paragraph: the end of a block of code that was cut open, and an empty line.
local SEAM = #"\n\n```\n\n"

--- Characters, as forges count them; of what is no UTF-8 the bytes.
---@param words string
---@return integer
function excerpt.length(words) return utf8.len(words) or #words end

--- Notes that fit.
---@param notes string
---@param room integer characters
---@param rest string the last paragraph of notes that were cut
---@return string notes
---@return boolean was_cut
function excerpt.of(notes, room, rest)
  if excerpt.length(notes) <= room then return notes, false end
  room = math.max(0, room - excerpt.length(rest) - SEAM)
  local stop = utf8.len(notes) and utf8.offset(notes, room + 1) or room + 1
  local kept = notes:sub(1, stop - 1)
  kept = kept:match "^(.*)\n" or kept
  -- What was cut may have closed a block of code.
  local _, fences = ("\n" .. kept):gsub("\n```", "")
  return kept:gsub("%s+$", "") .. (fences % 2 == 1 and "\n```" or "") .. "\n\n" .. rest, true
end

return excerpt
