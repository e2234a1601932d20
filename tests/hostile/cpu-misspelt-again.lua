-- expect: limit
while true do pcall(function () return realease end) end
