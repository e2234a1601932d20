-- expect: format
-- part: name takes a string
use "plain" { name = 1 }
