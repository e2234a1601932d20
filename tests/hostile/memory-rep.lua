-- expect: limit
-- part: memory
local s = ("x"):rep(1 << 30)
