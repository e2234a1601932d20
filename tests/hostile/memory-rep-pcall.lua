-- expect: limit
-- part: memory
while true do pcall(string.rep, "x", 1 << 29) end
