-- expect: ok
-- call: limit
gate "g" (function (facts) return ("a"):rep(30):find(("a-"):rep(14) .. "b") end)
