--- A text that is being read: which bytes are acceptable, which line an offset is on, and how a parser
-- refuses.
--
-- The parsers of this folder are recursive; a refusal deep inside one leaves it through `source.refuse`, and
-- `source.attempt` turns it into `nil, message` at the border. Anything else that is raised is a bug and
-- passes on.

local source = {}

--- Larger files are not version files: the parsers hold a tree of the whole text in memory.
source.MAX_BYTES = 16 * 1024 * 1024

--- Deeper nesting is refused, so that a hostile file cannot use up the stack.
source.MAX_DEPTH = 100

local BOM = "\u{FEFF}"
local Refusal = {}

--- Escapes a piece of an untrusted file for a message: printable ASCII only, at most 60 characters.
---@param text string
---@return string
function source.shown(text)
  local cut = #text > 60
  local part = cut and text:sub(1, 57) or text
  part = part:gsub("[^\x20-\x7E]", function (byte) return ("\\x%02x"):format(byte:byte()) end)
  return "`" .. part .. (cut and "..." or "") .. "`"
end

--- The line, counted from 1, that holds the byte at `offset` (1-based).
---@param text string
---@param offset integer
---@return integer
function source.line(text, offset)
  local line, at = 1, 0
  while true do
    at = text:find("\n", at + 1, true)
    if not at or at >= offset then return line end
    line = line + 1
  end
end

--- The message of a refusal at an offset: `line 12: ...`.
---@param text string
---@param offset integer
---@param message string
---@return string
function source.message(text, offset, message)
  return ("line %d: %s"):format(source.line(text, offset), message)
end

--- Leaves the running `source.attempt` with a refusal.
---@param text string
---@param offset integer 1-based
---@param message string
function source.refuse(text, offset, message)
  error(setmetatable({ message = source.message(text, offset, message) }, Refusal), 0)
end

--- Calls `run(...)` and answers its results, or `nil, message` when it refused.
---@param run function
---@return any result nil when refused
---@return string|nil message
function source.attempt(run, ...)
  local results = table.pack(pcall(run, ...))
  if results[1] then return table.unpack(results, 2, results.n) end
  local raised = results[2]
  if getmetatable(raised) == Refusal then return nil, raised.message end
  error(raised, 0)
end

--- Refuses a text that is no text: too large, NUL bytes, not UTF-8. Call it inside `source.attempt`.
---@param text string
---@return integer start the offset of the first byte after a byte order mark
function source.open(text)
  if #text > source.MAX_BYTES then
    source.refuse(text, 1, ("larger than %d MiB"):format(source.MAX_BYTES // 1024 // 1024))
  end
  local nul = text:find("\0", 1, true)
  if nul then source.refuse(text, nul, "a NUL byte: not a text file") end
  local length, bad = utf8.len(text)
  if not length then source.refuse(text, bad, "not UTF-8") end
  return text:sub(1, #BOM) == BOM and #BOM + 1 or 1
end

return source
