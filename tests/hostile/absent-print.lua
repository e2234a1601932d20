-- expect: format
-- part: unknown word
print "x"
