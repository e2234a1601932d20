-- expect: format
läne "x"
