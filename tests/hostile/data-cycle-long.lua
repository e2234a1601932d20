-- expect: format
-- part: holds itself
local a, b = {}, {}
a.b = b
b.a = a
lane "x" { gates = a }
