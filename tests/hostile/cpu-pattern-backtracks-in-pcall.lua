-- expect: limit
while true do pcall(string.gsub, ("a"):rep(3000), ".-.-.-b", "") end
