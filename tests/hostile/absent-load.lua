-- expect: format
-- part: unknown word
load("return 1")()
