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

return patience
