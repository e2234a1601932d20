-- expect: format
-- part: assertion failed
assert(false)
