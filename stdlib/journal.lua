--- The journal of one plan: what was about to be done and what came of it, one canonical JSON record a line, each
-- with the digest of the line before it. It is evidence and a shortcut; what is done is always asked of the
-- destination itself. A torn last line is a crash and is ignored; a broken line before it is tampering.

local problem = require "problem"

local journal = {}

---@class journal
---@field records table[] what stood in the file when it was opened, and what was added
---@field broken problem|nil why nothing can be added any more
local methods = {}
methods.__index = methods

--- Splits the bytes of a journal into its records.
---@param bytes string
---@param codec { decode: function, sha256: function }
---@return table[]|nil records, problem, string last the digest of the last whole line
---@return integer whole how many bytes are whole
function journal.parse(bytes, codec)
  local records, previous, at = {}, "", 1
  while at <= #bytes do
    local stop = bytes:find("\n", at, true)
    local line = stop and bytes:sub(at, stop - 1)
    local record = line and codec.decode(line)
    if type(record) ~= "table" or record.previous ~= previous then
      if not stop or stop == #bytes then return records, nil, previous, at - 1 end
      return problem.refuse("error",
        ("line %d of the journal does not follow from the line before it"):format(#records + 1),
        "it was edited; move it away, and run again: what is done is asked of the remote itself")
    end
    records[#records + 1], previous, at = record, codec.sha256(line), stop + 1
  end
  return records, nil, previous, at - 1
end

--- Opens the journal at `path`, for the plan `plan_id`.
---@param path string
---@param plan_id string
---@param codec table see session.codec
---@return journal|nil, problem
function journal.open(path, plan_id, codec)
  local bytes, message, kind = codec.read(path)
  if not bytes and kind ~= "not_found" then return problem.refuse("error", "journal: " .. message) end
  local records, trouble, previous, whole = journal.parse(bytes or "", codec)
  if not records then return nil, trouble end
  local self = setmetatable({ path = path, plan_id = plan_id, codec = codec, records = records, previous = previous },
    methods)
  if bytes and whole < #bytes then
    -- The torn line goes, so that the next record begins on a line of its own.
    local ok
    ok, message = codec.write(path, bytes:sub(1, whole))
    if not ok then return problem.refuse("error", "journal: " .. message) end
  end
  return self
end

-- Of these the deed comes after the record: where it cannot be written nothing is done.
local BEFORE = { start = true, intent = true }

--- Adds a record and syncs it; returns only when it is on the disk. A record that could not be added is the last one of
--- its run: whether its line is there nobody knows, so no other can follow it. The next run finds it there, or torn, or not.
---@param event string "start", "intent", "done", "failed" or "end"
---@param details table|nil
---@return true|nil, problem the same one from the first failure on
function methods:add(event, details)
  if self.broken then return nil, self.broken end
  local record = { event = event, plan = self.plan_id, previous = self.previous, time = self.codec.now() }
  for key, value in pairs(details or {}) do record[key] = value end
  local line = self.codec.encode(record)
  local ok, message = self.codec.append(self.path, line .. "\n")
  if not ok then
    self.broken = problem.new("error", "journal: " .. message, (BEFORE[event] and "nothing more was written; " or "") ..
      "see that the disk has room and is sound, and run the same command again")
    self.broken.shared = "journal"
    return nil, self.broken
  end
  self.previous = self.codec.sha256(line)
  self.records[#self.records + 1] = record
  return true
end

--- Was this operation begun in an earlier run without an outcome that anybody knows?
---@return boolean
---@return table|nil result what an earlier run got to know of it
function methods:interrupted(op)
  local open, result = false, nil
  for _, record in ipairs(self.records) do
    if record.op == op then
      open, result = record.event == "intent" or record.outcome == "unknown", record.result or result
    end
  end
  return open, result
end

--- Was this operation ever begun by the runs that this journal tells of?
function methods:knows(op)
  for _, record in ipairs(self.records) do
    if record.op == op then return true end
  end
  return false
end

return journal
