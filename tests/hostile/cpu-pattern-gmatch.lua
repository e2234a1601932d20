-- expect: limit
while true do for _ in ("a"):rep(100):gmatch "a*a*a*a*a*b" do end end
