-- expect: ok
-- call: limit
gate "g" (function (facts) local t = {} for i = 1, 100 do t = { t } end return t end)
