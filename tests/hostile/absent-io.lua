-- expect: format
-- part: unknown word
io.open "/etc/passwd"
