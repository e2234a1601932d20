-- expect: format
-- part: unknown word
next({})
