-- expect: format
local t = {}
t.a.b.c()
