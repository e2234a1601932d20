-- expect: format
-- part: lane "rc".n is
lane "rc" { n = 0 / 0 }
