-- expect: limit
-- part: bytes of data
local t = { 1 }
for i = 1, 60 do t = { t, t } end
lane "x" (t)
