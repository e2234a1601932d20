-- expect: limit
local t = {}
for i = 1, 900000 do t[i] = true end
lane "x" { a = t, b = t }
