-- expect: format
-- part: plain
error("plain", 0)
