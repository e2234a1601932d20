-- expect: limit
-- part: memory
local s = ("x"):rep(1 << 20):gsub("x", ("y"):rep(1 << 16))
