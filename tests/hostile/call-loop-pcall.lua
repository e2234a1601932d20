-- expect: ok
-- call: limit
gate "g" (function (facts) while true do pcall(function () while true do end end) end end)
