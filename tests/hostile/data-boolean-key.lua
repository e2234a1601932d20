-- expect: format
-- part: no string
lane "x" { [true] = 1 }
