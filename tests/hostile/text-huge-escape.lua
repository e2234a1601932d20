-- expect: format
local s = "\u{7FFFFFFFF}"
