-- expect: format
-- part: 8 deep
use "self"
