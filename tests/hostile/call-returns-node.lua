-- expect: ok
-- call: format
-- part: word where data
gate "g" (function (facts) return each "x" end)
