-- expect: format
-- part: unknown word
xpcall(error, function () while true do end end)
