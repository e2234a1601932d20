-- expect: ok
for i = math.maxinteger - 1, math.maxinteger do end
for i = math.mininteger + 1, math.mininteger, -1 do end
lane "x"
