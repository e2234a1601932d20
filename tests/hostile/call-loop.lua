-- expect: ok
-- call: limit
gate "g" (function (facts) while true do end end)
