-- expect: format
-- part: non-closable
local t <close> = {}
