-- expect: format
-- part: no text (table)
error { code = 5 }
