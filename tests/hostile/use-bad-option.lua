-- expect: format
-- part: has no option 'nmae'; did you mean 'name'?
use "plain" { nmae = "x" }
