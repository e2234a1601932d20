-- expect: format
-- part: no string
lane "x" { [each] = 1 }
