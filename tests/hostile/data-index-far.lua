-- expect: format
-- part: hole
lane "x" { a = { [1 << 40] = 1 } }
