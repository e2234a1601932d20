-- expect: format
-- part: only whole numbers
lane "rc" { n = 2.0 ^ 63 }
