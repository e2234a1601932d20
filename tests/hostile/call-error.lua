-- expect: ok
-- call: format
-- part: no
gate "g" (function (facts) error "no" end)
