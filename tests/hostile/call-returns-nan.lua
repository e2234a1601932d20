-- expect: ok
-- call: format
-- part: only whole numbers
gate "g" (function (facts) return 0 / 0 end)
