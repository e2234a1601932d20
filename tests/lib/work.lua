--- How much Lua work a function does, in thousands of instructions: the same on every machine, unlike a time.

local work = {}

--- Counts the work of a function.
---@param run function
---@return integer thousands of instructions
function work.of(run)
  local count = 0
  debug.sethook(function () count = count + 1 end, "", 1000)
  run()
  debug.sethook()
  return count
end

--- How many times more work the larger of two sizes is; twice the size at twice the work gives 2.
---@param run fun(size: integer)
---@param size integer
---@return number
function work.growth(run, size)
  local small = work.of(function () run(size) end)
  return work.of(function () run(2 * size) end) / math.max(small, 1)
end

return work
