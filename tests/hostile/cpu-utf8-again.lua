-- expect: limit
local s = ("x"):rep(1000000)
while true do for _ in utf8.codes(s) do end end
