-- expect: ok
-- call: limit
gate "g" (function (facts) return ("x"):rep(9 << 20) end)
