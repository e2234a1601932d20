-- expect: limit
table.move({}, -1 << 62, 1 << 62, 2)
