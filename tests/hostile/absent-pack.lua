-- expect: format
-- part: nil value
string.pack("i16", 1)
