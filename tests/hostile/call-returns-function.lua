-- expect: ok
-- call: format
-- part: function where data
gate "g" (function (facts) return function () end end)
