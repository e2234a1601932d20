-- expect: format
-- part: too many results
table.unpack({}, 1, 1e8)
