-- expect: format
-- part: unknown word
coroutine.wrap(function () while true do end end)()
