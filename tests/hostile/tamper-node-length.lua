-- expect: format
local n = #each
