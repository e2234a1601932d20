-- expect: limit
local x = each "a"
while true do tostring(x) end
