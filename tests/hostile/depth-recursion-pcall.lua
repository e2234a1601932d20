-- expect: ok
local function f() pcall(f) end
f()
lane "x"
