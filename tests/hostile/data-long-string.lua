-- expect: limit
-- part: bytes of data
lane(("x"):rep(9 << 20))
