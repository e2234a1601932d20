-- expect: format
-- part: too large
local s = ("xx"):rep(1 << 62)
