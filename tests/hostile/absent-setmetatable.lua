-- expect: format
-- part: unknown word
setmetatable({}, { __gc = function () while true do end end })
