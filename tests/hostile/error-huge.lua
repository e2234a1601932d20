-- expect: format
error(("x"):rep(1 << 22))
