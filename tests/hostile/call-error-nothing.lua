-- expect: ok
-- call: format
gate "g" (function (facts) error() end)
