-- expect: ok
lane "x"
