-- expect: limit
-- part: bytes of data
local s = ("x"):rep(1 << 20)
lane "x" { s, s, s, s, s, s, s, s, s }
