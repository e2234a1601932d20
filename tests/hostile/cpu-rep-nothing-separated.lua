-- expect: ok
local s = string.rep("", 1 << 60, "")
lane("x" .. s)
