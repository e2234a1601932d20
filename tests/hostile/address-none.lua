-- expect: ok
assert(tostring {} == "table" and tostring(tostring) == "function" and ("%s %s"):format({}, pcall) == "table function")
assert(tostring(0/0) == "nan" and ("%.1f"):format(0/0) == "nan")
lane "x"
