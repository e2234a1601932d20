-- expect: format
local s = ("%d %d"):format(1)
