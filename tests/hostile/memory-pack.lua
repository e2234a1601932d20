-- expect: limit
local t = {}
for i = 1, 100 do t[i] = i end
local all = {}
while true do all[#all + 1] = table.pack(table.unpack(t)) end
