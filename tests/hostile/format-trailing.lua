-- expect: format
local s = ("%"):format(1)
