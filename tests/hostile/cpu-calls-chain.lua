-- expect: format
-- part: more than 16 arguments
local x = each
for i = 1, 1000000 do x = x "a" end
