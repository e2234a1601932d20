-- expect: format
local s = ("%.99999f"):format(1)
