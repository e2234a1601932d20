-- expect: format
-- part: nil value
local x = math.random()
