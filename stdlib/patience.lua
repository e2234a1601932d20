--- Asks again, politely, until somebody or something that is waited for has done its part, or the time is over. Pure: the
-- clock is an argument.

local problem = require "problem"

local patience = {}

-- Between two tries, in milliseconds: everybody who waits asks the same forge.
local FIRST, LONGEST = 10 * 1000, 60 * 1000

--- Tries until the answer is something else than "waiting". Says what is waited for once, and again when that changes.
---@param limit integer for how many seconds at most
---@param attempt fun(): string|nil, problem what is tried
---@param doors { say: fun(line: string), now: fun(): integer, sleep: fun(ms: integer): true|nil, string, string }  `now` in
---  milliseconds of a clock that only goes forward
---@return string|nil kind, problem what the last try answered; or of the kind "interrupted"
function patience.wait(limit, attempt, doors)
  local deadline, pause, said = doors.now() + limit * 1000, FIRST, nil
  while true do
    local kind, trouble = attempt()
    if kind or trouble.kind ~= "waiting" then return kind, trouble end
    local left = deadline - doors.now()
    if left <= 0 then return nil, trouble end
    if trouble.text ~= said then doors.say("waiting: " .. tostring(trouble)) end
    said = trouble.text
    local ok, words, how = doors.sleep(math.min(pause, left))
    if not ok then return problem.refuse(how == "interrupted" and "interrupted" or "error", words) end
    pause = math.min(pause + pause // 2, LONGEST)
  end
end

--- Looks until there is something to see, or has looked long enough. It counts its pauses, and asks no clock.
---@param look fun(): any, problem something, false for nothing yet, or nil and a problem
---@param sleep fun(ms: integer): true|nil, problem
---@param pause integer milliseconds between two looks
---@param longest integer milliseconds of pauses at most
---@return any what was seen; false when nothing was; or nil, problem
function patience.look(look, sleep, pause, longest)
  local waited = 0
  while true do
    local seen, trouble = look()
    if seen or seen == nil then return seen, trouble end
    if waited >= longest then return false end
    local ok
    ok, trouble = sleep(pause)
    if not ok then return nil, trouble end
    waited = waited + pause
  end
end

return patience
