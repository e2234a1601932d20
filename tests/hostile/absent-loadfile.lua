-- expect: format
-- part: unknown word
loadfile "/etc/passwd"
