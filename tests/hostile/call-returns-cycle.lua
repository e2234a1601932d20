-- expect: ok
-- call: format
-- part: holds itself
gate "g" (function (facts) local t = {} t[1] = t return t end)
