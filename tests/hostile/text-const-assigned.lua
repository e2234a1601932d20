-- expect: format
local t <const> = 1
t = 2
