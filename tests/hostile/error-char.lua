-- expect: format
string.char(256)
