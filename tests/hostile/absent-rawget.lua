-- expect: format
-- part: unknown word
rawget(string, "upper")
