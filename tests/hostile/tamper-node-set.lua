-- expect: format
-- part: has no fields
each.word = "x"
