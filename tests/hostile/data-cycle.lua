-- expect: format
-- part: holds itself
local t = {}
t[1] = t
lane "x" { gates = t }
