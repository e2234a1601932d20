-- expect: format
-- part: unfinished string
lane "x
