-- expect: format
-- part: did you mean 'plain'
use "plian"
