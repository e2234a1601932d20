-- expect: ok
-- call: format
-- part: statement
gate "g" (function (facts) lane "late" end)
