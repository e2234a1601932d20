-- expect: format
-- part: nil value
local x = ("x"):dump()
