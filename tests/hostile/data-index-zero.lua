-- expect: format
-- part: index below 1
lane "x" { a = { [0] = 1 } }
