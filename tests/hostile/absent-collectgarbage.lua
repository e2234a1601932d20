-- expect: format
-- part: unknown word
collectgarbage "count"
