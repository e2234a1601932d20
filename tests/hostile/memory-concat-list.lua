-- expect: limit
-- part: memory
local t = {}
for i = 1, 1000 do t[i] = ("x"):rep(60000) end
local s = table.concat(t)
