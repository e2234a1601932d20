-- expect: limit
while true do ("%99.99f"):format(1e308) end
