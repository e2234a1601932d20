-- expect: format
local s = "x"
s.upper = 1
