-- expect: format
-- part: unknown word
getmetatable("").__index = {}
