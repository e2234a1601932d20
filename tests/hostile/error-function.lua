-- expect: format
-- part: no text (function)
error(error)
