-- expect: limit
-- part: steps
table.move({}, 1, 1 << 60, 2)
