-- expect: format
-- part: name is a string
use "plain" { name = 1 }
