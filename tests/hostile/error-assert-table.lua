-- expect: format
-- part: no text (table)
assert(nil, {})
