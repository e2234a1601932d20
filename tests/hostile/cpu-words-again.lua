-- expect: limit
while true do local x = each end
