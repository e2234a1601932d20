-- expect: format
utf8.char(-1)
