-- expect: format
-- part: lane "x".a is a list with a hole
lane "x" { a = { 1, nil, 3 } }
