-- expect: limit
local s = ("x"):rep(1 << 10, ("y"):rep(1 << 20))
