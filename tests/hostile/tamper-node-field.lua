-- expect: format
-- part: has no fields
local x = each.word
