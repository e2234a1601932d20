-- expect: format
utf8.offset("x", 1, 99)
