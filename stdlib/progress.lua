--- One line on a terminal that is written over again and again, while something takes its time. Whoever prints something
-- else takes it away before. Pure: where it is written is an argument.

local text = require "text"

local progress = {}

---@class progress
---@field show fun(line: string) replaces what is shown
---@field clear fun() takes it away; harmless when nothing is shown

--- A line that nobody sees yet.
---@param write fun(bytes: string) to a terminal
---@param columns fun(): integer|nil how wide it is now: a line that wraps could not be taken away
---@return progress
function progress.new(write, columns)
  local shown
  local self = {}
  function self.show(line)
    line = text.shorten(text.line(line), math.max((columns() or 80) - 1, 1))
    if line == shown then return end
    shown = line
    write("\r" .. line .. "\27[K")
  end
  function self.clear()
    if shown then write "\r\27[K" end
    shown = nil
  end
  return self
end

return progress
