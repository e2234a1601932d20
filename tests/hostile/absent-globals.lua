-- expect: format
-- part: unknown word
_G.string = nil
