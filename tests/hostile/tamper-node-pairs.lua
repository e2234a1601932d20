-- expect: format
for k in pairs(each "x") do end
