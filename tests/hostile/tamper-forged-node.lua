-- expect: ok
lane "x" { word = "lane", line = 1, args = {}, ["function"] = 1 }
