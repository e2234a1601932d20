-- expect: format
-- part: unknown word
debug.getregistry()
