-- expect: format
-- part: address
local s = ("%d %5p"):format(1, {})
