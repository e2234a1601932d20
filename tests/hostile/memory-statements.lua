-- expect: limit
while true do lane "x" end
