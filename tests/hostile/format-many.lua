-- expect: format
local s = ("%99d"):rep(1 << 20):format(1)
