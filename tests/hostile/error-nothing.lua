-- expect: format
-- part: no text (nil)
error()
