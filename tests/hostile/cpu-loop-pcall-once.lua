-- expect: limit
-- part: steps
pcall(function () while true do end end)
lane "after"
