-- expect: ok
local t = {}
for i = 1, 100000 do t[i] = function () return i end end
lane "x" (t)
