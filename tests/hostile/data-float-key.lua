-- expect: format
-- part: no string
lane "x" { [1.5] = 1 }
