-- expect: limit
while true do for _ in ("x"):rep(100000):gmatch "" do end end
