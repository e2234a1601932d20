-- expect: ok
lane "x"
local _ENV = {}
y = 1
