-- expect: format
-- part: unknown word
dofile "/etc/passwd"
