-- expect: format
-- part: lacks the name
local u = use
