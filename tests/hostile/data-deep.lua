-- expect: limit
-- part: nested deeper than 64
local t = {}
for i = 1, 100 do t = { t } end
lane "x" (t)
