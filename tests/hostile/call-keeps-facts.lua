-- expect: ok
-- call: ok
gate "g" (function (facts) return facts.n == 1 end)
