-- expect: format
(("lane os"):gsub("%a+", _ENV))
