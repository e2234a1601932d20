-- expect: format
-- part: holds itself
local t = {}
t.me = lane(t)
