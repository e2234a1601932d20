--- Fuzz target of the journal: `return function (bytes)`, which raises when a property does not hold.
--
-- Whatever the bytes: what is whole is told apart from what is torn, and the whole part reads again the same. Then the
-- bytes are taken as an edit of a true journal: it is refused, or only its last line was lost.

local digest = require "host.digest"
local journal = require "journal"
local json = require "host.json"
local problem = require "problem"

local codec = { decode = function (line) return (json.decode(line)) end, sha256 = digest.sha256 }

local EVENTS = { "start", "intent", "done", "intent", "failed", "end" }

local function true_journal()
  local lines, previous = {}, ""
  for i, event in ipairs(EVENTS) do
    local line = json.encode { event = event, op = i // 2, plan = "p", previous = previous, time = 1704067200 + i }
    lines[i], previous = line .. "\n", digest.sha256(line)
  end
  return table.concat(lines)
end

local JOURNAL = true_journal()

local function read(bytes)
  local records, trouble, previous, whole = journal.parse(bytes, codec)
  if not records then
    if not problem.is(trouble) or not trouble.text:find("^line %d+ of the journal") then error("refused without a line") end
    return nil
  end
  if trouble ~= nil then error("records and a problem") end
  if whole > #bytes or whole > 0 and bytes:sub(whole, whole) ~= "\n" then error("what is whole ends inside a line") end
  local _, lines = bytes:sub(1, whole):gsub("\n", "")
  if lines ~= #records then error("records are not lines") end
  local _, torn = bytes:sub(whole + 1, -2):gsub("\n", "")
  if torn > 0 then error("more than one line is torn") end
  local again, _, last, all = journal.parse(bytes:sub(1, whole), codec)
  if not again or #again ~= #records or last ~= previous or all ~= whole then error("the whole part reads otherwise") end
  return records
end

return function (bytes)
  read(bytes)
  -- The first byte says where the rest stands in a true journal.
  local at = (bytes:byte(1) or 0) * #JOURNAL // 255
  local patch = bytes:sub(2)
  local edited = JOURNAL:sub(1, at) .. patch .. JOURNAL:sub(at + #patch + 1)
  local records = read(edited)
  if records and edited ~= JOURNAL then
    -- Only the end may be lost or rewritten: whoever can write the file can always do that.
    for i = 1, #records - 1 do
      if records[i].event ~= EVENTS[i] and i <= at * #EVENTS // #JOURNAL - 1 then error("an edited record was taken") end
    end
  end
end
