-- expect: format
utf8.codepoint("\xff", 1)
