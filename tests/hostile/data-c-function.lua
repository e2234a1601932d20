-- expect: ok
-- call: format
lane "x" { f = string.upper }
