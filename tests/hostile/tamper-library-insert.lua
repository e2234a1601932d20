-- expect: format
table.insert(string, 1)
