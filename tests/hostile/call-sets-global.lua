-- expect: ok
-- call: format
-- part: use local
gate "g" (function (facts) seen = true end)
