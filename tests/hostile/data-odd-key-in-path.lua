-- expect: format
lane "x" { ["\27[31m"] = 1.5 }
