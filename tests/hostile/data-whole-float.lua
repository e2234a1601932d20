-- expect: ok
lane "rc" { n = 2.0 }
