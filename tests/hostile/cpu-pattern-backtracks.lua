-- expect: limit
-- part: CPU time
return ("a"):rep(30):find(("a-"):rep(14) .. "b")
