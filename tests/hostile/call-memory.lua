-- expect: ok
-- call: limit
gate "g" (function (facts) local s = "x" while true do s = s .. s end end)
