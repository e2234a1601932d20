-- expect: ok
-- call: ok
gate "g" (function (facts) facts.n = nil facts.x = facts return true end)
