-- expect: ok
-- call: limit
gate "g" (function (facts) local function f() return 1 + f() end return f() end)
