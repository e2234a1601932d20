-- expect: format
local b = each < each
