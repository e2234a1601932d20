-- expect: format
local s = "x" .. each
