-- expect: format
local s = ("x"):rep(10000000)
local t = { s:byte(1, -1) }
