-- expect: format
-- part: address
local s = ("%p"):format({})
